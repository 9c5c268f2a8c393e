import assert from "node:assert/strict";
import {
  ethernet,
  frame,
  gre,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragment,
  ipv6Fragments,
  ipv6Options,
  type Layer,
  noise,
  payload,
  random,
  udp,
} from "../../craft/craft.ts";
import { FRAGMENT_TIMEOUT, MAXIMUM_FRAGMENT_BYTES } from "../../../agent/dissect/fragments.ts";
import { type Decoding, decoding } from "./decoding.ts";

const RAW = 101;
const ends = { from: "192.168.1.23", to: "192.168.1.53" };
const ENDS = "192.168.1.23 > 192.168.1.53";
const ends6 = { from: "2001:db8::17", to: "2001:db8::35" };
const CONTENT = noise(3000, 1);
const datagram: readonly Layer[] = [udp({ from: 5000, to: 53 }), payload(CONTENT)];
const WHOLE = frame(ipv4(ends), ...datagram).subarray(20);
const WHOLE6 = frame(ipv6(ends6), ...datagram).subarray(40);

function pieces(layers: readonly Layer[][]): Uint8Array[] {
  return layers.map((each) => frame(...each));
}

function decoded(frames: readonly Uint8Array[]): Decoding {
  const found = decoding();
  for (const bytes of frames) found.frame(bytes, { linkType: RAW });
  return found;
}

/** A fragment by hand: payload bytes at a position. */
function fragment(position: number, content: Uint8Array, more: boolean, id = 1): Uint8Array {
  return frame(ipv4({ ...ends, id, fragmentOffset: position, moreFragments: more, protocol: 17 }), content);
}

Deno.test("a datagram in fragments arrives whole, in whatever order they come", () => {
  const dice = random(7);
  const inOrder = pieces(ipv4Fragments({ ...ends, id: 1 }, datagram, 800));
  for (let round = 0; round < 20; round++) {
    const shuffled = inOrder.map((bytes) => ({ bytes, key: dice.next() })).sort((a, b) => a.key - b.key);
    const found = decoded(shuffled.map(({ bytes }) => bytes));
    assert.equal(found.packets.length, 1);
    const [seen] = found.packets;
    assert.equal(seen!.ends, ENDS);
    assert.equal(seen!.protocol, 17);
    assert.deepEqual(seen!.data, WHOLE);
    assert.equal(seen!.ipLength, 20 + WHOLE.length);
    assert.deepEqual(found.weirds, []);
    assert.equal(found.decoder.fragments.datagrams.size, 0);
    assert.equal(found.decoder.fragments.bytes, 0);
  }
});

Deno.test("an IPv6 datagram in fragments arrives whole, extension headers before and after the cut", () => {
  const plain = decoded(pieces(ipv6Fragments(ends6, 9, datagram, 1200)));
  assert.deepEqual(plain.packets[0]!.data, WHOLE6);
  assert.equal(plain.packets[0]!.ipLength, 40 + WHOLE6.length);
  const optioned = decoded(pieces(ipv6Fragments(ends6, 9, [ipv6Options("destination"), ...datagram], 1200)).reverse());
  assert.deepEqual(optioned.packets[0]!.data, WHOLE6);
  assert.equal(optioned.packets[0]!.protocol, 17);
  assert.deepEqual(optioned.weirds, []);
});

Deno.test("a fragment header around a whole packet makes it no fragment", () => {
  const found = decoded([frame(ipv6(ends6), ipv6Fragment({ id: 3 }), ...datagram)]);
  assert.deepEqual(found.packets[0]!.data, WHOLE6);
  assert.equal(found.decoder.fragments.fragments, 0);
});

Deno.test("datagrams that differ in identification, ends or version do not mix", () => {
  const first = pieces(ipv4Fragments({ ...ends, id: 1 }, datagram, 1600));
  const second = pieces(ipv4Fragments({ ...ends, id: 2 }, datagram, 1600));
  const elsewhere = pieces(ipv4Fragments({ from: ends.to, to: ends.from, id: 1 }, datagram, 1600));
  assert.equal(decoded([first[0]!, second[1]!, elsewhere[1]!]).packets.length, 0);
  assert.equal(decoded([first[0]!, second[0]!, elsewhere[0]!, second[1]!, elsewhere[1]!, first[1]!]).packets.length, 3);
});

Deno.test("fragments of the packet around a tunnel are put together before the tunnel is opened", () => {
  const inner: Layer[] = [gre(), ipv4({ from: "10.0.0.1", to: "10.0.0.2" }), ...datagram];
  const found = decoded(pieces(ipv4Fragments({ ...ends, id: 5 }, inner, 1000)));
  assert.deepEqual(found.tunnels, [`Tunnel::GRE ${ENDS}`]);
  assert.equal(found.packets[0]!.ends, "10.0.0.1 > 10.0.0.2");
  // The checksum in front covers the addresses, and is another.
  assert.deepEqual(found.packets[0]!.data.subarray(8), CONTENT);
  assert.equal(found.packets[0]!.depth, 1);
});

Deno.test("after a datagram was put together the next frame is read from its own bytes", () => {
  const found = decoding();
  const link = ethernet({ from: "02:00:00:00:00:17", to: "02:00:00:00:00:35" });
  for (const layers of ipv4Fragments({ ...ends, id: 1 }, datagram, 1600)) found.frame(frame(link, ...layers));
  found.frame(frame(link, ipv4(ends), udp({ from: 1, to: 2 }), "next"));
  assert.equal(found.packets.length, 2);
  assert.equal(new TextDecoder().decode(found.packets[1]!.data.subarray(8)), "next");
});

