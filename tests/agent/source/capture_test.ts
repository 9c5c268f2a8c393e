import assert from "node:assert/strict";
import { concat, gzip, network, pcap, random } from "../../craft/craft.ts";
import { createCaptureReader, describeCaptureEnd, isCapture } from "../../../agent/source/capture.ts";
import { readCapture } from "./reading.ts";

const text = new TextEncoder();

function smallStory() {
  const net = network();
  const pc = net.host("office-pc", "192.168.1.23");
  net.arp(pc, net.gateway);
  net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
  return net;
}

Deno.test("captures are recognised by their first bytes", () => {
  const net = smallStory();
  for (const file of [net.pcap(), net.pcapng(), net.pcap({ bigEndian: true, nanoseconds: true })]) {
    assert.equal(isCapture(file, 0, file.length), true);
    assert.equal(isCapture(file, 0, 3), false);
  }
  const log = text.encode("#separator \\x09\n");
  assert.equal(isCapture(log, 0, log.length), false);
});

function sentenceAbout(file: Uint8Array): string | undefined {
  return describeCaptureEnd("file", readCapture(file).end);
}

Deno.test("what is no capture is named", () => {
  const sentences: readonly [file: Uint8Array, sentence: string][] = [
    [new Uint8Array(0), "file is not a packet capture: it is empty"],
    [text.encode("no"), "file is not a packet capture: it has only 2 bytes"],
    [text.encode("#separator \\x09\n"), "file is not a packet capture: it is text"],
    [text.encode('{"ts":1}\n'), "file is not a packet capture: it is text"],
    [text.encode("Überwachung"), "file is not a packet capture: it is text"],
    [gzip(smallStory().pcap()), "file is not a packet capture: it is compressed with gzip"],
    [
      concat("snoop\0\0\0", new Uint8Array(8)),
      "file is not a packet capture: it is a Solaris snoop file: convert it with editcap -F pcap",
    ],
    [Uint8Array.of(0, 1, 2, 3, 4), "file is not a packet capture: it begins with the bytes 00 01 02 03"],
  ];
  for (const [file, sentence] of sentences) assert.equal(sentenceAbout(file), sentence);
});

Deno.test("of a whole capture there is nothing to say", () => {
  assert.equal(sentenceAbout(smallStory().pcap()), undefined);
  assert.equal(sentenceAbout(pcap([])), undefined);
});

Deno.test("after the end the reader takes everything and hands on nothing", () => {
  let packets = 0;
  const reader = createCaptureReader(() => packets++);
  const file = text.encode("some text that is no capture");
  assert.equal(reader.read(file, 0, file.length), file.length);
  const story = smallStory().pcap();
  assert.equal(reader.end?.kind, "unreadable");
  assert.equal(reader.read(story, 0, story.length), story.length);
  assert.equal(packets, 0);
});

Deno.test("captures damaged at random end in some way, every packet inside the file", () => {
  const dice = random(20_250_101);
  for (const whole of [smallStory().pcap(), smallStory().pcapng(), smallStory().pcapng({ bigEndian: true })]) {
    for (let round = 0; round < 2_000; round++) {
      const file = whole.slice(0, dice.between(0, whole.length));
      for (let flips = dice.between(0, 4); flips > 0; flips--) {
        if (file.length > 0) file[dice.between(0, file.length - 1)] = dice.between(0, 255);
      }
      const read = readCapture(file, dice.between(1, 300));
      assert.equal(read.end.packets, read.packets.length);
      assert.ok(read.end.offset <= file.length);
      assert.ok(read.packets.reduce((sum, packet) => sum + packet.data.length, 0) <= file.length);
    }
  }
});
