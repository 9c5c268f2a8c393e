// Scans and what only looks like one: how many hosts or ports were tried, with what success, and when it is told again.

import assert from "node:assert/strict";
import { portScan } from "../../detectors/port-scan.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const SCANNER = "10.0.2.112";
const START = 1_700_000_000;

type Fields = Partial<RecordOf<"conn">>;

/** Seconds between two tries. */
const PACE = 0.125;

/** SYNs to one port of `count` hosts that nobody answers. */
function sweep(count: number, fields: Fields = {}): RecordOf<"conn">[] {
  return Array.from({ length: count }, (_, n) =>
    conn({
      ts: START + n * PACE,
      orig_h: SCANNER,
      resp_h: `198.51.${100 + (n >> 8)}.${n & 255}`,
      resp_p: 80,
      conn_state: "S0",
      history: "S",
      duration: undefined,
      orig_pkts: 1,
      resp_pkts: 0,
      ...fields,
    }));
}

/** SYNs to `count` ports of one host, all refused. */
function knock(count: number, fields: Fields = {}): RecordOf<"conn">[] {
  return Array.from({ length: count }, (_, n) =>
    conn({
      ts: START + n * PACE,
      orig_h: "192.168.1.9",
      resp_h: "45.33.32.156",
      resp_p: 1 + n,
      conn_state: "REJ",
      history: "Sr",
      duration: 0,
      orig_pkts: 1,
      resp_pkts: 1,
      ...fields,
    }));
}

function scan(records: readonly (RecordOf<"conn"> | RecordOf<"notice">)[], options = {}) {
  return watch([portScan], records, options);
}

function types(records: readonly (RecordOf<"conn"> | RecordOf<"notice">)[], options = {}) {
  return scan(records, options).map(({ type }) => type);
}

proof("horizontal_port_scan", "a host that tries port 80 of ten hosts in vain is a horizontal scanner", () => {
  const records = sweep(10);
  assert.deepEqual(scan(records).map(told), [{
    type: "horizontal_port_scan",
    threat: "high",
    confidence: 1,
    attacker: "src ip 10.0.2.112",
    profile: SCANNER,
    window: 1,
    timestamp: START,
    uids: records.map(({ uid }) => uid),
    proto: "tcp",
    dst_port: 80,
    description:
      "Horizontal port scan to port http 80/tcp. From 10.0.2.112 to 10 hosts, which it could not connect to; " +
      "10 packets",
  }]);
});

proof("vertical_port_scan", "a host that tries ten ports of one host in vain is a vertical scanner", () => {
  const records = knock(10);
  assert.deepEqual(scan(records).map(told), [{
    type: "vertical_port_scan",
    threat: "high",
    confidence: 1,
    attacker: "src ip 192.168.1.9",
    victim: "dst ip 45.33.32.156",
    profile: "192.168.1.9",
    window: 1,
    timestamp: START,
    uids: records.map(({ uid }) => uid),
    proto: "tcp",
    description:
      "vertical port scan to IP 45.33.32.156 from 192.168.1.9. It tried 10 tcp ports and could not connect; " +
      "10 packets sent",
  }]);
});

Deno.test("D24: more than five is not yet a scan; nine are none, the tenth makes it one", () => {
  assert.deepEqual(types(sweep(6)), []);
  assert.deepEqual(types(sweep(9)), []);
  assert.deepEqual(types(sweep(10)), ["horizontal_port_scan"]);
  assert.deepEqual(types(knock(6)), []);
  assert.deepEqual(types(knock(9)), []);
  assert.deepEqual(types(knock(10)), ["vertical_port_scan"]);
});

twin("vertical_port_scan", "a host with many services is no victim: what answers is not scanned", () => {
  const services = knock(10);
  services[7]!.conn_state = "SF";
  assert.deepEqual(types(services), []);
  assert.deepEqual(types(knock(200, { conn_state: "SF", history: "ShADadFf" })), []);
});

