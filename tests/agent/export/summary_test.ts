import assert from "node:assert/strict";
import { type SummaryInput, summaryOf } from "../../../agent/export/summary.ts";
import { START } from "../evidence/evidence.ts";

const run: SummaryInput = {
  version: "0.1.0",
  input: { path: "office.pcap", kind: "pcap", size: 1_000_024, damage: undefined },
  first: START,
  last: START + 7200.5,
  runSeconds: 0.51239,
  packets: 10_000,
  bytes: 840_000,
  records: { dns: 12, conn: 30 },
  drops: { records_too_large: 0, frames_cut: 2 },
  profiles: 5,
  evidence: {
    by_type: { unknown_port: 2, dga_nxdomains: 3 },
    by_level: { info: 0, low: 0, medium: 3, high: 2, critical: 0 },
  },
  lookups: { asked: {}, failed: {}, skipped: 0, remembered: 0 },
  whitelist: { entries: 7, mistakes: 1, evidence: 3, records: 20 },
  alerts: 1,
  profiles_with_alerts: 1,
  detectors: [{ name: "unknown-port", failures: 0, firstFailure: undefined, atRest: false, hung: false }],
  files: ["run.log", "alerts/alerts.log"],
};

Deno.test("the summary of an ordinary run counts everything", () => {
  assert.deepEqual(summaryOf(run), {
    version: "0.1.0",
    input: { path: "office.pcap", kind: "pcap", size: 1_000_024, damage: null },
    traffic: {
      first_packet: "2024-05-06T07:00:00.000000Z",
      last_packet: "2024-05-06T09:00:00.500000Z",
      duration: 7200.5,
      packets: 10_000,
      bytes: 840_000,
    },
    records: { total: 42, by_kind: { conn: 30, dns: 12 } },
    drops: { by_cause: { frames_cut: 2, records_too_large: 0 } },
    profiles: { total: 5, with_alerts: 1 },
    evidence: {
      total: 5,
      by_type: { dga_nxdomains: 3, unknown_port: 2 },
      by_level: { info: 0, low: 0, medium: 3, high: 2, critical: 0 },
    },
    lookups: { asked: {}, failed: {}, skipped: 0, remembered: 0 },
    whitelist: { entries: 7, mistakes: 1, evidence: 3, records: 20 },
    alerts: 1,
    unhealthy_detectors: [],
    files: ["run.log", "alerts/alerts.log"],
    run: { seconds: 0.512, packets_per_second: 19_516 },
  });
});

Deno.test("counters stand in the order of their names, whoever counted first", () => {
  const other = { ...run, records: { conn: 30, dns: 12 }, drops: { frames_cut: 2, records_too_large: 0 } };
  assert.equal(JSON.stringify(summaryOf(other)), JSON.stringify(summaryOf(run)));
});

Deno.test("an empty capture has no times, and nothing is divided by zero", () => {
  const { traffic, run: speed } = summaryOf({ ...run, first: NaN, last: NaN, packets: 0, runSeconds: 0 });
  assert.deepEqual([traffic.first_packet, traffic.last_packet, traffic.duration], [null, null, 0]);
  assert.deepEqual(speed, { seconds: 0, packets_per_second: 0 });
});

Deno.test("detectors that failed, rest or hung are named, and the damage of the input is told", () => {
  const { unhealthy_detectors, input } = summaryOf({
    ...run,
    input: { ...run.input, path: "odd\x1bname.pcap", damage: "cut off in packet 7" },
    detectors: [
      { name: "a", failures: 1, firstFailure: "TypeError: x\ny", atRest: false, hung: false },
      { name: "b", failures: 25, firstFailure: "RangeError: z", atRest: true, hung: false },
      { name: "c", failures: 0, firstFailure: undefined, atRest: false, hung: true },
      { name: "d", failures: 0, firstFailure: undefined, atRest: false, hung: false },
    ],
  });
  assert.deepEqual(unhealthy_detectors.map(({ name, state }) => [name, state]), [
    ["a", "running"],
    ["b", "at rest"],
    ["c", "hung"],
  ]);
  assert.equal(unhealthy_detectors[0]?.first_failure, "TypeError: x\\x0ay");
  assert.deepEqual([input.path, input.damage], ["odd\\x1bname.pcap", "cut off in packet 7"]);
});