Deno.test("what came first stays when fragments overlap", () => {
  const first = noise(64, 1), forged = noise(64, 2), last = noise(16, 3);
  const found = decoded([fragment(0, first, true), fragment(0, forged, true), fragment(64, last, false)]);
  assert.deepEqual(found.packets[0]!.data, new Uint8Array([...first, ...last]));
  assert.deepEqual(found.weirds, [`fragment_inconsistency ${ENDS}`]);
  // The same bytes twice are no forgery; a second fragment may still bring what is missing.
  const repeated = decoded([fragment(0, first, true), fragment(0, first, true), fragment(64, last, false)]);
  assert.deepEqual(repeated.weirds, [`fragment_overlap ${ENDS}`]);
  const stretched = decoded([
    fragment(0, first.subarray(0, 48), true),
    fragment(32, new Uint8Array([...first.subarray(32), ...last]), false),
  ]);
  assert.deepEqual(stretched.packets[0]!.data, new Uint8Array([...first, ...last]));
});

Deno.test("teardrop: a last fragment inside the first is refused", () => {
  const found = decoded([fragment(0, noise(48, 1), true), fragment(24, noise(4, 2), false)]);
  assert.equal(found.packets.length, 0);
  assert.deepEqual(found.weirds, [`fragment_size_inconsistency ${ENDS}`]);
});

Deno.test("a datagram has one end: fragments beyond it, and another last one, are refused", () => {
  const end = fragment(64, noise(10, 1), false);
  for (
    const other of [
      fragment(72, noise(48, 2), true),
      fragment(64, noise(12, 2), false),
      fragment(8, noise(56, 2), false),
    ]
  ) {
    const found = decoded([end, other]);
    assert.equal(found.packets.length, 0);
    assert.deepEqual(found.weirds, [`fragment_size_inconsistency ${ENDS}`]);
    found.frame(fragment(0, noise(64, 3), true), { linkType: RAW });
    assert.equal(found.packets.length, 1);
    assert.equal(found.packets[0]!.data.length, 74);
  }
});

Deno.test("ping of death: nothing is kept that ends beyond the largest datagram", () => {
  const found = decoded([fragment(65_528, noise(200, 1), false)]);
  assert.deepEqual(found.weirds, [`excessively_large_fragment ${ENDS}`]);
  assert.equal(found.decoder.fragments.datagrams.size, 0);
});

Deno.test("fragments that no stack sends are named", () => {
  const oddities: readonly [string, Uint8Array][] = [
    ["excessively_small_fragment", fragment(0, noise(24, 1), true)],
    ["fragment_size_inconsistency", fragment(0, noise(61, 1), true)],
    ["fragment_with_DF", frame(ipv4({ ...ends, moreFragments: true, dontFragment: true, protocol: 17 }), noise(64, 1))],
  ];
  for (const [name, bytes] of oddities) assert.deepEqual(decoded([bytes]).weirds, [`${name} ${ENDS}`]);
  const changed = frame(ipv4({ ...ends, id: 1, fragmentOffset: 64, protocol: 6 }), noise(8, 2));
  assert.deepEqual(decoded([fragment(0, noise(64, 1), true), changed]).weirds, [
    `fragment_protocol_inconsistency ${ENDS}`,
  ]);
});

Deno.test("of fragments that the capture cut short only the first is of use", () => {
  const [first, second] = pieces(ipv4Fragments({ ...ends, id: 1 }, datagram, 1600)) as [Uint8Array, Uint8Array];
  const found = decoding();
  found.frame(first.subarray(0, 96), { linkType: RAW, originalLength: first.length });
  found.frame(second.subarray(0, 96), { linkType: RAW, originalLength: second.length });
  assert.deepEqual(found.weirds, [`incompletely_captured_fragment ${ENDS}`, `incompletely_captured_fragment ${ENDS}`]);
  assert.equal(found.packets.length, 1);
  assert.deepEqual(found.packets[0]!.data, WHOLE.subarray(0, 76));
  assert.equal(found.packets[0]!.length, 1600);
});

Deno.test("an unfinished datagram is forgotten when its time is over, by the packets' clock", () => {
  const [first, second] = pieces(ipv4Fragments({ ...ends, id: 1 }, datagram, 1600)) as [Uint8Array, Uint8Array];
  for (const [wait, packets, timedOut] of [[FRAGMENT_TIMEOUT, 1, 0], [FRAGMENT_TIMEOUT + 1, 0, 1]] as const) {
    const found = decoding();
    found.frame(first, { linkType: RAW, ts: 1000 });
    found.frame(second, { linkType: RAW, ts: 1000 + wait });
    assert.equal(found.packets.length, packets);
    assert.equal(found.decoder.fragments.timedOut, timedOut);
  }
});

Deno.test("a flood of fragments that never end stays within the bound: the oldest are given up, and counted", () => {
  const found = decoding();
  const content = noise(1480, 1);
  // Each claims to be the end of 60 KB: 3.9 GB if they were believed.
  for (let id = 0; id < 65_536; id++) {
    found.frame(fragment(60_000, content, true, id), { linkType: RAW });
    if (id % 4096 === 0) assert.ok(found.decoder.fragments.bytes <= MAXIMUM_FRAGMENT_BYTES + 80_000);
  }
  const { fragments } = found.decoder;
  assert.ok(fragments.bytes <= MAXIMUM_FRAGMENT_BYTES + 80_000);
  assert.equal(fragments.evicted + fragments.datagrams.size, 65_536);
  let kept = 0;
  for (const { pages } of fragments.datagrams.values()) for (const page of pages) kept += page?.length ?? 0;
  assert.ok(kept > 0 && kept <= fragments.bytes);
});