Deno.test("the same hosts and ports again and again are no scan, however often they do not answer", () => {
  const nine = sweep(9);
  assert.deepEqual(types([...nine, ...nine, ...nine]), []);
  assert.deepEqual(types(Array.from({ length: 500 }, (_, n) => knock(1, { ts: START + n })[0]!)), []);
});

Deno.test("connections that come to be are no scan: a browser talks to many hosts, a host has many services", () => {
  assert.deepEqual(types(sweep(200, { conn_state: "SF", history: "ShADadFf" })), []);
  assert.deepEqual(types(knock(200, { conn_state: "SF", history: "ShADadFf" })), []);
  assert.deepEqual(types(sweep(200, { conn_state: "RSTR", orig_pkts: 2, resp_pkts: 2 })), []);
  assert.deepEqual(types(sweep(10, { conn_state: "RSTR", orig_pkts: 2, resp_pkts: 1 })), ["horizontal_port_scan"]);
});

twin("horizontal_port_scan", "nine unanswered hosts and one that answers are no scan", () => {
  const records = sweep(10);
  records[4]!.conn_state = "SF";
  assert.deepEqual(types(records), []);
});

Deno.test("a growing scan is told at 10, 100 and 1,000, not in between", () => {
  const counts = (count: number) =>
    scan(sweep(count)).map(({ description }) => /to (\d+) hosts/.exec(description)?.[1]);
  assert.deepEqual(counts(99), ["10"]);
  assert.deepEqual(counts(100), ["10", "100"]);
  assert.deepEqual(counts(999), ["10", "100"]);
  assert.deepEqual(counts(1000), ["10", "100", "1000"]);
  const ports = scan(knock(10_001)).filter(({ type }) => type === "vertical_port_scan");
  assert.deepEqual(
    ports.map(({ description }) => /tried (\d+) tcp ports/.exec(description)?.[1]),
    ["10", "100", "1000", "10000"],
  );
});

Deno.test("a later report shows the first flows and the one that completed it", () => {
  const records = sweep(100);
  const uids = records.map(({ uid }) => uid);
  assert.deepEqual(scan(records)[1]!.uids, [...uids.slice(0, 10), uids[99]]);
});

Deno.test("how sure one is of a scan comes from its packets", () => {
  const confidences = (records: RecordOf<"conn">[]) => scan(records).map(({ confidence }) => confidence);
  const silent = { orig_pkts: 0, resp_pkts: 0 };
  const uncounted = { orig_pkts: undefined, resp_pkts: undefined };
  const three = (records: RecordOf<"conn">[]) => {
    records[0]!.orig_pkts = 3;
    return records;
  };
  // A horizontal scan counts the packets of both sides, a vertical one only those that the scanner sent.
  assert.deepEqual(confidences(sweep(10, silent)), [0.3]);
  assert.deepEqual(confidences(sweep(10, uncounted)), [0.3]);
  assert.deepEqual(confidences(three(sweep(10, silent))), [0.3]);
  assert.deepEqual(confidences(sweep(10, { orig_pkts: 0, resp_pkts: 1 })), [1]);
  assert.deepEqual(confidences(knock(10, { orig_pkts: 0, resp_pkts: 1 })), [0.3]);
  const seven = sweep(10, silent);
  for (const at of [1, 3, 5, 7, 8, 9, 0]) seven[at]!.orig_pkts = 1;
  assert.deepEqual(confidences(seven), [0.7]);
});

