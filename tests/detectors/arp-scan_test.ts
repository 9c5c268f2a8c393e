// ARP scans and what looks like them: a host that needs its neighbours, a router, a host that has just come up.

import assert from "node:assert/strict";
import { arpScan } from "../../detectors/arp-scan.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const SCANNER = "192.168.1.247";
const NOBODY = "00:00:00:00:00:00";

/** A request for 192.168.1.`host`, `seconds` after the start. */
function ask(host: number, seconds: number, fields: Partial<RecordOf<"arp">> = {}): RecordOf<"arp"> {
  return record("arp", {
    ts: T + seconds,
    operation: "request",
    src_mac: "08:00:27:00:00:07",
    dst_mac: "ff:ff:ff:ff:ff:ff",
    orig_h: SCANNER,
    resp_h: `192.168.1.${host}`,
    orig_hw: "08:00:27:00:00:07",
    resp_hw: NOBODY,
    ...fields,
  });
}

/** Requests for hosts 1, 2, …, `pace` seconds apart. */
function sweep(count: number, pace: number, from = 0, fields: Partial<RecordOf<"arp">> = {}): RecordOf<"arp">[] {
  return Array.from({ length: count }, (_, n) => ask(1 + n, from + n * pace, fields));
}

proof("arp_scan", "a host that asks for five others within half a minute scans; the fifth shows it at once", () => {
  const records = sweep(5, 7.5);
  const [found, ...more] = watch([arpScan], records);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "arp_scan",
    threat: "low",
    confidence: 0.8,
    attacker: "src ip 192.168.1.247",
    profile: SCANNER,
    window: 1,
    timestamp: T + 30,
    uids: records.map(({ uid }) => uid),
    description: "192.168.1.247 is performing an arp scan: it asked for the hardware addresses of 5 hosts within " +
      "seconds, which tells it who is there",
  });
});

twin(
  "arp_scan",
  "four hosts are no scan, nor are five that take longer than half a minute, nor one asked for again and again",
  () => {
    assert.deepEqual(watch([arpScan], sweep(4, 1)), []);
    assert.deepEqual(watch([arpScan], sweep(100, 7.6)), []);
    assert.deepEqual(watch([arpScan], Array.from({ length: 100 }, (_, n) => ask(1 + n % 4, n / 10))), []);
  },
);

Deno.test("a question long before the scan does not hide it", () => {
  assert.equal(watch([arpScan], [ask(200, 0), ...sweep(5, 1, 300)]).length, 1);
});

Deno.test("a sweep of the whole network is told twice: at once, and with all that followed in ten seconds", () => {
  const found = watch([arpScan], sweep(254, 1 / 32));
  assert.deepEqual(found.map(({ description }) => /of (\d+) hosts/.exec(description)![1]), ["5", "248"]);
  assert.deepEqual(found.map(({ uids }) => uids.length), [5, 100]);
  assert.equal(found[1]!.timestamp, T + 253 / 32, "the time of its latest request");
});

Deno.test("from the second scan on requests are collected for ten seconds, not for nine nor eleven", () => {
  const first = sweep(5, 1);
  // The fifth of these, at second 64, begins the second scan.
  const second = sweep(5, 1, 60);
  const counts = (...later: RecordOf<"arp">[]) =>
    watch([arpScan], [...first, ...second, ...later]).map(({ description }) => /of (\d+) hosts/.exec(description)![1]);
  assert.deepEqual(counts(), ["5", "5"]);
  assert.deepEqual(counts(ask(100, 73.5)), ["5", "6"]);
  assert.deepEqual(counts(ask(100, 74.5)), ["5", "5"]);
});

Deno.test("each window and each host scans for itself", () => {
  const other = "192.168.1.99";
  const found = watch([arpScan], [...sweep(5, 1), ...sweep(5, 1, 60, { orig_h: other }), ...sweep(4, 1, 3600)]);
  assert.deepEqual(found.map(({ profile }) => profile), [SCANNER, other]);
});

Deno.test("answers, announcements, probes of a host without an address and questions to known hardware are no scan", () => {
  assert.deepEqual(watch([arpScan], sweep(20, 1, 0, { operation: "reply" })), []);
  assert.deepEqual(watch([arpScan], sweep(20, 1, 0, { orig_h: "0.0.0.0" })), []);
  assert.deepEqual(watch([arpScan], sweep(20, 1, 0, { resp_hw: "08:00:27:00:00:08" })), []);
  const announcements = sweep(20, 1).map((request) => ({ ...request, orig_h: request.resp_h }));
  assert.deepEqual(watch([arpScan], announcements), []);
});

Deno.test("the gateway asks for all hosts that it forwards to, and is no scanner", () => {
  const gateway = record("notice", { ts: T - 1, note: "DHCP::Gateway_addr_identified", src: SCANNER });
  assert.deepEqual(watch([arpScan], [gateway, ...sweep(50, 0.5)]), []);
});

Deno.test("thresholds come from the settings", () => {
  const settings = { "arp-scan": { targets: 3, period: 2 } };
  assert.equal(watch([arpScan], sweep(3, 1), { settings }).length, 1);
  assert.equal(watch([arpScan], sweep(9, 1.5), { settings }).length, 0);
});
