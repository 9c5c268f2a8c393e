import assert from "node:assert/strict";
import {
  arp,
  concat,
  cooked,
  cooked2,
  ethernet,
  frame,
  geneve,
  gre,
  gtpUser,
  hex,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  ipv6Options,
  mpls,
  noise,
  nullLoopback,
  payload,
  pppoe,
  random,
  tcp,
  teredo,
  udp,
  vlan,
  vxlan,
} from "../../craft/craft.ts";
import { createDecoder, decodeFrame, decodeTunnelled, MAXIMUM_TUNNEL_DEPTH } from "../../../agent/dissect/decode.ts";
import { MAXIMUM_FRAGMENT_BYTES } from "../../../agent/dissect/fragments.ts";
import type { Packet } from "../../../agent/dissect/packet.ts";
import {
  emptyTunnelledPacket,
  findInUdpTunnel,
  PACKET_INSIDE,
  recogniseUdpTunnel,
  udpTunnelOnPort,
} from "../../../agent/dissect/tunnel.ts";

const link = ethernet({ from: "02:00:00:00:00:01", to: "02:00:00:00:00:02" });
const four = ipv4({ from: "10.0.0.1", to: "10.0.0.2" });
const six = ipv6({ from: "2001:db8::1", to: "2001:0:db8::2" });
const segment = [tcp({ from: 40_000, to: 80, flags: "PA" }), payload("GET / HTTP/1.1\r\n\r\n")];
const wireless = concat(
  hex("8801 0000 020000000099 020000000001 020000000002 1000 8000 020000000002 020000000001 0042 aaaa03 000000 0800"),
  frame(four, ...segment),
  new Uint8Array(3),
);

/** A frame of every kind that the decoder looks into, with its link type. */
const FRAMES: readonly (readonly [linkType: number, bytes: Uint8Array])[] = [
  [1, frame(link, four, ...segment)],
  [1, frame(link, six, ipv6Options("hop-by-hop"), ipv6Options("destination"), ...segment)],
  [1, frame(link, arp({ operation: 1, senderMac: "02:00:00:00:00:01", senderIp: "10.0.0.1", targetIp: "10.0.0.2" }))],
  [1, frame(link, vlan(1, { provider: true }), vlan(2), mpls(3, 4), four, ...segment)],
  [1, frame(link, pppoe(1), six, ...segment)],
  [
    1,
    concat(
      frame(ethernet({ from: "02:00:00:00:00:01", to: "02:00:00:00:00:02", etherType: 0x88e7 })),
      hex("00001234"),
      frame(link, four, ...segment),
    ),
  ],
  [
    1,
    concat(
      frame(ethernet({ from: "02:00:00:00:00:01", to: "02:00:00:00:00:02", etherType: 80 })),
      hex("aaaa03 000000 0800"),
      frame(four, ...segment),
    ),
  ],
  [1, frame(link, four, gre({ key: 1, sequence: 2 }), six, ...segment)],
  [1, frame(link, four, gre({ protocol: 0x22eb, sequence: 2 }), new Uint8Array(12), link, four, ...segment)],
  [1, frame(link, four, gre({ protocol: 0x8200 }), wireless)],
  [
    1,
    frame(
      link,
      four,
      udp({ from: 1, to: 4789 }),
      vxlan(1),
      link,
      vlan(7),
      four,
      udp({ from: 1, to: 6081 }),
      geneve(2),
      six,
      ...segment,
    ),
  ],
  [1, frame(link, four, udp({ from: 1, to: 2152 }), gtpUser(1), four, ...segment)],
  [1, frame(link, four, teredo(), hex("0000 63bf 3fff 98ff"), six, ...segment)],
  [1, frame(link, four, udp({ from: 1, to: 5072 }), hex("44 52 11 29 00000000"), noise(36, 2), six, ...segment)],
  [1, frame(link, four, six, four, six, four, ...segment)],
  ...ipv4Fragments({ from: "10.0.0.1", to: "10.0.0.2", id: 1 }, [udp({ from: 1, to: 53 }), payload(noise(200, 3))], 80)
    .map((layers) => [1, frame(link, ...layers)] as const),
  ...ipv6Fragments({ from: "2001:db8::1", to: "2001:db8::2" }, 1, segment, 16)
    .map((layers) => [229, frame(...layers)] as const),
  [0, frame(nullLoopback(), four, ...segment)],
  [9, concat(hex("ff03 0021"), frame(four, ...segment))],
  [101, frame(six, ...segment)],
  [105, wireless],
  [113, frame(cooked({ from: "02:00:00:00:00:01" }), four, ...segment)],
  [119, concat(hex("44000000 90000000"), new Uint8Array(136), wireless)],
  [127, concat(hex("0000 1100 03000000 0102030405060708 00"), wireless)],
  [163, concat(hex("80211001 00000040"), new Uint8Array(56), wireless)],
  [239, concat(hex("02000000 0800 0a00 77656200 4e00 0900"), frame(four, ...segment))],
  [276, frame(cooked2({ from: "02:00:00:00:00:01" }), six, ...segment)],
];