Deno.test("D20: each window counts for itself, and closing one clears no other", () => {
  const inWindow = (window: number, from: number, count: number) =>
    sweep(from + count).slice(from).map((flow, n) => ({ ...flow, ts: START + (window - 1) * 60 + n }));
  const windows = (records: RecordOf<"conn">[]) =>
    scan(records, { windowWidth: 60 }).map(({ window, type }) => `${type} in ${window}`);
  // Ten hosts in each of the windows 1, 2 and 10: every window tells it, once.
  assert.deepEqual(windows([...inWindow(1, 0, 12), ...inWindow(2, 0, 12), ...inWindow(10, 0, 12)]), [
    "horizontal_port_scan in 1",
    "horizontal_port_scan in 2",
    "horizontal_port_scan in 10",
  ]);
  // Five hosts in one window and five in the next are no scan in either.
  assert.deepEqual(windows([...inWindow(1, 0, 5), ...inWindow(2, 5, 5)]), []);
  // A report in window 10 is still remembered there when window 1 has long been closed and 11 is under way.
  const late = inWindow(10, 20, 3).map((flow) => ({ ...flow, duration: 20 }));
  assert.deepEqual(windows([...inWindow(1, 0, 1), ...inWindow(10, 0, 12), ...inWindow(11, 0, 3), ...late]), [
    "horizontal_port_scan in 10",
  ]);
});

Deno.test("the scan began with its earliest flow, though a longer one was written first", () => {
  const records = sweep(10);
  const earliest = { ...records[3]!, ts: START + PACE / 2 };
  const others = records.filter((_, n) => n !== 0 && n !== 3);
  const before = conn({ ts: START, orig_h: SCANNER, resp_h: "198.51.100.200" });
  assert.deepEqual(types([before, ...others, earliest]), []);
  const [found] = scan([before, ...others, earliest, ...sweep(11).slice(10)]);
  assert.equal(found!.timestamp, earliest.ts);
});

Deno.test("flows whose direction was guessed count for the host that was tried, not for the port", () => {
  assert.deepEqual(types(sweep(50, { history: "^d" })), []);
  assert.deepEqual(types(knock(10, { history: "^r" })), ["vertical_port_scan"]);
});

Deno.test("TCP and UDP ports are counted apart, other protocols have none", () => {
  const half = (proto: string) => knock(5, { proto });
  assert.deepEqual(types([...half("tcp"), ...half("udp")]), []);
  assert.deepEqual(types(knock(10, { proto: "udp" })), ["vertical_port_scan"]);
  assert.deepEqual(types(sweep(10, { proto: "icmp", resp_p: 0 })), []);
  const dns = sweep(10, { proto: "udp", resp_p: 53 });
  assert.match(scan(dns)[0]!.description, /^Horizontal port scan to port domain 53\/udp\. From /);
});

Deno.test("a port without a usual service is named by its number alone", () => {
  assert.match(scan(sweep(10, { resp_p: 48_101 }))[0]!.description, /^Horizontal port scan to port 48101\/tcp\. From /);
});

Deno.test("asking everybody by multicast is no scan, nor is what a host says to itself", () => {
  const groups = sweep(20).map((flow, n) => ({ ...flow, proto: "udp", resp_h: `239.1.1.${n}` }));
  assert.deepEqual(types(groups), []);
  assert.deepEqual(types(knock(20, { orig_h: "127.0.0.1", resp_h: "127.0.0.1" })), []);
  assert.deepEqual(types(sweep(20).map((flow, n) => ({ ...flow, resp_h: `169.254.1.${n}` }))), []);
});

Deno.test("IPv6 hosts are counted like any other", () => {
  const hosts = sweep(10).map((flow, n) => ({
    ...flow,
    orig_h: "2001:db8::7",
    resp_h: `2001:db8:1::${n.toString(16)}`,
  }));
  assert.deepEqual(types(hosts.slice(1)), []);
  assert.deepEqual(types(hosts), ["horizontal_port_scan"]);
});

