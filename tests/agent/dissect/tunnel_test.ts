import assert from "node:assert/strict";
import {
  concat,
  ethernet,
  frame,
  geneve,
  gre,
  gtpUser,
  hex,
  ipv4,
  ipv6,
  type Layer,
  mpls,
  payload,
  tcp,
  teredo,
  udp,
  vlan,
  vxlan,
} from "../../craft/craft.ts";
import { recogniseUdpTunnel, udpTunnelOnPort, udpTunnelService } from "../../../agent/dissect/tunnel.ts";
import { type Decoding, decoding } from "./decoding.ts";

const RAW = 101;
const outer = ipv4({ from: "198.51.100.1", to: "203.0.113.1" });
const OUTER = "198.51.100.1 > 203.0.113.1";
const inner = ipv4({ from: "10.0.0.1", to: "10.0.0.2" });
const INNER = "10.0.0.1 > 10.0.0.2";
const inner6 = ipv6({ from: "2001:db8::1", to: "2001:db8::2" });
const INNER6 = "2001:db8:0:0:0:0:0:1 > 2001:db8:0:0:0:0:0:2";
const link = ethernet({ from: "02:00:00:00:00:01", to: "02:00:00:00:00:02" });
const syn = tcp({ from: 40_000, to: 80, flags: "S" });

function decoded(...layers: readonly (Layer | Uint8Array | string)[]): Decoding {
  const found = decoding({ udpTunnels: true });
  found.frame(frame(...layers), { linkType: RAW });
  return found;
}

/** Ends and depth of every IP packet handed on, in order. */
function endsOf(found: Decoding): string[] {
  assert.deepEqual(found.weirds, []);
  return found.packets.map((seen) => `${seen.depth}: ${seen.ends}`);
}

Deno.test("IP in IP and IPv6 in IPv4 are opened; the tunnel is known by its ends", () => {
  const four = decoded(outer, inner, syn);
  assert.deepEqual(endsOf(four), [`1: ${INNER}`]);
  assert.deepEqual(four.tunnels, [`Tunnel::IP ${OUTER}`]);
  assert.equal(four.packets[0]!.protocol, 6);
  assert.deepEqual(endsOf(decoded(outer, inner6, syn)), [`1: ${INNER6}`]);
  assert.deepEqual(endsOf(decoded(inner6, inner, syn)), [`1: ${INNER}`]);
});

Deno.test("GRE carries IP, Ethernet and MPLS, with key and sequence number or without", () => {
  for (const head of [gre(), gre({ key: 7 }), gre({ sequence: 1 }), gre({ key: 7, sequence: 1 })]) {
    const found = decoded(outer, head, inner, syn);
    assert.deepEqual(endsOf(found), [`1: ${INNER}`]);
    assert.deepEqual(found.tunnels, [`Tunnel::GRE ${OUTER}`]);
    assert.equal(found.packets[0]!.macs, "");
  }
  assert.deepEqual(endsOf(decoded(outer, gre(), inner6, syn)), [`1: ${INNER6}`]);
  assert.deepEqual(endsOf(decoded(outer, gre(), mpls(20), inner, syn)), [`1: ${INNER}`]);
  const bridged = decoded(outer, gre(), link, vlan(12), inner, syn);
  assert.deepEqual(endsOf(bridged), [`1: ${INNER}`]);
  assert.equal(bridged.packets[0]!.macs, "02:00:00:00:00:01 > 02:00:00:00:00:02");
  assert.equal(bridged.packets[0]!.vlan, 12);
});

Deno.test("mirrored traffic in all three kinds of ERSPAN", () => {
  const mirrored = frame(link, inner, syn);
  const two = hex("1000 0001 00000000"), three = hex("2000 0001 00000000 00000000");
  const kinds: readonly (Layer | Uint8Array)[][] = [
    [gre({ protocol: 0x88be }), mirrored],
    [gre({ protocol: 0x88be, sequence: 4 }), two, mirrored],
    [gre({ protocol: 0x22eb, sequence: 4 }), three, mirrored],
    [gre({ protocol: 0x22eb, sequence: 4 }), hex("2000 0001 00000000 00000001 0000000000000000"), mirrored],
  ];
  for (const kind of kinds) assert.deepEqual(endsOf(decoded(outer, ...kind)), [`1: ${INNER}`]);
});

Deno.test("PPTP carries PPP in GRE version 1; a bare acknowledgement carries nothing", () => {
  const packet = frame(inner, syn);
  const data = concat(hex("3081 880b 002c 0001 00000001 00000002"), hex("ff03 0021"), packet);
  const gre1 = ipv4({ from: "198.51.100.1", to: "203.0.113.1", protocol: 47 });
  assert.deepEqual(endsOf(decoded(gre1, data)), [`1: ${INNER}`]);
  const acknowledgement = decoded(gre1, hex("2081 880b 0000 0001 00000002"));
  assert.deepEqual(endsOf(acknowledgement), []);
  assert.deepEqual(acknowledgement.tunnels, []);
});

