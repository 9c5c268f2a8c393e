// Traffic between private addresses, and what every host asks of its gateway.

import assert from "node:assert/strict";
import { portScan } from "../../detectors/port-scan.ts";
import { privateIp } from "../../detectors/private-ip.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const HOST = "192.168.1.5";
const ROUTER = "192.168.1.1";

proof("connection_to_private_ip", "a host that opens a file share of its neighbour talks to a private address", () => {
  const share = conn({ orig_h: HOST, resp_h: "192.168.1.7", resp_p: 445 });
  assert.deepEqual(watch([privateIp], [share]).map(told), [{
    type: "connection_to_private_ip",
    threat: "info",
    confidence: 1,
    attacker: "src ip 192.168.1.5",
    victim: "dst ip 192.168.1.7",
    profile: HOST,
    window: 1,
    timestamp: share.ts,
    uids: [share.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 445,
    description:
      "Connecting to private IP: 192.168.1.7 on destination port 445/tcp, from 192.168.1.5: inside the network, where intruders move on",
  }]);
});

Deno.test("every such connection counts, also other protocols", () => {
  const ping = conn({ orig_h: HOST, resp_h: ROUTER, proto: "icmp", orig_p: 8, resp_p: 0 });
  const tunnel = conn({ orig_h: HOST, resp_h: ROUTER, proto: "unknown_transport", orig_p: 0, resp_p: 0 });
  const neighbour = conn({ orig_h: "fd00::5", resp_h: "fe80::1", resp_p: 22 });
  assert.deepEqual(watch([privateIp], [ping, ping, tunnel, neighbour]).map(({ description }) => description), [
    "Connecting to private IP: 192.168.1.1 by ICMP, from 192.168.1.5: inside the network, where intruders move on",
    "Connecting to private IP: 192.168.1.1 by ICMP, from 192.168.1.5: inside the network, where intruders move on",
    "Connecting to private IP: 192.168.1.1, from 192.168.1.5: inside the network, where intruders move on",
    "Connecting to private IP: fe80::1 on destination port 22/tcp, from fd00::5: inside the network, where intruders move on",
  ]);
});

twin(
  "connection_to_private_ip",
  "the Internet is not private, whichever end it is; nor are a carrier's shared addresses and multicast",
  () => {
    const public_ = ["93.184.216.34", "100.64.0.1", "224.0.0.251", "2a00:1450::1"];
    const records = public_.flatMap((ip) => [conn({ orig_h: HOST, resp_h: ip }), conn({ orig_h: ip, resp_h: HOST })]);
    assert.deepEqual(watch([privateIp], records), []);
  },
);

Deno.test("asking the gateway for names and addresses is what all hosts do", () => {
  const gateway = record("notice", { ts: 1_700_000_000, note: "Gateway_addr_identified", src: ROUTER });
  const asks = (resp_h: string, resp_p: number, proto = "udp") => conn({ orig_h: HOST, resp_h, resp_p, proto });
  assert.deepEqual(watch([privateIp], [gateway, asks(ROUTER, 53), asks(ROUTER, 67), asks(ROUTER, 68)]), []);
  // The same of another host, by TCP, or another service of the gateway.
  const others = [asks("192.168.1.2", 53), asks("192.168.1.2", 67), asks(ROUTER, 53, "tcp"), asks(ROUTER, 161)];
  assert.equal(watch([privateIp], [gateway, ...others]).length, 4);
  // As long as nobody knows which host is the gateway, it is a host like others.
  assert.equal(watch([privateIp], [asks(ROUTER, 53)]).length, 1);
});

Deno.test("D25: with both directions watched it is told once", () => {
  const share = conn({ orig_h: HOST, resp_h: "192.168.1.7", resp_p: 445 });
  assert.equal(watch([privateIp], [share], { direction: "all" }).length, 1);
});

Deno.test("nobody is addressed by broadcast: a host that asks for an address or a name is no intruder", () => {
  const asks = [
    conn({ orig_h: "0.0.0.0", resp_h: "255.255.255.255", resp_p: 67, proto: "udp", resp_pkts: 0 }),
    conn({ orig_h: HOST, resp_h: "192.168.1.255", resp_p: 137, proto: "udp", resp_pkts: 0 }),
  ];
  assert.deepEqual(watch([privateIp], asks), []);
});

Deno.test("a scanner's knocks are told as a scan, what it connects to as ever", () => {
  const knocks = Array.from(
    { length: 30 },
    (_, n) => conn({ ts: 1_700_000_000 + n, orig_h: HOST, resp_h: "192.168.1.7", resp_p: 1 + n, conn_state: "REJ" }),
  );
  const open = conn({ ts: 1_700_000_060, orig_h: HOST, resp_h: "192.168.1.7", resp_p: 445 });
  const types = watch([portScan, privateIp], [...knocks, open]).map(({ type }) => type);
  assert.deepEqual(types, [
    ...Array(9).fill("connection_to_private_ip"),
    "vertical_port_scan",
    "connection_to_private_ip",
  ]);
});

Deno.test("a morning's talk with servers is one finding with a count for each protocol", () => {
  const talk = [53, 88, 135, 389, 445, 636].flatMap((resp_p, n) =>
    ["tcp", "udp"].map((proto) => conn({ ts: 1_700_000_000 + n, orig_h: HOST, resp_h: "192.168.1.2", resp_p, proto }))
  );
  const evidence = watch([privateIp], talk, { folded: true });
  assert.deepEqual(evidence.map(({ proto, count }) => `${proto} ${count}`).sort(), [
    "tcp 1",
    "tcp 6",
    "udp 1",
    "udp 6",
  ]);
});
