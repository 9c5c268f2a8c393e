import assert from "node:assert/strict";
import {
  type Address,
  arp,
  BROADCAST_MAC,
  concat,
  cooked,
  cooked2,
  ethernet,
  frame,
  hex,
  ipv4,
  ipv6,
  type Layer,
  mpls,
  nullLoopback,
  pppoe,
  u16,
  udp,
  vlan,
} from "../../craft/craft.ts";
import { type Decoding, decoding } from "./decoding.ts";

const PC = "02:00:00:00:00:17", SERVER = "02:00:00:00:00:35";
const MACS = `${PC} > ${SERVER}`;
const ends: { from: Address; to: Address } = { from: "192.168.1.23", to: "192.168.1.53" };
const ENDS = "192.168.1.23 > 192.168.1.53";
const query: readonly (Layer | string)[] = [udp({ from: 5000, to: 53 }), "which way?"];
const packet = frame(ipv4(ends), ...query);
const QUERY = packet.subarray(20);
const packet6 = frame(ipv6({ from: "2001:db8::17", to: "2001:db8::35" }), ...query);
const ENDS6 = "2001:db8:0:0:0:0:0:17 > 2001:db8:0:0:0:0:0:35";

function decoded(bytes: Uint8Array, linkType = 1): Decoding {
  const found = decoding();
  found.frame(bytes, { linkType });
  return found;
}

/** The one IP packet in this frame, which must be the query. */
function theQuery(bytes: Uint8Array, linkType = 1) {
  const { packets, weirds } = decoded(bytes, linkType);
  assert.deepEqual(weirds, []);
  assert.equal(packets.length, 1);
  const [seen] = packets;
  assert.equal(seen!.ends, ENDS);
  assert.equal(seen!.protocol, 17);
  assert.deepEqual(seen!.data, QUERY);
  return seen!;
}

Deno.test("an Ethernet frame, padded to 60 bytes, gives the packet and both link addresses", () => {
  const seen = theQuery(frame(ethernet({ from: PC, to: SERVER, pad: true }), ipv4(ends), ...query));
  assert.equal(seen.macs, MACS);
  assert.equal(seen.vlan, -1);
  assert.equal(seen.ipLength, 20 + QUERY.length);
  assert.equal(seen.length, QUERY.length);
  assert.equal(seen.depth, 0);
});

Deno.test("VLAN tags are taken off, the outer two remembered", () => {
  const head = ethernet({ from: PC, to: SERVER });
  const one = theQuery(frame(head, vlan(10), ipv4(ends), ...query));
  assert.deepEqual([one.vlan, one.innerVlan], [10, -1]);
  const two = theQuery(frame(head, vlan(100, { provider: true }), vlan(20, { priority: 7 }), ipv4(ends), ...query));
  assert.deepEqual([two.vlan, two.innerVlan], [100, 20]);
  const three = theQuery(frame(head, vlan(4094), vlan(0), vlan(5), ipv4(ends), ...query));
  assert.deepEqual([three.vlan, three.innerVlan], [4094, 0]);
  const old = theQuery(concat(frame(ethernet({ from: PC, to: SERVER, etherType: 0x9100 })), hex("000a 0800"), packet));
  assert.equal(old.vlan, 10);
});

Deno.test("a frame of nothing but tags comes to an end", () => {
  const tags = Array.from({ length: 300 }, (_, i) => vlan(i));
  assert.deepEqual(decoded(frame(ethernet({ from: PC, to: SERVER }), ...tags)).weirds, ["too_many_link_tags"]);
  assert.deepEqual(decoded(frame(ethernet({ from: PC, to: SERVER }), vlan(1)).subarray(0, 16)).weirds, [
    "truncated_VLAN_frame",
  ]);
});