Deno.test("an access point's tunnel carries 802.11 frames", () => {
  const wireless = concat(
    hex("0801 0000 020000000099 020000000001 020000000002 1000 aaaa03 000000 0800"),
    frame(inner, syn),
  );
  const found = decoded(outer, gre({ protocol: 0x8200 }), wireless);
  assert.deepEqual(endsOf(found), [`1: ${INNER}`]);
  assert.equal(found.packets[0]!.macs, "02:00:00:00:00:01 > 02:00:00:00:00:02");
});

Deno.test("GRE that is broken, or of a kind that nobody reads, is named", () => {
  const packet = ipv4({ from: "198.51.100.1", to: "203.0.113.1", protocol: 47 });
  const broken: readonly [weird: string, header: string][] = [
    ["truncated_GRE", "0000"],
    ["truncated_GRE", "2000 0800"],
    ["unknown_gre_version version=2", "0002 0800 45"],
    ["egre_protocol_type proto=2048", "0001 0800 45"],
    ["gre_routing", "4000 0800 45"],
    ["unknown_gre_flags", "0008 0800 45"],
  ];
  for (const [weird, header] of broken) {
    const found = decoded(packet, hex(header));
    assert.deepEqual(found.weirds, [`${weird} ${OUTER}`]);
    assert.equal(found.decoder.counts.malformed, 1);
  }
  assert.deepEqual(endsOf(decoded(packet, hex("0000 2000 01b4"))), []);
});

Deno.test("a tunnel whose handle is refused stays closed", () => {
  const found = decoding();
  found.decoder.sink.tunnel = () => -1;
  found.frame(frame(outer, gre(), inner, syn), { linkType: RAW });
  assert.deepEqual(found.packets, []);
});

Deno.test("VXLAN and Geneve: the datagram around is a packet too, and the parent of the one inside", () => {
  const mirrored = decoded(outer, udp({ from: 50_000, to: 4789 }), vxlan(5), link, inner, syn);
  assert.deepEqual(endsOf(mirrored), [`0: ${OUTER}`, `1: ${INNER}`]);
  assert.equal(mirrored.packets[1]!.parent, 1000);
  assert.equal(mirrored.packets[1]!.macs, "02:00:00:00:00:01 > 02:00:00:00:00:02");
  const to6081 = udp({ from: 50_000, to: 6081 });
  assert.deepEqual(endsOf(decoded(outer, to6081, geneve(5), link, inner, syn)), [`0: ${OUTER}`, `1: ${INNER}`]);
  assert.deepEqual(endsOf(decoded(outer, to6081, geneve(5), inner6, syn)), [`0: ${OUTER}`, `1: ${INNER6}`]);
  const options = concat(hex("02 00 0800 00000500 0102 03 01 deadbeef"), frame(inner, syn));
  assert.deepEqual(endsOf(decoded(outer, to6081, options)), [`0: ${OUTER}`, `1: ${INNER}`]);
});

Deno.test("GTP carries users' packets behind optional fields and extension headers; signalling carries nothing", () => {
  const to2152 = udp({ from: 2152, to: 2152 });
  assert.deepEqual(endsOf(decoded(outer, to2152, gtpUser(9), inner, syn)), [`0: ${OUTER}`, `1: ${INNER}`]);
  const packet = frame(inner, syn);
  const sequenced = concat(hex("32 ff 002c 00000009 0001 00 00"), packet);
  assert.deepEqual(endsOf(decoded(outer, to2152, sequenced)), [`0: ${OUTER}`, `1: ${INNER}`]);
  const extended = concat(hex("34 ff 0034 00000009 0000 00 85 01 1234 c0 01 5678 00"), packet);
  assert.deepEqual(endsOf(decoded(outer, to2152, extended)), [`0: ${OUTER}`, `1: ${INNER}`]);
  const echo = hex("32 01 0004 00000000 0001 0000");
  assert.deepEqual(endsOf(decoded(outer, to2152, echo)), [`0: ${OUTER}`]);
  const endless = concat(hex("34 ff 0034 00000009 0000 00 85 00 1234 85"), packet);
  assert.deepEqual(endsOf(decoded(outer, to2152, endless)), [`0: ${OUTER}`]);
  // The length of what is inside must fit, or it is something else that uses the port.
  assert.deepEqual(endsOf(decoded(outer, to2152, concat(sequenced, hex("00")))), [`0: ${OUTER}`]);
});

Deno.test("Teredo behind its two indications, and a bubble", () => {
  assert.deepEqual(endsOf(decoded(outer, teredo(), inner6, syn)), [`0: ${OUTER}`, `1: ${INNER6}`]);
  const packet = frame(inner6, syn);
  const authentication = hex("0001 02 01 aabb cc 0102030405060708 00");
  const origin = hex("0000 63bf 3fff 98ff");
  const full = concat(authentication, origin, packet);
  assert.deepEqual(endsOf(decoded(outer, teredo(), full)), [`0: ${OUTER}`, `1: ${INNER6}`]);
  assert.deepEqual(endsOf(decoded(outer, teredo(), frame(inner6))), [`0: ${OUTER}`]);
  const loaded = decoded(outer, teredo(), concat(frame(inner6), hex("ffff")));
  assert.deepEqual(loaded.weirds, [`Teredo_bubble_with_payload ${OUTER}`]);
  assert.deepEqual(decoded(outer, teredo(), hex("0001 ff ff")).weirds, [`truncated_Teredo ${OUTER}`]);
  assert.deepEqual(endsOf(decoded(outer, teredo(), concat(packet, hex("00")))), [`0: ${OUTER}`]);
});

