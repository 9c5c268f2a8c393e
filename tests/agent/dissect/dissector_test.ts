// From frames to records: datagrams, ICMP, ARP, tunnels and scans; and the same again for the same input.

import assert from "node:assert/strict";
import {
  ethernet,
  fromClient,
  fromServer,
  gre,
  icmp,
  ipv4,
  ipv6,
  type Network,
  network,
  payload,
  tcp,
  udp,
  vxlan,
} from "../../craft/craft.ts";
import { createDissector, DEFAULT_SETTINGS } from "../../../agent/dissect/dissector.ts";
import type { AnyRecord } from "../../../agent/dissect/analyzer.ts";
import { dissect, feed, onlyConnection } from "./flow/dissecting.ts";

Deno.test("datagrams one way are S0, both ways SF, and an answer alone is SHR where the port tells the server", () => {
  const told = (steps: Parameters<Network["udp"]>[3]) => {
    const net = network();
    net.udp(net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50"), 123, steps);
    return onlyConnection(net);
  };
  const asked = told({ steps: [fromClient("abc"), fromClient("de")] });
  assert.deepEqual([asked.conn_state, asked.history, asked.orig_bytes, asked.orig_ip_bytes], [
    "S0",
    "D",
    5,
    5 + 2 * 28,
  ]);
  const answered = told({ steps: [fromClient("abc"), fromServer("defg")] });
  assert.deepEqual([answered.conn_state, answered.history, answered.resp_bytes], ["SF", "Dd", 4]);
  const answer = told({ steps: [fromServer("defg")] });
  assert.deepEqual([answer.conn_state, answer.history, answer.orig_pkts, answer.resp_pkts], ["SHR", "^d", 0, 1]);
  assert.equal(answer.orig_h, "192.168.1.23");
  assert.equal(answer.duration, undefined);
});

Deno.test("a datagram flow is over after a minute of silence", () => {
  const net = network();
  const [pc, server] = [net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50")];
  net.udp(pc, server, 5000, { at: 0, clientPort: 4000, steps: [fromClient("a")] });
  net.udp(pc, server, 5000, { at: 59, clientPort: 4000, steps: [fromClient("b")] });
  net.udp(pc, server, 5000, { at: 120, clientPort: 4000, steps: [fromClient("c")] });
  assert.deepEqual(dissect(net).of("conn").map(({ orig_pkts }) => orig_pkts), [2, 1]);
});

Deno.test("a ping and its answers are one flow, with the types for ports; an unreachable stands alone", () => {
  const net = network();
  const [pc, server] = [net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50")];
  net.ping(pc, server, { count: 3 });
  net.send(server, pc, 10, icmp({ type: 3, code: 3 }), ipv4({ from: pc.ip, to: server.ip }), udp({ from: 1, to: 2 }));
  const [ping, unreachable] = dissect(net).of("conn");
  assert.deepEqual([ping!.proto, ping!.orig_p, ping!.resp_p], ["icmp", 8, 0]);
  assert.deepEqual([ping!.orig_pkts, ping!.resp_pkts, ping!.conn_state, ping!.history], [3, 3, "OTH", undefined]);
  assert.deepEqual([unreachable!.orig_h, unreachable!.orig_p, unreachable!.resp_p], [server.ip, 3, 3]);
});

Deno.test("IPv6 flows have canonical addresses", () => {
  const net = network();
  const [pc, server] = [net.host("pc", "fd00::23"), net.host("server", "2a00:1450:4001:0:0:0:0:200e")];
  net.tcp(pc, server, 8443, { steps: [fromClient(10)] });
  const { orig_h, resp_h, local_orig, local_resp } = onlyConnection(net);
  assert.deepEqual([orig_h, resp_h, local_orig, local_resp], ["fd00::23", "2a00:1450:4001::200e", true, false]);
});

Deno.test("an IP protocol that is not looked into is a flow without ports", () => {
  const net = network();
  const [router, other] = [net.host("router", "192.168.1.2"), net.host("other", "192.168.1.3")];
  net.send(router, other, 0, { ...payload("hello"), ipProtocol: 89 });
  net.send(other, router, 1, { ...payload("hello"), ipProtocol: 89 });
  const { proto, ip_proto, orig_p, orig_pkts, resp_pkts, conn_state } = onlyConnection(net);
  assert.deepEqual([proto, ip_proto, orig_p, orig_pkts, resp_pkts, conn_state], [
    "unknown_transport",
    89,
    0,
    1,
    1,
    "OTH",
  ]);
});

Deno.test("every ARP packet is a record with its own uid", () => {
  const net = network();
  const [pc, server] = [net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50")];
  net.arp(pc, server, { at: 0 });
  const records = dissect(net).of("arp");
  assert.deepEqual(records.map(({ operation, src_mac, orig_h, resp_h }) => [operation, src_mac, orig_h, resp_h]), [
    ["request", pc.mac, pc.ip, server.ip],
    ["reply", server.mac, server.ip, pc.ip],
  ]);
  assert.equal(records[0]!.dst_mac, "ff:ff:ff:ff:ff:ff");
  assert.equal(records[1]!.orig_hw, server.mac);
  assert.equal(records[1]!.resp_hw, pc.mac);
  assert.notEqual(records[0]!.uid, records[1]!.uid);
});

Deno.test("every fifth host that one source pings makes a notice; a host pinged again does not", () => {
  for (
    const [kind, note, words] of [
      ["echo", "ICMP::ICMPAddressScan", "ICMP address scan"],
      ["timestamp", "ICMP::TimestampScan", "ICMP timestamp scan"],
      ["address-mask", "ICMP::AddressMaskScan", "ICMP address mask scan"],
    ] as const
  ) {
    const net = network();
    const pc = net.host("pc", "192.168.1.23");
    const ping = (at: number, last: number) =>
      net.ping(pc, net.host(`host ${at}`, `192.168.1.${last}`), { at, kind, count: 1, answered: false });
    for (let i = 0; i < 11; i++) ping(i, 100 + i);
    for (let i = 0; i < 11; i++) ping(200 + i, 100 + i);
    const notices = dissect(net).of("notice");
    assert.deepEqual(notices.map(({ note, msg, src, n }) => [note, msg, src, n]), [
      [note, `192.168.1.23 performed ${words} on 5 hosts`, "192.168.1.23", 5],
      [note, `192.168.1.23 performed ${words} on 10 hosts`, "192.168.1.23", 10],
    ]);
  }
});

Deno.test("four pinged hosts are no scan, and a host that answers many is none", () => {
  const net = network();
  const server = net.host("server", "192.168.1.50");
  for (let i = 0; i < 4; i++) net.ping(server, net.host(`target ${i}`, `192.168.1.${60 + i}`));
  for (let i = 0; i < 20; i++) net.ping(net.host(`asker ${i}`, `192.168.1.${100 + i}`), server);
  assert.deepEqual(dissect(net).of("notice"), []);
});

Deno.test("a scan of more than 255 hosts starts counting anew", () => {
  const net = network();
  const pc = net.host("pc", "192.168.1.23");
  for (let i = 0; i < 260; i++) {
    net.send(pc, net.host(`host ${i}`, `192.168.${2 + (i >> 8)}.${i & 255}`), i / 100, icmp({ type: 8 }));
  }
  assert.deepEqual(dissect(net).of("notice").map(({ n }) => n), [
    ...Array.from({ length: 51 }, (_, i) => (i + 1) * 5),
    5,
  ]);
});

Deno.test("a flow inside GRE names its tunnel, which is announced once", () => {
  const net = network();
  const [near, far] = [net.host("near", "192.168.1.2"), net.host("far", "198.51.100.9")];
  const inside = ipv4({ from: "10.1.0.1", to: "10.2.0.1" });
  net.send(near, far, 0, gre(), inside, tcp({ from: 1000, to: 80, flags: "S" }));
  net.send(
    far,
    near,
    1,
    gre(),
    ipv4({ from: "10.2.0.1", to: "10.1.0.1" }),
    tcp({ from: 80, to: 1000, flags: "SA", ack: 1 }),
  );
  const { of } = dissect(net);
  const [tunnel, ...more] = of("tunnel");
  assert.deepEqual(more, []);
  assert.deepEqual([tunnel!.tunnel_type, tunnel!.action, tunnel!.orig_h], ["Tunnel::GRE", "Tunnel::DISCOVER", near.ip]);
  const [connection, ...others] = of("conn");
  assert.deepEqual(others, []);
  assert.deepEqual(connection!.tunnel_parents, [tunnel!.uid]);
  assert.equal(connection!.resp_h, "10.2.0.1");
});

Deno.test("a tunnel over UDP is a flow itself, announced and closed, with the flow inside beside it", () => {
  const net = network();
  const [near, far] = [net.host("near", "192.168.1.2"), net.host("far", "198.51.100.9")];
  const ends = { from: "02:00:00:00:00:0a", to: "02:00:00:00:00:0b" };
  const inside = [
    ethernet(ends),
    ipv6({ from: "fd00::1", to: "fd00::2" }),
    udp({ from: 5000, to: 6000 }),
    payload("hi"),
  ];
  net.send(near, far, 0, udp({ from: 40_000, to: 4789 }), vxlan(7), ...inside);
  const { of } = dissect(net);
  assert.deepEqual(of("tunnel").map(({ action }) => action), ["Tunnel::DISCOVER", "Tunnel::CLOSE"]);
  const outer = of("conn").find(({ resp_p }) => resp_p === 4789)!;
  const inner = of("conn").find(({ resp_p }) => resp_p === 6000)!;
  assert.equal(outer.service, "vxlan");
  assert.deepEqual(inner.tunnel_parents, [outer.uid]);
  assert.equal(inner.orig_l2_addr, ends.from);
});

Deno.test("the same input gives the same records, and later packets do not change what has left", () => {
  const story = () => {
    const net = network();
    const pc = net.host("pc", "192.168.1.23");
    for (let i = 0; i < 40; i++) {
      const server = net.host(`server ${i}`, `203.0.113.${i}`);
      net.tcp(pc, server, 8000 + i, { at: i * 3, steps: [fromClient(100 + i), fromServer(5000, { late: [1] })] });
      net.udp(pc, server, 5000, { at: i * 3, steps: [fromClient("x")] });
      net.ping(pc, server, { at: i * 3 });
    }
    return net;
  };
  const all = dissect(story()).records;
  assert.deepEqual(dissect(story()).records, all);

  const early: AnyRecord[] = [];
  const dissector = createDissector({
    emit: (record) => early.push(record),
    settings: DEFAULT_SETTINGS,
    protocols: [],
  });
  const packets = [...story().packets()];
  for (const packet of packets.slice(0, packets.length * 0.9)) feed(dissector, packet);
  assert.ok(early.length > 20);
  assert.deepEqual(all.slice(0, early.length), early);
});

Deno.test("the clock that comes with records never goes back, even when packets do", () => {
  const net = network();
  const [pc, server] = [net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50")];
  for (let i = 0; i < 30; i++) net.udp(pc, server, 5000 + i, { at: i * 10, steps: [fromClient("x")] });
  const packets = [...net.packets()];
  const shuffled = packets.map((packet, i) => packets[i % 5 === 0 ? Math.max(0, i - 4) : i] ?? packet);
  const clocks: number[] = [];
  const dissector = createDissector({ emit: (_, now) => clocks.push(now), settings: DEFAULT_SETTINGS, protocols: [] });
  for (const packet of shuffled) feed(dissector, packet);
  dissector.finish();
  assert.ok(clocks.length >= 24);
  assert.deepEqual(clocks, [...clocks].sort((a, b) => a - b));
});

Deno.test("one packet of a wrong time far ahead does not tear the flows behind it apart", () => {
  const net = network();
  const [pc, server] = [net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50")];
  net.tcp(pc, server, 40_000, { steps: [fromClient(50), fromServer(20_000), fromClient(50)] });
  const packets = [...net.packets()];
  net.udp(pc, server, 9, { steps: [fromClient("x")] });
  const [stray] = [...net.packets()].slice(-1);
  const wrong = { ...stray!, seconds: stray!.seconds + 86_400 };
  const connections = dissect([wrong, ...packets]).of("conn").filter(({ proto }) => proto === "tcp");
  assert.deepEqual(connections.map(({ conn_state, history }) => [conn_state, history]), [["SF", "ShADdaFf"]]);
});

Deno.test("times before 1970 and beyond any calendar are times like others", () => {
  const net = network();
  const [pc, server] = [net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50")];
  net.tcp(pc, server, 40_000, { steps: [fromClient(50)] });
  for (const seconds of [-1_000, 0, 2 ** 40]) {
    const moved = [...net.packets()].map((packet) => ({ ...packet, seconds }));
    assert.equal(dissect(moved).of("conn")[0]!.conn_state, "SF");
  }
});