Deno.test("MPLS labels, with IP or an Ethernet pseudowire below", () => {
  const head = ethernet({ from: PC, to: SERVER });
  theQuery(frame(head, mpls(16), ipv4(ends), ...query));
  theQuery(frame(head, vlan(3), mpls(16, 17, 18), ipv4(ends), ...query));
  const wire = concat(
    frame(head, mpls(99)),
    hex("00000000"),
    frame(ethernet({ from: SERVER, to: PC }), ipv4(ends), ...query),
  );
  assert.equal(theQuery(wire).macs, `${SERVER} > ${PC}`);
  const endless = concat(frame(ethernet({ from: PC, to: SERVER, etherType: 0x8847 })), new Uint8Array(400));
  assert.deepEqual(decoded(endless).weirds, ["truncated_MPLS_stack"]);
});

Deno.test("PPPoE sessions carry both versions of IP; discovery is counted", () => {
  const head = ethernet({ from: PC, to: SERVER });
  assert.equal(theQuery(frame(head, pppoe(7), ipv4(ends), ...query)).macs, MACS);
  const six = decoded(frame(head, pppoe(7), ipv6({ from: "2001:db8::17", to: "2001:db8::35" }), ...query));
  assert.equal(six.packets[0]!.ends, ENDS6);
  const discovery = decoded(frame(ethernet({ from: PC, to: BROADCAST_MAC, etherType: 0x8863 }), "hello"));
  assert.deepEqual([...discovery.decoder.counts.otherEtherTypes], [[0x8863, 1]]);
});

Deno.test("provider backbone bridging gives the customer's addresses, and tags on both sides", () => {
  const backbone = frame(
    ethernet({ from: "02:bb:00:00:00:01", to: "02:bb:00:00:00:02" }),
    vlan(300, { etherType: 0x88e7, provider: true }),
  );
  const customer = frame(ethernet({ from: PC, to: SERVER }), vlan(12), ipv4(ends), ...query);
  const seen = theQuery(concat(backbone, hex("00001234"), customer));
  assert.equal(seen.macs, MACS);
  assert.deepEqual([seen.vlan, seen.innerVlan], [300, 12]);
});

Deno.test("VN-Tags and FabricPath headers are looked behind", () => {
  const tagged = concat(frame(ethernet({ from: PC, to: SERVER, etherType: 0x8926 })), hex("00010002 0800"), packet);
  assert.equal(theQuery(tagged).macs, MACS);
  const fabric = concat(
    frame(ethernet({ from: "02:fa:00:00:00:01", to: "02:fa:00:00:00:02", etherType: 0x8903 })),
    hex("0401"),
  );
  assert.equal(theQuery(concat(fabric, frame(ethernet({ from: PC, to: SERVER }), ipv4(ends), ...query))).macs, MACS);
});

Deno.test("802.3 frames: SNAP names the protocol, spanning tree is counted", () => {
  const length = (content: Uint8Array) => frame(ethernet({ from: PC, to: SERVER, etherType: content.length }), content);
  theQuery(length(concat(hex("aaaa03 000000 0800"), packet)));
  theQuery(length(concat(hex("060603"), packet)));
  const tree = decoded(length(hex("424203 0000000000")));
  assert.deepEqual([...tree.decoder.counts.otherEtherTypes], [[0, 1]]);
  assert.deepEqual(tree.weirds, []);
});

Deno.test("between the longest length and the first EtherType nothing is defined", () => {
  const found = decoded(frame(ethernet({ from: PC, to: SERVER, etherType: 0x05ff }), "?"));
  assert.deepEqual(found.weirds, ["undefined_ether_type"]);
});

Deno.test("raw IP has no link addresses", () => {
  for (const linkType of [12, 14, 101, 228]) assert.equal(theQuery(packet, linkType).macs, "");
  for (const linkType of [12, 14, 101, 229]) assert.equal(decoded(packet6, linkType).packets[0]!.ends, ENDS6);
});

Deno.test("loopback frames name the address family in either byte order, IPv6 by every system's number", () => {
  for (const linkType of [0, 108]) {
    for (const bigEndian of [false, true]) {
      theQuery(frame(nullLoopback({ bigEndian }), ipv4(ends), ...query), linkType);
      for (const family of [10, 24, 28, 30]) {
        const six = decoded(concat(frame(nullLoopback({ bigEndian, family })), packet6), linkType);
        assert.equal(six.packets[0]!.ends, ENDS6);
      }
    }
  }
});