/** A decoder that checks of every packet what the flow table relies on, and opens whatever tunnel it can. */
function watchfulDecoder() {
  const inside = emptyTunnelledPacket();
  let found = 0;
  const check = (packet: Packet) => {
    assert.ok(packet.offset >= 0 && packet.offset <= packet.end, "the payload begins before it ends");
    assert.ok(packet.end <= packet.bytes.length, "the payload lies in the buffer");
    assert.ok(packet.length >= packet.end - packet.offset, "no more is captured than there is");
    assert.ok(packet.ipLength >= packet.length, "the payload is part of the packet");
    assert.ok(packet.depth >= 0 && packet.depth <= MAXIMUM_TUNNEL_DEPTH);
    assert.ok(packet.version === 4 || packet.version === 6);
    for (const word of [packet.source0, packet.source3, packet.destination0, packet.destination3]) assert.ok(word >= 0);
  };
  const decoder = createDecoder({
    packet(packet) {
      found++;
      check(packet);
      const { bytes, offset, end } = packet;
      if (packet.protocol !== 17 || end - offset < 8) return;
      const port = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
      const tunnel = udpTunnelOnPort(port) || recogniseUdpTunnel(bytes, offset + 8, end);
      const answer = findInUdpTunnel(tunnel, packet, offset + 8, end, offset + packet.length, inside, decoder.sink);
      if (answer === PACKET_INSIDE) decodeTunnelled(decoder, packet, inside, 0);
    },
    arp: () => void found++,
    weird: (name, _addl, packet) => {
      assert.notEqual(name, "");
      if (packet !== undefined) assert.ok(packet.version === 4 || packet.version === 6);
    },
    tunnel: () => 0,
  });
  return { decoder, found: () => found };
}

Deno.test("every one of these frames has something in it", () => {
  for (const [linkType, bytes] of FRAMES) {
    const { decoder, found } = watchfulDecoder();
    decodeFrame(decoder, bytes, 0, bytes.length, bytes.length, 1, linkType);
    assert.equal(decoder.counts.malformed, 0, `link type ${linkType}`);
    assert.ok(found() > 0 || decoder.fragments.fragments > 0, `link type ${linkType}`);
  }
});

Deno.test("frames cut anywhere, with and without the rest known to be missing, are survived", () => {
  const { decoder } = watchfulDecoder();
  for (const [linkType, bytes] of FRAMES) {
    for (let cut = 0; cut < bytes.length; cut++) {
      // Cut out of the buffer too: reading beyond the cut would give undefined, and then not a number.
      const captured = bytes.slice(0, cut);
      decodeFrame(decoder, captured, 0, cut, cut, 1, linkType);
      decodeFrame(decoder, captured, 0, cut, bytes.length, 1, linkType);
    }
  }
  assert.ok(decoder.counts.malformed > 1000);
});

Deno.test("20,000 frames damaged at random, on their own link type and on others, are survived", () => {
  const dice = random(86);
  const { decoder } = watchfulDecoder();
  const linkTypes = [...new Set(FRAMES.map(([linkType]) => linkType)), 12, 50, 108, 219, 228, 4711];
  for (let round = 0; round < 20_000; round++) {
    const [linkType, whole] = dice.pick(FRAMES);
    const bytes = whole.slice(0, dice.below(8) === 0 ? dice.below(whole.length) : whole.length);
    for (let changes = dice.between(1, 6); changes > 0 && bytes.length > 0; changes--) {
      bytes[dice.below(bytes.length)] = dice.pick([0, 1, 0x7f, 0x80, 0xff, dice.below(256)]);
    }
    const originalLength = dice.pick([bytes.length, bytes.length + dice.below(2000), 0]);
    const on = dice.below(10) === 0 ? dice.pick(linkTypes) : linkType;
    decodeFrame(decoder, bytes, 0, bytes.length, originalLength, round / 100, on);
  }
  assert.equal(decoder.counts.frames, 20_000);
  assert.ok(decoder.fragments.bytes <= MAXIMUM_FRAGMENT_BYTES);
});
