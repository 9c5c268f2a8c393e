// The Internet checksum against published examples.

import assert from "node:assert/strict";
import { addWords, chooseChecksum, finishSum, transportChecksum } from "./checksum.ts";
import { frame, hex, ipv4, ipv6, payload, tcp, udp } from "./craft.ts";

Deno.test("the example of RFC 1071 section 3", () => {
  const bytes = hex("00 01 f2 03 f4 f5 f6 f7");
  assert.equal(finishSum(addWords(0, bytes, 0, bytes.length)), 0x220d);
});

Deno.test("an odd last byte is the high half of a word", () => {
  const bytes = hex("01 02 03");
  assert.equal(finishSum(addWords(0, bytes, 0, 3)), 0xffff - (0x0102 + 0x0300));
});

Deno.test("many carries fold into 16 bits", () => {
  const bytes = new Uint8Array(65_534).fill(0xff);
  assert.equal(finishSum(addWords(0, bytes, 0, bytes.length)), 0);
});

Deno.test("a wrong checksum differs from the right one", () => {
  assert.notEqual(chooseChecksum(0x1234, "wrong"), 0x1234);
  assert.equal(chooseChecksum(0x1234, 7), 7);
  assert.equal(chooseChecksum(0x1234, "right"), 0x1234);
});

Deno.test("an IPv4 header gets the checksum of a known one", () => {
  const header = frame(
    ipv4({ from: "192.168.0.1", to: "192.168.0.199", protocol: 17 }),
    payload(new Uint8Array(0x73 - 20)),
  ).subarray(0, 20);
  assert.deepEqual(header, hex("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7"));
});

Deno.test("segments and datagrams sum to zero together with their pseudo-header", () => {
  const ends = { source: Uint8Array.of(10, 0, 0, 1), destination: Uint8Array.of(10, 0, 0, 2) };
  const outer = ipv4({ from: "10.0.0.1", to: "10.0.0.2" });
  const segment = frame(outer, tcp({ from: 1, to: 2, flags: "PA" }), "odd");
  assert.equal(transportChecksum(segment, 20, segment.length, ends, 6), 0);
  const datagram = frame(outer, udp({ from: 1, to: 2 }), "even");
  assert.equal(transportChecksum(datagram, 20, datagram.length, ends, 17), 0);
  const damaged = frame(outer, udp({ from: 1, to: 2, checksum: "wrong" }), "even");
  assert.notEqual(transportChecksum(damaged, 20, damaged.length, ends, 17), 0);
});

Deno.test("UDP over IPv6 sums with 16-byte addresses", () => {
  const outer = ipv6({ from: "2001:db8::1", to: "2001:db8::2" });
  const bytes = frame(outer, udp({ from: 5353, to: 5353 }), "x");
  assert.equal(transportChecksum(bytes, 40, bytes.length, outer.ends!, 17), 0);
});
