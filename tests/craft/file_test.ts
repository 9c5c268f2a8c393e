// Capture files byte by byte.

import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import {
  concat,
  gzip,
  hex,
  LINK_TYPE,
  network,
  packetAt,
  pcap,
  pcapChunks,
  pcapng,
  pcapngBlock,
  snap,
  writeChunks,
} from "./craft.ts";

const PACKET = packetAt(1_700_000_000.25, hex("aabbcc"));

Deno.test("a pcap of one packet, in both byte orders and both resolutions", () => {
  assert.deepEqual(
    pcap([PACKET]),
    hex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000  00f15365 90d00300 03000000 03000000 aabbcc"),
  );
  assert.deepEqual(
    pcap([PACKET], { bigEndian: true, nanoseconds: true, linkType: LINK_TYPE.RAW }),
    hex("a1b23c4d 0002 0004 00000000 00000000 00040000 00000065  6553f100 0ee6b280 00000003 00000003 aabbcc"),
  );
});

Deno.test("a snap length cuts the bytes and keeps the length", () => {
  const file = pcap([PACKET], { snapLength: 2 });
  assert.deepEqual(file.subarray(32), hex("02000000 03000000 aabb"));
  const cut = snap(PACKET, 1);
  assert.deepEqual([cut.data.length, cut.length], [1, 3]);
});

Deno.test("a pcapng of one packet: section, interface, packet", () => {
  const file = pcapng([PACKET], { interfaces: [{ resolution: 9 }] });
  assert.deepEqual(
    file,
    concat(
      hex("0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"),
      hex("01000000 20000000 0100 0000 00000000 0900 0100 09000000 0000 0000 20000000"),
      hex("06000000 24000000 00000000 fe9c9717 80b21045 03000000 03000000 aabbcc00 24000000"),
    ),
  );
});

Deno.test("several interfaces of a big-endian pcapng have their own link types and clocks", () => {
  const second = { ...PACKET, interface: 1 };
  const file = pcapng([second], {
    bigEndian: true,
    interfaces: [{}, { linkType: LINK_TYPE.RAW, resolution: 0x80 | 20 }],
  });
  const view = new DataView(file.buffer);
  assert.equal(view.getUint32(8), 0x1a2b3c4d);
  const block = file.length - 36;
  assert.equal(view.getUint32(block + 8), 1);
  // A quarter of a second is 2^18 units of 2^-20 seconds.
  assert.equal(view.getBigUint64(block + 12), 1_700_000_000n * 2n ** 20n + 2n ** 18n);
  assert.throws(() => pcapng([{ ...PACKET, interface: 2 }]), /no interface 2/);
});

Deno.test("simple packets have a length and nothing else", () => {
  const file = pcapng([PACKET], { simple: true, extraBlocks: [pcapngBlock(0x0bad, "?")] });
  assert.deepEqual(
    file.subarray(48),
    hex("ad0b0000 10000000 3f000000 10000000 03000000 14000000 03000000 aabbcc00 14000000"),
  );
});

Deno.test("a file written in chunks is the file made in memory", () => {
  const net = network();
  net.http(net.host("pc", "192.168.1.2"), net.host("web", "93.184.216.34"), {
    exchanges: [{ response: { body: 2_000_000 } }],
  });
  const parts: Uint8Array[] = [];
  // A sink that takes at most 10,000 bytes at a time, as a pipe may.
  const sink = {
    writeSync(bytes: Uint8Array): number {
      parts.push(bytes.slice(0, 10_000));
      return Math.min(bytes.length, 10_000);
    },
  };
  const size = writeChunks(sink, pcapChunks(net.packets()));
  const whole = net.pcap();
  assert.equal(size, whole.length);
  assert.deepEqual(concat(...parts), whole);
});

Deno.test("gzip can be undone", () => {
  const file = pcap([PACKET]);
  assert.deepEqual(new Uint8Array(gunzipSync(gzip(file))), file);
});

Deno.test("times are rounded to the microsecond, also across a second", () => {
  assert.deepEqual([packetAt(5.9999999, PACKET.data).seconds, packetAt(5.9999999, PACKET.data).nanoseconds], [6, 0]);
});
