import assert from "node:assert/strict";
import {
  concat,
  ethernet,
  frame,
  hex,
  icmpv6,
  ipBytes,
  ipv4,
  type Ipv4Header,
  ipv6,
  ipv6Options,
  payload,
  tcp,
  udp,
} from "../../craft/craft.ts";
import { type Decoding, decoding } from "./decoding.ts";

const RAW = 101;
const ends = { from: "192.168.1.23", to: "192.168.1.53" };
const ENDS = "192.168.1.23 > 192.168.1.53";
const ends6 = { from: "2001:db8::17", to: "2001:db8::35" };
const ENDS6 = "2001:db8:0:0:0:0:0:17 > 2001:db8:0:0:0:0:0:35";
const query = [udp({ from: 5000, to: 53 }), payload("which way?")];
const QUERY_LENGTH = 18;

function decoded(bytes: Uint8Array, originalLength = bytes.length): Decoding {
  const found = decoding();
  found.frame(bytes, { linkType: RAW, originalLength });
  return found;
}

function four(header: Partial<Ipv4Header> = {}): Uint8Array {
  return frame(ipv4({ ...ends, ...header }), ...query);
}

Deno.test("an IPv4 header with options says where the payload begins", () => {
  const [seen] = decoded(four({ options: hex("94040000 0101"), ttl: 1 })).packets;
  assert.equal(seen!.ends, ENDS);
  assert.equal(seen!.timeToLive, 1);
  assert.equal(seen!.ipLength, 20 + 8 + QUERY_LENGTH);
  assert.equal(seen!.length, QUERY_LENGTH);
  assert.equal(seen!.data.length, QUERY_LENGTH);
});

Deno.test("addresses with the top bit set stay positive", () => {
  const [seen] = decoded(four({ from: "255.255.255.254", to: "224.0.0.251" })).packets;
  assert.equal(seen!.ends, "255.255.255.254 > 224.0.0.251");
});

Deno.test("what a snap length cut off is missing at the end, but counted in the length", () => {
  const whole = four();
  const [seen] = decoded(whole.subarray(0, 30), whole.length).packets;
  assert.equal(seen!.data.length, 10);
  assert.equal(seen!.length, QUERY_LENGTH);
  assert.equal(seen!.ipLength, whole.length);
});

Deno.test("a length of zero means that the network card was to cut the segment up", () => {
  const found = decoded(four({ length: 0 }));
  assert.equal(found.packets[0]!.length, QUERY_LENGTH);
  assert.equal(found.packets[0]!.ipLength, 20 + QUERY_LENGTH);
  assert.deepEqual(found.weirds, [`ip_hdr_len_zero ${ENDS}`]);
});

Deno.test("IPv4 headers that contradict themselves are named and go no further", () => {
  const lies: readonly [name: string, bytes: Uint8Array][] = [
    ["truncated_IP", four().subarray(0, 19)],
    ["unknown_ip_version", concat(hex("55"), four().subarray(1))],
    [`truncated_IP_len ${ENDS}`, four({ length: 39 })],
    [`invalid_IP_header_size ${ENDS}`, four({ headerWords: 15, length: 38 })],
    [`IPv4_min_header_size ${ENDS}`, four({ headerWords: 4 })],
    [`invalid_IP_header_size ${ENDS}`, four({ length: 10 })],
  ];
  for (const [weird, bytes] of lies) {
    const found = decoded(bytes);
    assert.deepEqual(found.weirds, [weird]);
    assert.equal(found.packets.length, 0, weird);
    assert.equal(found.decoder.counts.malformed, 1);
  }
  const cut = four({ options: new Uint8Array(40) });
  assert.deepEqual(decoded(cut.subarray(0, 40), cut.length).weirds, [`internally_truncated_header ${ENDS}`]);
});

Deno.test("an IPv6 packet, and its Ethernet padding left out", () => {
  const found = decoding();
  const inner = [ipv6({ ...ends6, hopLimit: 3 }), tcp({ from: 1, to: 2, flags: "S" })];
  const bytes = frame(ethernet({ from: "02:00:00:00:00:01", to: "02:00:00:00:00:02", pad: true }), ...inner);
  found.frame(concat(bytes, new Uint8Array(20)));
  const [seen] = found.packets;
  assert.equal(seen!.ends, ENDS6);
  assert.equal(seen!.protocol, 6);
  assert.equal(seen!.timeToLive, 3);
  assert.equal(seen!.ipLength, 60);
  assert.equal(seen!.data.length, 20);
});

