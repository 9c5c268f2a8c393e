import assert from "node:assert/strict";
import { concat, hex, noise, type Packet, packetAt, pcap, pcapng, pcapngBlock } from "../../craft/craft.ts";
import { describeCaptureEnd } from "../../../agent/source/capture.ts";
import { readCapture } from "./reading.ts";

const START = 1_700_000_000;
const NAME_RESOLUTION = 4, DECRYPTION_SECRETS = 10, CUSTOM = 0xbad;

function story(): Packet[] {
  return [
    packetAt(START + 0.000001, noise(61, 1)),
    packetAt(START + 0.5, noise(1, 2)),
    packetAt(START + 1.999999, noise(1514, 3)),
  ];
}

function dataOf(packets: readonly { data: Uint8Array }[]): Uint8Array[] {
  return packets.map((packet) => packet.data);
}

for (const bigEndian of [false, true]) {
  Deno.test(`a ${bigEndian ? "big" : "little"}-endian pcapng file gives every packet with its time`, () => {
    const read = readCapture(pcapng(story(), { bigEndian }));
    assert.deepEqual(dataOf(read.packets), dataOf(story()));
    assert.deepEqual(read.packets.map((packet) => packet.ts), [START + 0.000001, START + 0.5, START + 1.999999]);
    assert.equal(read.end.kind, "complete");
  });

  Deno.test(`${bigEndian ? "big" : "little"}-endian clocks in every unit, with an offset, tell the same time`, () => {
    const moment = { ...packetAt(START + 0.25, noise(60, 1)), interface: 0 };
    for (const resolution of [2, 3, 6, 9, 0x80 + 2, 0x80 + 20]) {
      for (const offset of [0, 3600, -7200]) {
        const read = readCapture(pcapng([moment], { bigEndian, interfaces: [{ resolution, offset }] }));
        assert.equal(read.packets[0]!.ts, START + 0.25, `resolution ${resolution}, offset ${offset}`);
      }
    }
  });
}

Deno.test("nanoseconds give the same number as the same packet in a pcap file", () => {
  const packets: Packet[] = [];
  for (let i = 0; i < 1000; i++) {
    packets.push({ ...packetAt(START, Uint8Array.of(1)), nanoseconds: (i * 999_983_777) % 1e9 });
  }
  const times = readCapture(pcap(packets, { nanoseconds: true })).packets.map((packet) => packet.ts);
  const same = readCapture(pcapng(packets, { interfaces: [{ resolution: 9 }] })).packets.map((packet) => packet.ts);
  assert.deepEqual(same, times);
});

Deno.test("of nanoseconds the whole microseconds count, so that durations are those of other tools", () => {
  // Two packets 13,961.4 microseconds apart; as doubles of all nine digits they would be 13,962 whole ones apart.
  const packets = [500_330_493, 514_291_940].map((nanoseconds) => ({
    ...packetAt(1_767_663_089, Uint8Array.of(1)),
    nanoseconds,
  }));
  const expected = [1_767_663_089.50033, 1_767_663_089.514291];
  const times = (file: Uint8Array) => readCapture(file).packets.map((packet) => packet.ts);
  assert.deepEqual(times(pcap(packets, { nanoseconds: true })), expected);
  assert.deepEqual(times(pcapng(packets, { interfaces: [{ resolution: 9 }] })), expected);
});

Deno.test("each interface has its own link type", () => {
  const packets = story().map((packet, i) => ({ ...packet, interface: i }));
  const interfaces = [{ linkType: 1 }, { linkType: 101, name: "tun0" }, { linkType: 113, resolution: 9 }];
  const read = readCapture(pcapng(packets, { interfaces }));
  assert.deepEqual(read.packets.map((packet) => packet.linkType), [1, 101, 113]);
});

Deno.test("sections of both byte orders may follow one another, each with interfaces of its own", () => {
  const [first, second, third] = story();
  const file = concat(
    pcapng([first!], { interfaces: [{ linkType: 1 }] }),
    pcapng([second!], { bigEndian: true, interfaces: [{ linkType: 101, resolution: 9 }] }),
    pcapng([third!], { interfaces: [{ linkType: 276 }] }),
  );
  const read = readCapture(file, 7);
  assert.deepEqual(dataOf(read.packets), dataOf(story()));
  assert.deepEqual(read.packets.map((packet) => packet.linkType), [1, 101, 276]);
  assert.deepEqual(read.packets.map((packet) => packet.ts), [START + 0.000001, START + 0.5, START + 1.999999]);
});

Deno.test("blocks that carry no packets are passed over, however long they are", () => {
  const extraBlocks = [
    pcapngBlock(NAME_RESOLUTION, noise(100, 9)),
    pcapngBlock(DECRYPTION_SECRETS, noise(1_000_000, 10)),
    pcapngBlock(CUSTOM, ""),
  ];
  const file = pcapng(story(), { extraBlocks });
  for (const piece of [file.length, 1000]) {
    const read = readCapture(file, piece);
    assert.deepEqual(dataOf(read.packets), dataOf(story()));
    assert.equal(read.end.kind, "complete");
  }
});

