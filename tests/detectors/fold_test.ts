// Repeats of one finding: one piece of evidence with a count, told when the count is news, the same for any number of workers.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Evidence, type Repeat, VICTIMS_COUNTED } from "../../agent/evidence/evidence.ts";
import { createReferenceScorer } from "../../agent/evidence/reference.ts";
import { createMerger } from "../../agent/evidence/merge.ts";
import type { Batch, Step } from "../../agent/profile/batch.ts";
import { ALL_WORKERS, createRouter } from "../../agent/profile/router.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { defineDetector, type Detector } from "../../detectors/contract.ts";
import { compareEvidence, createEngine, type PlacedEvidence } from "../../detectors/engine.ts";
import { isNews, KINDS_KEPT, UIDS_KEPT } from "../../detectors/fold.ts";
import { nonHttpPort80 } from "../../detectors/non-http-port-80.ts";
import { unknownPort } from "../../detectors/unknown-port.ts";
import { unexplained } from "./explained.ts";
import { conn, watch } from "./harness.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "198.51.100.7";

/** A shell that is called every ten seconds. */
function calls(count: number, fields: (at: number) => Partial<RecordOf<"conn">> = () => ({})): RecordOf<"conn">[] {
  return Array.from(
    { length: count },
    (_, at) =>
      conn({ ts: T + 10 * at, uid: `C${at}`, orig_h: HOST, resp_h: SERVER, resp_p: 4444, duration: 0, ...fields(at) }),
  );
}

const folded = (records: readonly AnyRecord[], windowWidth = 100_000): Evidence[] =>
  watch([unknownPort], records, { folded: true, windowWidth });

Deno.test("a shell called 120 times is told 1, 2, 5, 10, 20, 50, 100 times, and at the end of the window with its last count", () => {
  const evidence = folded(calls(120));
  assert.deepEqual(evidence.map(({ count }) => count), [1, 2, 5, 10, 20, 50, 100, 120]);
  assert.deepEqual(evidence.map(({ count_before }) => count_before), [0, 1, 2, 5, 10, 20, 50, 100]);
  assert.equal(new Set(evidence.map(({ id }) => id)).size, 1);
  const last = evidence.at(-1)!;
  assert.deepEqual([last.since, last.timestamp], [T, T + 1190]);
  assert.equal(last.uids.length, UIDS_KEPT);
  assert.equal(last.uids[0], "C0");
});

Deno.test("what was told last is not told again when the window closes", () => {
  assert.deepEqual(folded(calls(10)).map(({ count }) => count), [1, 2, 5, 10]);
});

Deno.test("the sentence is that of the newest, and the victims are counted", () => {
  const last = folded(calls(50, (at) => ({ resp_h: `198.51.100.${1 + at % 17}` }))).at(-1)!;
  assert.equal(last.victims, 17);
  assert.match(last.description, /connected to 198\.51\.100\.16,/);
  assert.equal(last.victim?.value, "198.51.100.16");
  const many = folded(calls(200, (at) => ({ resp_h: `198.51.${at}.1` }))).at(-1)!;
  assert.deepEqual([many.count, many.victims], [200, VICTIMS_COUNTED]);
});

Deno.test("another port, another window and a call that gets through are other findings", () => {
  const ids = (records: readonly AnyRecord[], width?: number) =>
    new Set(folded(records, width).map(({ id }) => id)).size;
  assert.equal(ids(calls(4, (at) => ({ resp_p: 4444 + at % 2 }))), 2);
  assert.equal(ids(calls(4, (at) => ({ conn_state: at === 3 ? "SF" : "S0" }))), 2);
  assert.equal(ids(calls(4), 20), 2);
});

Deno.test("the newest counts are told when a window closes long before the end of the input", () => {
  const evidence = folded([...calls(4), conn({ ts: T + 10_000, duration: 0, orig_h: HOST, resp_h: SERVER })], 3600);
  assert.deepEqual(evidence.map(({ count }) => count), [1, 2, 4]);
});

Deno.test("D25: the very finding told twice (a record in two logs) counts once", () => {
  const records = calls(3);
  assert.equal(folded(records.flatMap((record) => [record, record])).at(-1)!.count, 3);
});