Deno.test("Zeek's own notices of scans are passed on as they are", () => {
  const address = record("notice", {
    ts: START,
    note: "Scan::Address_Scan",
    msg: "147.32.83.156 scanned at least 25 unique hosts on port 23/tcp in 1m14s",
    src: "147.32.83.156",
    p: 23,
    proto: "tcp",
  });
  const ports = record("notice", {
    ts: START + 1,
    note: "Scan::Port_Scan",
    msg: "192.168.1.9 scanned at least 15 unique ports of host 45.33.32.156 in 0m0s",
    src: "192.168.1.9",
    proto: "tcp",
  });
  const other = record("notice", { ts: START + 2, note: "SSL::Invalid_Server_Cert", msg: "", src: "192.168.1.9" });
  const parts = scan([address, ports, other]).map((
    { type, threat, confidence, attacker, victim, profile, dst_port, description },
  ) => ({
    type,
    threat,
    confidence,
    attacker: attacker.value,
    victim: victim?.value,
    profile,
    dst_port,
    description,
  }));
  assert.deepEqual(parts, [
    {
      type: "horizontal_port_scan",
      threat: "high",
      confidence: 1,
      attacker: "147.32.83.156",
      victim: undefined,
      profile: "147.32.83.156",
      dst_port: 23,
      description: "Horizontal port scan from 147.32.83.156. Seen by Zeek: " +
        "147.32.83.156 scanned at least 25 unique hosts on port 23/tcp in 1m14s",
    },
    {
      type: "vertical_port_scan",
      threat: "high",
      confidence: 1,
      attacker: "192.168.1.9",
      victim: "45.33.32.156",
      profile: "192.168.1.9",
      dst_port: undefined,
      description: "vertical port scan to IP 45.33.32.156 from 192.168.1.9. Seen by Zeek: " +
        "192.168.1.9 scanned at least 15 unique ports of host 45.33.32.156 in 0m0s",
    },
  ]);
});

Deno.test("a notice of a vertical scan names the victim in its field or, if nowhere, not at all", () => {
  const notice = (fields: object) =>
    record("notice", { ts: START, note: "Scan::Port_Scan", src: "192.168.1.9", msg: "odd words", ...fields });
  assert.equal(scan([notice({ dst: "10.0.0.7" })])[0]!.victim?.value, "10.0.0.7");
  assert.equal(scan([notice({})])[0]!.victim, undefined);
});

Deno.test("D25: with both directions watched a scan is still told once", () => {
  assert.deepEqual(types([...sweep(10), ...knock(10)], { direction: "all" }), [
    "horizontal_port_scan",
    "vertical_port_scan",
  ]);
});

Deno.test("thresholds come from the settings", () => {
  const settings = { "port-scan": { hosts: 3, ports: 4, factor: 2 } };
  assert.equal(types(sweep(12), { settings }).length, 3, "at 3, 6 and 12");
  assert.deepEqual(types(knock(4), { settings }), ["vertical_port_scan"]);
});

Deno.test("a browser whose handshakes the capture missed is no scanner: data went both ways, whatever Zeek's state says", () => {
  assert.deepEqual(types(sweep(30, { resp_p: 443, conn_state: "RSTOS0", history: "dADaR", orig_pkts: 16 })), []);
  // Half seen: a client goes on after its SYN only when it was answered. UDP has no such answer.
  assert.deepEqual(types(sweep(30, { resp_p: 443, conn_state: "S0", history: "SA" })), []);
  assert.deepEqual(types(sweep(30, { resp_p: 443, conn_state: "RSTOS0", history: "SDR" })), []);
  assert.equal(types(sweep(30, { resp_p: 443, conn_state: "REJ", history: "Sr" })).length, 1);
  assert.equal(types(sweep(30, { resp_p: 443, conn_state: "SH", history: "SF" })).length, 1);
  assert.equal(types(sweep(30, { proto: "udp", conn_state: "S0", history: "D" })).length, 1);
});

Deno.test("small scans are told at five where the settings say so, with level medium, and at ten as ever", () => {
  const settings = { "port-scan": { early: 5 } };
  const levels = (records: RecordOf<"conn">[]) => scan(records, { settings }).map(({ threat }) => threat);
  assert.deepEqual(levels(sweep(4)), []);
  assert.deepEqual(levels(sweep(9)), ["medium"]);
  assert.deepEqual(levels(sweep(99)), ["medium", "high"]);
  assert.deepEqual(levels(sweep(100)), ["medium", "high", "high"]);
  assert.deepEqual(levels(knock(5)), ["medium"]);
  assert.deepEqual(levels(knock(10)), ["medium", "high"]);
  const late = { "port-scan": { early: 12 } };
  assert.deepEqual(scan(sweep(12), { settings: late }).map(({ threat }) => threat), ["high"], "later than the first");
});

