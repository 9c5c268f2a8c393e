import assert from "node:assert/strict";
import { concat, hex, noise, type Packet, packetAt, pcap } from "../../craft/craft.ts";
import { describeCaptureEnd } from "../../../agent/source/capture.ts";
import { readCapture } from "./reading.ts";

const START = 1_700_000_000;

function story(): Packet[] {
  return [
    packetAt(START + 0.000001, noise(60, 1)),
    packetAt(START + 0.5, noise(1, 2)),
    packetAt(START + 1.999999, noise(1514, 3)),
  ];
}

for (const bigEndian of [false, true]) {
  for (const nanoseconds of [false, true]) {
    const form = `${bigEndian ? "big" : "little"}-endian, ${nanoseconds ? "nano" : "micro"}seconds`;
    Deno.test(`a pcap file, ${form}, gives every packet with its time`, () => {
      const packets = story();
      const read = readCapture(pcap(packets, { bigEndian, nanoseconds, linkType: 101 }));
      assert.deepEqual(read.packets.map((packet) => packet.data), packets.map((packet) => packet.data));
      assert.deepEqual(read.packets.map((packet) => packet.ts), [START + 0.000001, START + 0.5, START + 1.999999]);
      assert.deepEqual(read.packets.map((packet) => packet.linkType), [101, 101, 101]);
      assert.equal(read.end.kind, "complete");
      assert.equal(read.end.packets, 3);
    });
  }
}

Deno.test("a packet that the snap length cut says how long it was", () => {
  const read = readCapture(pcap(story(), { snapLength: 96 }));
  assert.deepEqual(read.packets.map((packet) => [packet.data.length, packet.originalLength]), [[60, 60], [1, 1], [
    96,
    1514,
  ]]);
});

Deno.test("packet headers of 24 bytes, as patched libpcaps wrote them, are understood", () => {
  const header = hex("34cdb2a1 0200 0400 00000000 00000000 ffff0000 01000000");
  const record = hex("00f15365 40420f00 03000000 03000000 02000000 0008 00 00 aabbcc");
  const read = readCapture(concat(header, record, record));
  assert.equal(read.packets.length, 2);
  assert.deepEqual(read.packets[1]!.data, hex("aabbcc"));
  assert.equal(read.end.kind, "complete");
});

Deno.test("the bits for the frame check sequence are no part of the link type", () => {
  const file = pcap(story());
  new DataView(file.buffer).setUint32(20, 0x44000001, true);
  assert.equal(readCapture(file).packets[0]!.linkType, 1);
});

Deno.test("a file read one byte at a time gives the same packets", () => {
  const file = pcap(story());
  assert.deepEqual(readCapture(file, 1), readCapture(file));
});

Deno.test("a capture cut at any byte gives the whole packets before the cut, and says so", () => {
  const packets = story();
  const file = pcap(packets);
  const ends = [24, 24 + 16 + 60, 24 + 16 + 60 + 17, file.length];
  for (let cut = 4; cut < file.length; cut++) {
    const read = readCapture(file.subarray(0, cut));
    const whole = ends.filter((end) => end <= cut).length - 1;
    assert.equal(read.packets.length, Math.max(0, whole), `cut at ${cut}`);
    assert.equal(read.end.kind, ends.includes(cut) ? "complete" : "truncated", `cut at ${cut}`);
    assert.equal(read.end.offset, cut);
    assert.equal(read.end.packets, read.packets.length);
  }
  assert.equal(
    describeCaptureEnd("home.pcap", readCapture(file.subarray(0, 130)).end),
    "home.pcap is cut off inside packet 3 at byte 130: the packets before it were analysed",
  );
  assert.equal(
    describeCaptureEnd("home.pcap", readCapture(file.subarray(0, 20)).end),
    "home.pcap is cut off inside the file header at byte 20: there is no packet before it",
  );
});

Deno.test("a packet header with an impossible length ends the reading there", () => {
  for (const length of [262_145, 0xffffffff]) {
    const file = pcap(story());
    new DataView(file.buffer).setUint32(24 + 16 + 60 + 8, length, true);
    const read = readCapture(file, 50);
    assert.equal(read.packets.length, 1);
    assert.equal(read.end.kind, "damaged");
    assert.equal(read.end.offset, 100);
    assert.equal(
      describeCaptureEnd("home.pcap", read.end),
      `home.pcap is damaged at byte 100: a packet of ${
        length.toLocaleString("en-GB")
      } bytes cannot be; the packets before it were analysed`,
    );
  }
});

Deno.test("a version of the format that was never made is damage", () => {
  const file = pcap(story());
  file[4] = 9;
  assert.equal(readCapture(file).end.kind, "damaged");
});
