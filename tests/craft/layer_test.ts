// Layers put around one another: what each says about what it carries.

import assert from "node:assert/strict";
import {
  arp,
  concat,
  cooked2,
  ethernet,
  frame,
  geneve,
  gratuitousArp,
  gre,
  hex,
  icmp,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  ipv6Options,
  mpls,
  nullLoopback,
  payload,
  pppoe,
  quotedBody,
  tcp,
  tcpOption,
  udp,
  vlan,
  vxlan,
} from "./craft.ts";

const LINK = { from: "02:00:00:00:00:01", to: "02:00:00:00:00:02" };
const ENDS = { from: "10.0.0.1", to: "10.0.0.2" };

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

Deno.test("a QinQ frame announces each tag and then IP", () => {
  const bytes = frame(
    ethernet(LINK),
    vlan(100, { provider: true }),
    vlan(7, { priority: 5 }),
    ipv4(ENDS),
    udp({ from: 1, to: 2 }),
  );
  assert.deepEqual(bytes.subarray(12, 22), hex("88a8 0064 8100 a007 0800"));
});

Deno.test("small frames are padded only when asked, and IP's length says where the padding begins", () => {
  const layers = [ipv4(ENDS), udp({ from: 1, to: 2 }), payload("x")] as const;
  assert.equal(frame(ethernet(LINK), ...layers).length, 43);
  const padded = frame(ethernet({ ...LINK, pad: true }), ...layers);
  assert.equal(padded.length, 60);
  assert.equal(word(padded, 16), 29);
});

Deno.test("the last label of an MPLS stack is marked", () => {
  assert.deepEqual(frame(mpls(16, 17)), hex("00010040 00011140"));
});

Deno.test("PPPoE tells IPv4 from IPv6", () => {
  assert.equal(word(frame(pppoe(9), ipv4(ENDS)), 6), 0x0021);
  const six = frame(pppoe(9), ipv6({ from: "::1", to: "::2" }));
  assert.equal(word(six, 6), 0x0057);
  assert.equal(word(six, 4), 42);
});

Deno.test("loopback and cooked headers say what follows", () => {
  assert.deepEqual(frame(nullLoopback(), ipv4(ENDS)).subarray(0, 4), hex("02000000"));
  assert.deepEqual(frame(nullLoopback({ bigEndian: true }), ipv4(ENDS)).subarray(0, 4), hex("00000002"));
  assert.equal(word(frame(cooked2({ from: LINK.from }), ipv4(ENDS)), 0), 0x0800);
});

Deno.test("ARP asks with an empty target and announces to everybody", () => {
  const question = frame(arp({ operation: "request", senderMac: LINK.from, senderIp: ENDS.from, targetIp: ENDS.to }));
  assert.deepEqual(question, hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"));
  const announcement = frame(gratuitousArp(LINK.from, ENDS.from));
  assert.deepEqual(announcement, hex("0001 0800 06 04 0002 020000000001 0a000001 ffffffffffff 0a000001"));
});

Deno.test("tunnels announce what is inside", () => {
  assert.deepEqual(frame(gre({ key: 1 }), ipv6({ from: "::1", to: "::2" })).subarray(0, 8), hex("2000 86dd 00000001"));
  assert.deepEqual(frame(vxlan(7), ethernet(LINK)).subarray(0, 8), hex("08000000 00000700"));
  assert.equal(word(frame(geneve(7), ethernet(LINK)), 2), 0x6558);
  assert.equal(frame(ipv4(ENDS), ipv4(ENDS))[9], 4);
  assert.equal(frame(ipv4(ENDS), ipv6({ from: "::1", to: "::2" }))[9], 41);
});

Deno.test("IPv6 extension headers form a chain", () => {
  const bytes = frame(
    ipv6({ from: "::1", to: "::2" }),
    ipv6Options("hop-by-hop"),
    ipv6Options("destination"),
    udp({ from: 1, to: 2 }),
  );
  assert.deepEqual([bytes[6], bytes[40], bytes[48]], [0, 60, 17]);
  assert.equal(word(bytes, 4), 24);
});

Deno.test("fragments of an IPv4 packet join to the whole", () => {
  const inner = [udp({ from: 9, to: 9 }), payload("x".repeat(3_000))];
  const whole = frame(ipv4(ENDS), ...inner).subarray(20);
  const pieces = ipv4Fragments({ ...ENDS, id: 77 }, inner, 1_480).map((layers) => frame(...layers));
  assert.deepEqual(pieces.map((piece) => word(piece, 6)), [0x2000, 0x2000 | 185, 370]);
  assert.deepEqual(pieces.map((piece) => [word(piece, 4), piece[9]]), [[77, 17], [77, 17], [77, 17]]);
  assert.deepEqual(concat(...pieces.map((piece) => piece.subarray(20))), whole);
});

Deno.test("fragments of an IPv6 packet join to the whole", () => {
  const header = { from: "2001:db8::1", to: "2001:db8::2" };
  const inner = [udp({ from: 9, to: 9 }), payload("x".repeat(3_000))];
  const whole = frame(ipv6(header), ...inner).subarray(40);
  const pieces = ipv6Fragments(header, 77, inner, 1_480).map((layers) => frame(...layers));
  assert.deepEqual(pieces.map((piece) => [piece[6], piece[40], word(piece, 42)]), [[44, 17, 1], [44, 17, 1_481], [
    44,
    17,
    2_960,
  ]]);
  assert.deepEqual(concat(...pieces.map((piece) => piece.subarray(48))), whole);
  assert.throws(() => ipv6Fragments(header, 1, inner, 100), /multiple of 8/);
});

Deno.test("TCP options are padded and counted in the header length", () => {
  const bytes = frame(
    tcp({ from: 1, to: 2, flags: "S", options: concat(tcpOption.mss(1_460), tcpOption.windowScale(7)) }),
  );
  assert.equal(bytes.length, 28);
  assert.equal(bytes[12], 0x70);
  assert.deepEqual(bytes.subarray(20), hex("020405b4 030307 01"));
  assert.throws(() => tcp({ from: 1, to: 2, flags: "SX" }), /called X/);
});

Deno.test("an unreachable message quotes the header and eight bytes", () => {
  const lost = frame(ipv4(ENDS), udp({ from: 1, to: 2 }), "more than eight bytes");
  const bytes = frame(icmp({ type: 3, code: 3, body: quotedBody(lost) }));
  assert.equal(bytes.length, 8 + 28);
  assert.deepEqual(bytes.subarray(8), lost.subarray(0, 28));
});

Deno.test("lengths may lie", () => {
  assert.equal(word(frame(ipv4({ ...ENDS, length: 9_999 })), 2), 9_999);
  assert.equal(frame(ipv4({ ...ENDS, headerWords: 15 }))[0], 0x4f);
  assert.equal(word(frame(udp({ from: 1, to: 2, length: 4 })), 4), 4);
});