Deno.test("Linux cooked captures know the sender only", () => {
  assert.equal(theQuery(frame(cooked({ from: PC }), ipv4(ends), ...query), 113).macs, `${PC} > `);
  assert.equal(theQuery(frame(cooked2({ from: PC }), ipv4(ends), ...query), 276).macs, `${PC} > `);
  assert.equal(theQuery(frame(cooked({ from: PC }), vlan(8), ipv4(ends), ...query), 113).vlan, 8);
});

Deno.test("PPP with and without address and control, protocol in one byte or two", () => {
  for (const head of ["ff03 0021", "0021", "ff03 21", "21"]) {
    for (const linkType of [9, 50]) theQuery(concat(hex(head), packet), linkType);
  }
  assert.equal(decoded(concat(hex("ff03 0057"), packet6), 9).packets[0]!.ends, ENDS6);
  const echo = decoded(hex("ff03 c021 09010008 00000000"), 9);
  assert.deepEqual([...echo.decoder.counts.otherEtherTypes], [[0x880b, 1]]);
});

Deno.test("packets of the netfilter log, in either byte order", () => {
  const little = (value: number) => u16(value).reverse();
  const prefix = concat("web", "\0");
  const attributes = (number: (value: number) => Uint8Array) =>
    concat(hex("02 00 0000"), number(8), number(10), prefix, number(4 + packet.length), number(9), packet);
  theQuery(attributes(little), 239);
  theQuery(attributes(u16), 239);
  assert.deepEqual(decoded(hex("02000000 0800 0a00 77656200"), 239).weirds, ["nflog_no_pcap_payload"]);
  assert.deepEqual(decoded(hex("02000000 0000 0a00 77656200"), 239).weirds, ["nflog_bad_length"]);
});

const RADIO = "020000000099";

/** An 802.11 data frame to the access point (it has sent to `SERVER`), LLC and SNAP included. */
function wireless(control: string, qos = ""): Uint8Array {
  const [from, to] = [PC, SERVER].map((mac) => mac.replaceAll(":", ""));
  return concat(hex(`${control} 0000 ${RADIO} ${from} ${to} 1000 ${qos}`), hex("aaaa03 000000 0800"), packet);
}

Deno.test("802.11 data frames, with quality of service and every pair of flags", () => {
  assert.equal(theQuery(wireless("0801"), 105).macs, MACS);
  assert.equal(theQuery(wireless("8801", "0000"), 105).macs, MACS);
  assert.equal(theQuery(wireless("8881", "0000 00000000"), 105).macs, MACS);
  // From the access point: receiver, access point, sender. Between access points: the sender is the fourth address.
  assert.equal(theQuery(wireless("0802"), 105).macs, `${SERVER} > ${RADIO.match(/../g)!.join(":")}`);
  assert.equal(theQuery(wireless("0803", "0200000000aa"), 105).macs, `02:00:00:00:00:aa > ${SERVER}`);
});

Deno.test("management, empty and encrypted 802.11 frames are counted and not taken for IP", () => {
  for (const control of ["8000", "b400", "4801", "0841"]) {
    const found = decoded(wireless(control), 105);
    assert.equal(found.packets.length, 0, control);
    assert.deepEqual(found.weirds, []);
    assert.deepEqual([...found.decoder.counts.otherEtherTypes], [[0, 1]]);
  }
});