Deno.test("a finding told on both ends is folded on both, and each names the other", () => {
  const evidence = watch(
    [nonHttpPort80],
    calls(30, () => ({ resp_p: 80 })),
    { folded: true, windowWidth: 100_000 },
  );
  const [source, server] = [HOST, SERVER].map((profile) => evidence.filter((one) => one.profile === profile));
  assert.deepEqual(source!.map(({ count }) => count), [1, 2, 5, 10, 20, 30]);
  assert.deepEqual(server!.map(({ count }) => count), [1, 2, 5, 10, 20, 30]);
  for (const one of source!) assert.deepEqual(one.related, [server![0]!.id]);
  for (const one of server!) assert.deepEqual(one.related, [source![0]!.id]);
});

/** Raises what the connection's fields say: port the kind, packets the confidence, state the threat. */
const reporterOf = (folds: boolean) =>
  defineDetector({
    name: "reporter",
    summary: "",
    raises: unexplained("unknown_port"),
    settings: {},
    on: {
      conn(record, context) {
        context.raise({
          type: "unknown_port",
          threat: record.conn_state === "S0" ? "info" : record.conn_state === "SF" ? "low" : "high",
          confidence: (record.orig_pkts ?? 0) / 100,
          attacker: { direction: "src", kind: "ip", value: record.orig_h },
          victim: { direction: "dst", kind: "ip", value: record.resp_h },
          // Windows and receivers other than those in hand.
          timestamp: record.ts - (record.resp_p % 7 === 0 ? 3600 : 0),
          profile: record.resp_p % 5 === 0 ? record.resp_h : record.orig_h,
          description: `port ${record.resp_p}`,
          ...folds ? { fold: String(record.resp_p) } : {},
        });
      },
    },
  });

const reporter = reporterOf(true);

Deno.test("a rise of the threat level, or of the confidence by a tenth, is told at once and stays", () => {
  const told = (fields: (at: number) => Partial<RecordOf<"conn">>, count = 9) =>
    watch([reporter], calls(count, (at) => ({ resp_p: 1, ...fields(at) })), { folded: true, windowWidth: 1e5 }).map(
      ({ count, threat, confidence }) => `${count} ${threat} ${confidence}`,
    );
  assert.deepEqual(told((at) => ({ conn_state: at === 6 ? "RSTO" : "SF", orig_pkts: 50 })), [
    "1 low 0.5",
    "2 low 0.5",
    "5 low 0.5",
    "7 high 0.5",
    "9 high 0.5",
  ]);
  assert.deepEqual(told((at) => ({ orig_pkts: at < 7 ? 50 + at : 65 })), [
    "1 low 0.5",
    "2 low 0.51",
    "5 low 0.54",
    "8 low 0.65",
    "9 low 0.65",
  ]);
});

Deno.test("what is only informational is told at 100, 10,000 and at the end", () => {
  const counts = watch([reporter], calls(120, () => ({ resp_p: 1, conn_state: "S0" })), {
    folded: true,
    windowWidth: 1e5,
  }).map(({ count }) => count);
  assert.deepEqual(counts, [1, 100, 120]);
  const series = Array.from({ length: 10_000 }, (_, at) => at + 1).filter((count) => isNews(count, false));
  assert.deepEqual(series, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]);
});

Deno.test("a host that does a thing in a thousand ways fills no log: further kinds are one more, counted together", () => {
  const evidence = folded(calls(1000, (at) => ({ resp_p: 50_001 + at, proto: "tcp" })));
  const ids = new Map(evidence.map((one) => [one.id, one]));
  assert.equal(ids.size, KINDS_KEPT + 1);
  const others = [...ids.values()].filter(({ mixed }) => mixed);
  assert.deepEqual(others.map(({ count }) => count), [1000 - KINDS_KEPT]);
  assert.equal([...ids.values()].reduce((sum, { count }) => sum + count, 0), 1000);
});

/** Everything that the engines of so many workers say, in stream order. */
function overWorkers(
  records: readonly AnyRecord[],
  workers: number,
  size: number,
  profiles = 1000,
  detector: Detector = reporter,
): PlacedEvidence[] {
  const router = createRouter({ workers, direction: "all", profiles, clientIps: [] });
  const engines = Array.from(
    { length: workers },
    () => createEngine({ detectors: [detector], settings: {}, windowWidth: 600, live: false, repeats: true }),
  );
  const merger = createMerger<PlacedEvidence>(workers, compareEvidence);
  const said: PlacedEvidence[] = [];
  let shares: Step[][] = engines.map(() => []);
  let serial = 0;
  const flush = (last: boolean): void => {
    serial++;
    for (const [worker, engine] of engines.entries()) {
      const batch: Batch = { serial, origin: router.origin(), clock: router.clock(), steps: shares[worker]!, last };
      said.push(...merger.add(worker, serial, engine.process(batch)));
    }
    shares = engines.map(() => []);
  };
  for (const [at, record] of records.entries()) {
    router.route(record, record.ts, (worker, step) => {
      if (worker === ALL_WORKERS) { for (const share of shares) share.push(step); }
      else shares[worker]!.push(step);
    });
    if (at % size === size - 1) flush(false);
  }
  flush(true);
  return said;
}