Deno.test("a server whose refusals alone were seen has not tried its clients' ports", () => {
  // Flows of one direction (NetFlow): a reset from port 902 to each port from which it was tried.
  const refusals = knock(30, { orig_p: 902, conn_state: "RSTRH", history: undefined });
  assert.deepEqual(types(refusals), []);
  assert.deepEqual(types(sweep(30, { conn_state: "SHR", history: "hf" })), []);
});

Deno.test("Zeek's notices of one scan are one finding with a count, those of another port another", () => {
  const notice = (seconds: number, p: number) =>
    record("notice", {
      ts: START + seconds,
      note: "Scan::Address_Scan",
      msg: `port ${p}`,
      src: SCANNER,
      p,
      proto: "tcp",
    });
  const evidence = scan([notice(0, 23), notice(60, 23), notice(70, 8080)], { folded: true });
  assert.deepEqual(evidence.map(({ dst_port, count }) => `${dst_port} ${count}`), ["23 1", "23 2", "8080 1"]);
});

/** A client that meets `dead` hosts that do not answer and `alive` ones that do, in turn. */
function mixed(dead: number, alive: number, fields: Fields = {}): RecordOf<"conn">[] {
  const failed = sweep(dead, fields);
  const good = sweep(alive, { conn_state: "SF", history: "ShADadFf", ...fields })
    .map((one, n) => ({ ...one, resp_h: `203.0.${n >> 8}.${n & 255}` }));
  const each = [
    ...failed.map((one, n) => [n / dead, one] as const),
    ...good.map((one, n) => [n / alive, one] as const),
  ];
  return each.sort(([a], [b]) => a - b).map(([, one]) => one);
}

twin(
  "horizontal_port_scan",
  "proxies, resolvers and mail servers meet dead hosts all day, but most of theirs answer",
  () => {
    assert.deepEqual(types(mixed(250, 5000, { resp_p: 443 })), []);
    assert.deepEqual(types(mixed(80, 160, { resp_p: 25 })), []);
    assert.deepEqual(types(mixed(180, 2800, { resp_p: 53, proto: "udp" })), []);
  },
);

twin("horizontal_port_scan", "games and cameras ask lists of others over UDP whether they are still there", () => {
  assert.deepEqual(types(mixed(150, 100, { resp_p: 27_015, proto: "udp", history: undefined })), []);
});

twin("horizontal_port_scan", "programs that exchange files or updates try peers who have left", () => {
  for (const [resp_p, proto] of [[6881, "tcp"], [6889, "udp"], [51_413, "tcp"], [7680, "tcp"]] as const) {
    assert.deepEqual(types(sweep(100, { resp_p, proto })), []);
  }
});

Deno.test("a worm among whose victims many answer is a scanner still", () => {
  assert.deepEqual(types(mixed(100, 60, { resp_p: 445 })), ["horizontal_port_scan", "horizontal_port_scan"]);
});

Deno.test("who scans while it browses is told soon, however many answered before", () => {
  const records = [...mixed(30, 3000, { resp_p: 443 }), ...sweep(300, { resp_p: 443 }).slice(30)];
  const [found, ...more] = scan(records);
  assert.match(found!.description, /to 40 hosts/);
  assert.deepEqual(more.map(({ description }) => /to (\d+) hosts/.exec(description)![1]), ["100"]);
});

Deno.test("the same server again and again excuses nobody", () => {
  const dead = sweep(30, { resp_p: 443 });
  const same = sweep(1, { resp_p: 443, conn_state: "SF", history: "ShADadFf" })[0]!;
  const records = dead.flatMap((one) => [one, { ...same, ts: one.ts, resp_h: "203.0.113.9" }]);
  assert.match(scan(records)[0]!.description, /to 11 hosts/);
});
