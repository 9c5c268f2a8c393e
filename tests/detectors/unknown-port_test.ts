// Ports where nothing usual is found, and all the good reasons to talk to one.

import assert from "node:assert/strict";
import { portScan } from "../../detectors/port-scan.ts";
import { unknownPort } from "../../detectors/unknown-port.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const HOST = "10.0.0.5";
const SERVER = "198.51.100.7";
const APPLE = "17.57.146.20";
const START = 1_700_000_000;

function flow(fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return conn({ orig_h: HOST, resp_h: SERVER, resp_p: 4444, ...fields });
}

function destinations(records: readonly AnyRecord[]): string[] {
  return watch([unknownPort], records).map(({ victim }) => victim!.value);
}

proof("unknown_port", "a connection that comes to be at a port without a usual service is a serious finding", () => {
  const shell = flow();
  assert.deepEqual(watch([unknownPort], [shell]).map(told), [{
    type: "unknown_port",
    threat: "high",
    confidence: 1,
    attacker: "src ip 10.0.0.5",
    victim: "dst ip 198.51.100.7",
    profile: HOST,
    window: 1,
    timestamp: shell.ts,
    uids: [shell.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 4444,
    description:
      "Connection to unknown destination port 4444/TCP: 10.0.0.5 connected to 198.51.100.7, where no usual " +
      "service listens, as on malware's own servers",
  }]);
});

Deno.test("a try that failed is half as bad", () => {
  const [found] = watch([unknownPort], [flow({ conn_state: "S0" })]);
  assert.equal(found!.threat, "medium");
  assert.equal(found!.confidence, 1);
  assert.match(found!.description, /10\.0\.0\.5 tried to reach 198\.51\.100\.7, in vain/);
});

Deno.test("every connection is told", () => {
  assert.equal(watch([unknownPort], [flow(), flow(), flow()]).length, 3);
});

twin("unknown_port", "ports of usual services are known, for their protocol", () => {
  const known = [80, 443, 22, 25, 53, 110, 143, 3389, 8080].map((resp_p) => flow({ resp_p }));
  const udp = [53, 67, 123, 137, 443, 1900, 5353].map((resp_p) => flow({ resp_p, proto: "udp" }));
  assert.deepEqual(destinations([...known, ...udp]), []);
});

Deno.test("a port without a service is unknown over UDP as well", () => {
  assert.equal(destinations([flow({ resp_p: 4444, proto: "udp" })]).length, 1);
});

Deno.test("ICMP codes, protocols without ports and port 0 are not judged here", () => {
  const none = [
    flow({ proto: "icmp", resp_p: 3 }),
    flow({ proto: "unknown_transport", resp_p: 0 }),
    flow({ proto: "tcp", resp_p: 0 }),
  ];
  assert.deepEqual(destinations(none), []);
});

Deno.test("a data connection that an FTP server announced is expected", () => {
  const announced = record("ftp", {
    ts: START,
    orig_h: HOST,
    orig_p: 40_000,
    resp_h: SERVER,
    resp_p: 21,
    command: "PASV",
    "data_channel.passive": true,
    "data_channel.orig_h": HOST,
    "data_channel.resp_h": SERVER,
    "data_channel.resp_p": 51_234,
  });
  assert.deepEqual(destinations([announced, flow({ resp_p: 51_234 })]), []);
  assert.deepEqual(destinations([announced, flow({ resp_p: 51_235 })]), [SERVER]);
});

Deno.test("a scanner's knocks are told as a scan, and no longer one by one", () => {
  const knocks = Array.from(
    { length: 30 },
    (_, n) => flow({ ts: START + n, resp_p: 48_101 + n, conn_state: "S0", orig_pkts: 1, resp_pkts: 0 }),
  );
  const types = watch([portScan, unknownPort], knocks).map(({ type }) => type);
  assert.deepEqual(types, [...Array(9).fill("unknown_port"), "vertical_port_scan"]);
  // The mark is for the window in which the scan was seen.
  const later = flow({ ts: START + 7200, resp_p: 48_101 });
  assert.equal(watch([portScan, unknownPort], [...knocks, later]).length, 11);
});

Deno.test("a peer-to-peer program: the first four peers look strange, after that it is known for what it is", () => {
  const peers = Array.from(
    { length: 20 },
    (_, n) => flow({ proto: "udp", resp_h: `198.51.100.${n}`, resp_p: 40_000 + n }),
  );
  assert.deepEqual(destinations(peers), ["198.51.100.0", "198.51.100.1", "198.51.100.2", "198.51.100.3"]);
});

Deno.test("a peer-to-peer program: six connections to one peer look strange, further ones no longer", () => {
  const calls = Array.from({ length: 20 }, () => flow({ proto: "udp", resp_p: 40_001 }));
  assert.equal(destinations(calls).length, 6);
});

Deno.test("peer-to-peer programs use UDP above port 30000, nothing else", () => {
  const spread = (fields: Partial<RecordOf<"conn">>) =>
    Array.from({ length: 10 }, (_, n) => flow({ resp_h: `198.51.100.${n}`, resp_p: 40_001, ...fields }));
  assert.equal(destinations(spread({ proto: "tcp" })).length, 10);
  assert.equal(destinations(spread({ proto: "udp", resp_p: 30_000 })).length, 10);
  assert.equal(destinations(spread({ proto: "udp", resp_p: 30_001 })).length, 4);
});

Deno.test("one host's peer-to-peer program excuses no other host", () => {
  const peers = Array.from({ length: 20 }, (_, n) => flow({ proto: "udp", resp_h: `198.51.100.${n}`, resp_p: 40_001 }));
  const other = flow({ orig_h: "10.0.0.6", proto: "udp", resp_h: "198.51.100.1", resp_p: 40_001 });
  assert.equal(watch([unknownPort], [...peers, other]).filter(({ profile }) => profile === "10.0.0.6").length, 1);
});

Deno.test("an organisation's own port is ordinary at its own servers, strange anywhere else", () => {
  assert.deepEqual(destinations([flow({ resp_h: APPLE, resp_p: 5223 })]), []);
  assert.deepEqual(destinations([flow({ resp_h: SERVER, resp_p: 5223 })]), [SERVER]);
  assert.deepEqual(destinations([flow({ resp_h: APPLE, resp_p: 4444 })]), [APPLE]);
});

Deno.test("a server is also its organisation's by the names that lead to it", () => {
  const answer = (query: string) =>
    record("dns", {
      ts: START,
      orig_h: HOST,
      orig_p: 40_001,
      resp_h: "10.0.0.1",
      resp_p: 53,
      proto: "udp",
      query,
      qtype_name: "A",
      answers: [SERVER],
    });
  const hello = (server_name: string) =>
    record("ssl", { ts: START, orig_h: HOST, orig_p: 40_001, resp_h: SERVER, resp_p: 443, server_name });
  const push = flow({ resp_p: 5223 });
  assert.deepEqual(destinations([answer("1-courier.push.apple.com"), push]), []);
  assert.deepEqual(destinations([hello("courier.push.apple.com"), push]), []);
  assert.deepEqual(destinations([answer("apple.com.evil.example"), hello("pineapple.com"), push]), [SERVER]);
});

Deno.test("a device is its maker's: an Apple phone may use Apple's port through a relay", () => {
  const phone = (orig_l2_addr: string) => flow({ resp_p: 5223, orig_l2_addr });
  assert.deepEqual(destinations([phone("ac:bc:32:00:00:01")]), []);
  assert.deepEqual(destinations([phone("00:0c:29:00:00:01")]), [SERVER]);
});

Deno.test("D25: with both directions watched it is told once", () => {
  assert.equal(watch([unknownPort], [flow()], { direction: "all" }).length, 1);
});

Deno.test("what is for everybody has no server, and who only answers has tried nothing", () => {
  const everybody = ["255.255.255.255", "239.1.2.3"].map((resp_h) => flow({ resp_h, resp_p: 5678, proto: "udp" }));
  const network = flow({ resp_h: "198.51.100.255", resp_p: 17_500, proto: "udp", conn_state: "S0", resp_pkts: 0 });
  assert.deepEqual(destinations([...everybody, network]), []);
  assert.deepEqual(destinations([flow({ conn_state: "RSTRH" }), flow({ conn_state: "SHR" })]), []);
});

Deno.test("inside a network ports are chosen freely: that weighs little, and nothing when nobody answers", () => {
  const grade = (orig_h: string, resp_h: string, conn_state = "SF") =>
    watch([unknownPort], [conn({ orig_h, resp_h, resp_p: 49_669, conn_state })]).map(({ threat }) => threat);
  for (const host of ["10.0.0.9", "192.168.1.9", "fd00::9", "fe80::9", "169.254.1.9"]) {
    assert.deepEqual(grade(HOST, host), ["low"], host);
    assert.deepEqual(grade(HOST, host, "S0"), ["info"], host);
  }
  assert.deepEqual(grade("93.184.216.34", HOST), ["high"], "somebody from outside comes in");
  assert.deepEqual(grade(HOST, "100.64.0.9"), ["high"], "a carrier's network is outside");
  const [inside] = watch([unknownPort], [conn({ orig_h: HOST, resp_h: "10.0.0.9", resp_p: 49_669 })]);
  assert.match(inside!.description, /connected to 10\.0\.0\.9, an unusual service inside the network$/);
});

Deno.test("ports of peers of a host that exchanges files by BitTorrent are worth a note only", () => {
  const peer = (n: number, fields: Partial<RecordOf<"conn">> = {}) =>
    flow({ ts: START + n, resp_h: `203.0.113.${n}`, resp_p: 20_000 + n, ...fields });
  const known = [0, 1, 2].map((n) => peer(n, { service: "bittorrent", resp_p: 6881 }));
  const others = Array.from({ length: 20 }, (_, n) => peer(10 + n, n % 2 === 0 ? {} : { conn_state: "S0" }));
  const found = watch([unknownPort], [...known, ...others]);
  assert.deepEqual(found.filter(({ threat }) => threat !== "info"), []);
  assert.match(found[0]!.description, /as it does while it exchanges files by BitTorrent$/);
  const two = watch([unknownPort], [...known.slice(0, 2), ...others]);
  assert.equal(two[0]!.threat, "high", "two peers are none");
});

Deno.test("ports that are all different, at hosts that are all different, are those of peers; one port at many is not", () => {
  const threats = (ports: (n: number) => number, host = HOST) =>
    watch(
      [unknownPort],
      Array.from({ length: 60 }, (_, n) =>
        flow({ ts: START + n, orig_h: host, resp_h: `203.0.113.${n}`, resp_p: ports(n) })),
    ).filter(({ threat }) =>
      threat === "high"
    ).length;
  assert.equal(threats((n) => 41_000 + n), 19, "from the twentieth on");
  assert.equal(threats((n) => 4444 + n % 3), 60);
  assert.equal(threats((n) => 41_000 + n, "198.51.100.99"), 60, "who comes from outside runs no program of ours");
});