const traffic = fc.array(
  fc.record({
    from: fc.integer({ min: 1, max: 6 }),
    to: fc.integer({ min: 1, max: 4 }),
    gap: fc.integer({ min: 0, max: 60 }),
    port: fc.integer({ min: 1, max: 8 }),
    state: fc.constantFrom("S0", "SF", "RSTO"),
    packets: fc.integer({ min: 0, max: 100 }),
  }),
  { minLength: 1, maxLength: 120, size: "max" },
).map((steps) => {
  let ts = T;
  return steps.map(({ from, to, gap, port, state, packets }, at): RecordOf<"conn"> =>
    conn({
      ts: ts += gap,
      uid: `C${at}`,
      orig_h: `192.168.1.${from}`,
      resp_h: `198.51.100.${to}`,
      resp_p: port,
      conn_state: state,
      orig_pkts: packets,
      duration: 0,
    })
  );
});

Deno.test("property: the same is told, ids and order included, with 1, 2, 3 or 8 workers and batches of any size", () => {
  fc.assert(
    fc.property(traffic, fc.integer({ min: 1, max: 20 }), (records, size) => {
      const alone = JSON.stringify(overWorkers(records, 1, 1000));
      for (const workers of [1, 2, 3, 8]) assert.equal(JSON.stringify(overWorkers(records, workers, size)), alone);
    }),
    { numRuns: 40, seed: 11, endOnFailure: true },
  );
});

Deno.test("property: the same is told with any number of workers when hosts are forgotten on the way", () => {
  fc.assert(
    fc.property(traffic, fc.integer({ min: 1, max: 20 }), (records, size) => {
      const alone = JSON.stringify(overWorkers(records, 1, 1000, 3));
      for (const workers of [2, 3, 8]) assert.equal(JSON.stringify(overWorkers(records, workers, size, 3)), alone);
    }),
    { numRuns: 30, seed: 12, endOnFailure: true },
  );
});

Deno.test("property: the reference scorer makes the same alerts of folded findings as of each by itself", () => {
  const alerts = (said: readonly PlacedEvidence[]) => {
    const scorer = createReferenceScorer({ thresholdPerMinute: 0.05, windowWidth: 600, origin: () => T });
    return said.flatMap(({ evidence, repeat }) => {
      const made = [
        ...repeat === undefined ? [] : [scorer.repeat(repeat)],
        ...evidence === undefined ? [] : [scorer.add(evidence)],
      ];
      return made.flatMap(({ alert }) =>
        alert === undefined ? [] : [[alert.profile, alert.window, alert.score, alert.timestamp, alert.confidence]]
      );
    });
  };
  fc.assert(fc.property(traffic, (records) => {
    const folded = alerts(overWorkers(records, 1, 1000));
    assert.deepEqual(folded, alerts(overWorkers(records, 1, 1000, 1000, reporterOf(false))));
  }));
});

Deno.test("property: nothing is lost: the last counts add up to what was raised, and so do the repeats", () => {
  fc.assert(fc.property(traffic, fc.constantFrom(3, 1000), (records, profiles) => {
    const said = overWorkers(records, 2, 7, profiles);
    const last = new Map<string, Evidence>();
    for (const { evidence } of said) {
      if (evidence === undefined) continue;
      assert.equal(evidence.count_before, last.get(evidence.id)?.count ?? 0, "each names the count before it");
      assert(evidence.count > evidence.count_before);
      last.set(evidence.id, evidence);
    }
    const total = [...last.values()].reduce((sum, { count }) => sum + count, 0);
    assert.equal(total, records.length);
    const repeats = said.flatMap(({ repeat }) => repeat ?? []);
    const counting = records.filter(({ conn_state }) => conn_state !== "S0").length;
    const first = said.filter(({ evidence }) => evidence?.count_before === 0 && evidence.threat !== "info").length;
    assert.equal(repeats.length + first, counting);
    assert(repeats.every((repeat: Repeat) => last.has(repeat.id)));
  }));
});