Deno.test("AYIYA behind its identity and signature", () => {
  const head = concat(hex("44 52 11 29 00000000"), new Uint8Array(16), new Uint8Array(20));
  const to5072 = udp({ from: 5000, to: 5072 });
  assert.deepEqual(endsOf(decoded(outer, to5072, head, inner6, syn)), [`0: ${OUTER}`, `1: ${INNER6}`]);
  const echo = head.slice();
  echo[2] = 0x15;
  assert.deepEqual(endsOf(decoded(outer, to5072, echo, inner6, syn)), [`0: ${OUTER}`]);
});

Deno.test("tunnels over UDP that are empty or wrong are named and carry nothing", () => {
  const to4789 = udp({ from: 5000, to: 4789 }), to6081 = udp({ from: 5000, to: 6081 });
  assert.deepEqual(decoded(outer, to4789, vxlan(5)).weirds, [`vxlan_empty_packet ${OUTER}`]);
  assert.deepEqual(decoded(outer, to6081, geneve(5)).weirds, [`geneve_empty_packet ${OUTER}`]);
  assert.deepEqual(decoded(outer, to6081, hex("c000 6558 00000000")).weirds, [`geneve_invalid_version 3 ${OUTER}`]);
  assert.deepEqual(endsOf(decoded(outer, to4789, hex("0000000000000500"), link, inner, syn)), [`0: ${OUTER}`]);
});

Deno.test("tunnels are opened to a depth of four and no further", () => {
  const nested: Layer[] = [];
  for (let depth = 1; depth <= 5; depth++) {
    nested.push(ipv4({ from: `10.0.0.${depth}`, to: "10.9.9.9" }), gre());
  }
  const found = decoded(...nested, inner, syn);
  assert.deepEqual(found.tunnels.length, 5);
  assert.deepEqual(found.packets, []);
  assert.deepEqual(found.weirds, ["exceeded_tunnel_max_depth 10.0.0.5 > 10.9.9.9"]);
  const four = decoded(...nested.slice(2), inner, syn);
  assert.deepEqual(endsOf(four), [`4: ${INNER}`]);
  assert.equal(four.packets[0]!.parent, 3);
});

Deno.test("a tunnel in a tunnel in a tunnel: each datagram around is seen before what it carries", () => {
  const found = decoded(
    outer,
    udp({ from: 5000, to: 6081 }),
    geneve(1),
    link,
    ipv4({ from: "172.16.0.1", to: "172.16.0.2" }),
    udp({ from: 5000, to: 4789 }),
    vxlan(2),
    link,
    outer,
    gre(),
    inner,
    syn,
  );
  assert.deepEqual(endsOf(found), [`0: ${OUTER}`, "1: 172.16.0.1 > 172.16.0.2", `3: ${INNER}`]);
  assert.deepEqual(found.packets.map((seen) => seen.parent), [-1, 1000, 0]);
});

Deno.test("a cut capture leaves the packet inside its true length", () => {
  const whole = frame(outer, udp({ from: 5000, to: 4789 }), vxlan(5), link, inner, syn, payload("x".repeat(500)));
  const found = decoding({ udpTunnels: true });
  found.frame(whole.subarray(0, 120), { linkType: RAW, originalLength: whole.length });
  assert.deepEqual(endsOf(found), [`0: ${OUTER}`, `1: ${INNER}`]);
  assert.equal(found.packets[1]!.length, 520);
  assert.equal(found.packets[1]!.data.length, 120 - 20 - 8 - 8 - 14 - 20);
});

Deno.test("tunnels over UDP are expected on their ports, Teredo and AYIYA recognised on any", () => {
  const service = (port: number) => udpTunnelService(udpTunnelOnPort(port));
  assert.deepEqual([3544, 5072, 2152, 2123, 4789, 6081, 53].map(service), [
    "teredo",
    "ayiya",
    "gtpv1",
    "gtpv1",
    "vxlan",
    "geneve",
    "",
  ]);
  const recognised = (bytes: Uint8Array) => udpTunnelService(recogniseUdpTunnel(bytes, 0, bytes.length));
  const toTeredo = frame(ipv6({ from: "2001:db8::1", to: "2001:0:53aa::2" }), syn);
  assert.equal(recognised(toTeredo), "teredo");
  assert.equal(recognised(frame(inner6, syn)), "");
  assert.equal(recognised(concat(hex("0000 63bf 3fff 98ff"), frame(inner6, syn))), "teredo");
  assert.equal(recognised(concat(hex("0000 0001 0000 0000"), new Uint8Array(60))), "");
  assert.equal(recognised(concat(hex("44 52 11 29 00000000"), new Uint8Array(36), frame(inner6))), "ayiya");
  assert.equal(recognised(hex("4452")), "");
});