Deno.test("extension headers are followed to the transport", () => {
  const [seen] = decoded(
    frame(
      ipv6(ends6),
      ipv6Options("hop-by-hop", hex("05020000")),
      ipv6Options("destination", hex("010c" + "00".repeat(12))),
      ...query,
    ),
  ).packets;
  assert.equal(seen!.protocol, 17);
  assert.equal(seen!.length, QUERY_LENGTH);
  assert.equal(seen!.ipLength, 40 + 8 + 16 + QUERY_LENGTH);
});

Deno.test("an authentication header counts its length in words", () => {
  const authentication = hex("11 04 0000 00000001 00000002 000102030405060708090a0b");
  const [seen] = decoded(frame(ipv6({ ...ends6, nextHeader: 51 }), authentication, ...query)).packets;
  assert.equal(seen!.protocol, 17);
  assert.equal(seen!.length, QUERY_LENGTH);
});

Deno.test("a source route says where the packet goes in the end, once it has been gone", () => {
  const route = (segmentsLeft: string) =>
    concat(hex(`11 04 00 ${segmentsLeft} 00000000`), ipBytes("2001:db8::a"), ipBytes("2001:db8::b"));
  const going = decoded(frame(ipv6({ ...ends6, nextHeader: 43 }), route("02"), ...query)).packets[0]!;
  assert.equal(going.ends, "2001:db8:0:0:0:0:0:17 > 2001:db8:0:0:0:0:0:b");
  assert.equal(going.protocol, 17);
  const gone = decoded(frame(ipv6({ ...ends6, nextHeader: 43 }), route("00"), ...query)).packets[0]!;
  assert.equal(gone.ends, ENDS6);
});

Deno.test("a mobile node is known by its home address", () => {
  const home = concat(hex("c910"), ipBytes("2001:db8::4e"));
  const [seen] =
    decoded(frame(ipv6(ends6), ipv6Options("destination", concat(hex("0102 0000"), home)), ...query)).packets;
  assert.equal(seen!.ends, "2001:db8:0:0:0:0:0:4e > 2001:db8:0:0:0:0:0:35");
});

Deno.test("a chain of extension headers that never ends, or is cut off, is given up", () => {
  const chain = Array.from({ length: 40 }, () => ipv6Options("destination"));
  assert.deepEqual(decoded(frame(ipv6(ends6), ...chain, ...query)).weirds, [
    `too_many_IPv6_extension_headers ${ENDS6}`,
  ]);
  const long = frame(ipv6({ ...ends6, nextHeader: 60 }), hex("11ff 0000 00000000"));
  assert.deepEqual(decoded(long).weirds, [`internally_truncated_header ${ENDS6}`]);
  assert.deepEqual(decoded(frame(ipv6({ ...ends6, nextHeader: 0 }), "abc")).weirds, [
    `internally_truncated_header ${ENDS6}`,
  ]);
});

Deno.test("an IPv6 header that promises more than the frame holds is named", () => {
  assert.deepEqual(decoded(frame(ipv6({ ...ends6, length: 1000 }), ...query)).weirds, [`truncated_IP_len ${ENDS6}`]);
  assert.deepEqual(decoded(frame(ipv6(ends6), ...query).subarray(0, 39)).weirds, ["truncated_IP"]);
});

Deno.test("no payload length means a segment for the network card, but a packet without next header carries nothing", () => {
  const [seen] = decoded(frame(ipv6({ ...ends6, length: 0 }), ...query)).packets;
  assert.equal(seen!.length, QUERY_LENGTH);
  const nothing = decoded(frame(ipv6({ ...ends6, nextHeader: 59 })));
  assert.equal(nothing.packets.length, 0);
  assert.deepEqual(nothing.weirds, [`ipv6_no_next ${ENDS6}`]);
});

Deno.test("headers of both versions are counted", () => {
  const found = decoding();
  found.frame(four(), { linkType: RAW });
  found.frame(frame(ipv6(ends6), icmpv6({ type: 128 })), { linkType: RAW });
  found.frame(frame(ipv6(ends6), ...query), { linkType: RAW });
  assert.equal(found.decoder.counts.ipv4, 1);
  assert.equal(found.decoder.counts.ipv6, 2);
  assert.deepEqual(found.packets.map((seen) => seen.protocol), [17, 58, 17]);
});