Deno.test("simple packets are cut to the snap length and take the time of the packet before them", () => {
  const interfaces = [{ snapLength: 64 }];
  const dated = pcapng([packetAt(START, noise(20, 1))], { interfaces });
  const simple = pcapng(story(), { interfaces, simple: true });
  const read = readCapture(concat(dated, simple));
  assert.deepEqual(read.packets.map((packet) => packet.data.length), [20, 61, 1, 64]);
  assert.equal(read.packets[3]!.originalLength, 1514);
  assert.equal(read.packets[3]!.ts, START);
});

Deno.test("the packet block of old files is read like the enhanced one", () => {
  // Interface 0, 7 packets dropped, time 0x00060a2418_1e8480 µs, 3 bytes.
  const old = pcapngBlock(2, hex("0000 0700 240a0600 80841e18 03000000 03000000 aabbcc"));
  const read = readCapture(concat(pcapng([]), old));
  assert.equal(read.packets.length, 1);
  assert.deepEqual(read.packets[0]!.data, hex("aabbcc"));
  assert.equal(read.packets[0]!.ts, (0x60a24 * 2 ** 32 + 0x181e8480) / 1e6);
});

Deno.test("a capture cut at any byte gives the whole packets before the cut, and says so", () => {
  const extraBlocks = [pcapngBlock(NAME_RESOLUTION, noise(40, 9))];
  const file = pcapng(story(), { extraBlocks });
  const blocks = [0];
  const view = new DataView(file.buffer);
  while (blocks.at(-1)! < file.length) blocks.push(blocks.at(-1)! + view.getUint32(blocks.at(-1)! + 4, true));
  for (let cut = 4; cut < file.length; cut++) {
    const read = readCapture(file.subarray(0, cut), 11);
    // The first three blocks are the section, the interface and the names.
    assert.equal(read.packets.length, blocks.slice(4).filter((end) => end <= cut).length, `cut at ${cut}`);
    assert.equal(read.end.kind, blocks.includes(cut) ? "complete" : "truncated", `cut at ${cut}`);
    assert.equal(read.end.offset, cut);
  }
  assert.equal(
    describeCaptureEnd("lab.pcapng", readCapture(file.subarray(0, 60)).end),
    "lab.pcapng is cut off inside a block before the first packet at byte 60: there is no packet before it",
  );
});

interface Damage {
  readonly what: string;
  readonly at: number;
  readonly value: number;
  readonly sentence: RegExp;
}

// A section is 28 bytes, an interface 20; the first packet block begins at 48 and has 96 bytes.
const DAMAGES: readonly Damage[] = [
  { what: "a block length that is no multiple of 4", at: 52, value: 97, sentence: /a block cannot be 97 bytes long/ },
  { what: "a block too short to be one", at: 52, value: 8, sentence: /a block cannot be 8 bytes long/ },
  { what: "a packet block too short for a packet", at: 52, value: 16, sentence: /the length at the end of a block/ },
  { what: "a block too long to be true", at: 52, value: 0x10000000, sentence: /is too long/ },
  { what: "another length at the end", at: 48 + 92, value: 100, sentence: /the length at the end of a block/ },
  { what: "a packet longer than its block", at: 68, value: 80, sentence: /a packet of 80 bytes in a block of 96/ },
  { what: "a packet of impossible length", at: 68, value: 0xffffffff, sentence: /a packet of 4,294,967,295 bytes/ },
  { what: "an interface that was never described", at: 56, value: 1, sentence: /interface 1, which is not described/ },
];

for (const { what, at, value, sentence } of DAMAGES) {
  Deno.test(`${what} is damage at that block`, () => {
    const file = pcapng(story());
    new DataView(file.buffer).setUint32(at, value, true);
    const read = readCapture(file, 64);
    assert.equal(read.packets.length, 0);
    assert.equal(read.end.kind, "damaged");
    assert.equal(read.end.offset, 48);
    assert.match(describeCaptureEnd("lab.pcapng", read.end)!, sentence);
  });
}

Deno.test("a block that is passed over must say the same length at its end", () => {
  const block = pcapngBlock(CUSTOM, noise(40, 9));
  block[block.length - 4]! ^= 4;
  const read = readCapture(pcapng(story(), { extraBlocks: [block] }));
  assert.equal(read.end.kind, "damaged");
});

Deno.test("a packet block too small for its fields is damage", () => {
  const read = readCapture(pcapng(story(), { extraBlocks: [pcapngBlock(6, hex("00000000 00000000"))] }));
  assert.equal(read.end.kind, "damaged");
  assert.equal(read.end.reason, "a block of type 6 with only 20 bytes");
});

Deno.test("a section without a byte order is damage", () => {
  const file = pcapng(story());
  file[8] = 0;
  const read = readCapture(file);
  assert.equal(read.end.kind, "damaged");
  assert.match(read.end.reason, /byte order/);
});