Deno.test("aggregated 802.11 frames give each packet with its own addresses", () => {
  const content = concat(hex("aaaa03 000000 0800"), packet);
  const subframe = (from: string) => concat(hex(`020000000035 ${from}`), u16(content.length), content);
  const first = subframe("020000000017");
  const padding = new Uint8Array((4 - first.length % 4) % 4);
  const head = hex(`8801 0000 ${RADIO} 020000000017 020000000035 1000 8000`);
  const found = decoded(concat(head, first, padding, subframe("020000000018")), 105);
  assert.deepEqual(found.packets.map((seen) => seen.macs), [MACS, `02:00:00:00:00:18 > ${SERVER}`]);
  assert.deepEqual(found.packets.map((seen) => seen.data), [QUERY, QUERY]);
  const cut = concat(head, first.subarray(0, first.length - 1));
  assert.deepEqual(decoded(cut, 105).weirds, ["truncated_802_11_amsdu_packet"]);
});

Deno.test("the check sequence that radiotap announces is no part of aggregated frames", () => {
  const content = concat(hex("aaaa03 000000 0800"), packet);
  const frames = concat(
    hex(`8801 0000 ${RADIO} 020000000017 020000000035 1000 8000`),
    hex("020000000035 020000000017"),
    u16(content.length),
    content,
    new Uint8Array((4 - (14 + content.length) % 4) % 4),
  );
  theQuery(concat(hex("0000 0900 02000000 10"), frames, hex("deadbeef")), 127);
});

Deno.test("radiotap, Prism and AVS headers are passed over", () => {
  theQuery(concat(hex("0000 0a00 00000000 ffff"), wireless("0801")), 127);
  // Timer and flags; the flags say that the 802.11 header is padded to 28 bytes.
  theQuery(concat(hex("0000 1100 03000000 0102030405060708 20"), wireless("8801", "0000 0000")), 127);
  // A second word of presence.
  theQuery(concat(hex("0000 0e00 02000080 00000000 20 00"), wireless("8801", "0000 0000")), 127);
  for (const size of ["90000000", "00000090"]) {
    theQuery(concat(hex(`44000000 ${size}`), new Uint8Array(136), wireless("0801")), 119);
  }
  const avs = concat(hex("80211001 00000040"), new Uint8Array(56), wireless("0801"));
  theQuery(avs, 163);
  theQuery(avs, 119);
  assert.deepEqual(decoded(hex("0000 ff00 00000000 ffff"), 127).weirds, ["truncated_radiotap_header"]);
});

Deno.test("ARP tells both hardware addresses: the frame's and the one it claims", () => {
  const claim = arp({
    operation: "reply",
    senderMac: "02:66:66:66:66:66",
    senderIp: "192.168.1.1",
    targetMac: PC,
    targetIp: "192.168.1.23",
  });
  const found = decoded(frame(ethernet({ from: SERVER, to: PC, pad: true }), claim));
  assert.deepEqual(found.arps, [
    `reply 192.168.1.1 (02:66:66:66:66:66) for 192.168.1.23 (${PC}) from ${SERVER} to ${PC}`,
  ]);
  const cut = frame(ethernet({ from: SERVER, to: PC }), claim).subarray(0, 14 + 27);
  assert.deepEqual(decoded(cut).weirds, ["truncated_ARP"]);
});

Deno.test("frames of other protocols and other links are counted by number", () => {
  const found = decoding();
  for (const etherType of [0x88cc, 0x88cc, 0x9000]) {
    found.frame(frame(ethernet({ from: PC, to: SERVER, etherType }), "?"));
  }
  found.frame(packet, { linkType: 147 });
  assert.deepEqual([...found.decoder.counts.otherEtherTypes], [[0x88cc, 2], [0x9000, 1]]);
  assert.deepEqual([...found.decoder.counts.unreadLinkTypes], [[147, 1]]);
  assert.equal(found.decoder.counts.frames, 4);
});

Deno.test("a frame shorter than its link header is malformed, on every link", () => {
  for (const linkType of [0, 1, 9, 101, 105, 108, 113, 119, 127, 163, 219, 228, 229, 239, 276]) {
    const found = decoded(new Uint8Array(0), linkType);
    assert.equal(found.weirds.length, 1, `link type ${linkType}`);
    assert.equal(found.decoder.counts.malformed, 1);
  }
});
