// The frame in which detectors run: order, timers, windows, failures, and the same evidence with any number of workers.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Evidence, EvidenceType } from "../../agent/evidence/evidence.ts";
import { createMerger } from "../../agent/evidence/merge.ts";
import type { Batch, Step } from "../../agent/profile/batch.ts";
import { ALL_WORKERS, createRouter } from "../../agent/profile/router.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { defineDetector, type Detector } from "../../detectors/contract.ts";
import { compareEvidence, createEngine, FAILURES_UNTIL_REST, type PlacedEvidence } from "../../detectors/engine.ts";
import { unexplained } from "./explained.ts";
import { conn, watch } from "./harness.ts";

const T = 1_700_000_000;
const ALICE = "192.168.1.10";
const BOB = "192.168.1.11";
const SERVER = "93.184.216.34";

/** Raises `type` for every connection, with what `describe` says. */
function reporter(
  describe: (record: RecordOf<"conn">, seen: number) => string | undefined,
  type: EvidenceType = "connection_to_private_ip",
): Detector {
  return defineDetector({
    name: "reporter",
    summary: "",
    raises: unexplained(type),
    settings: {},
    windowMemory: () => ({ seen: 0 }),
    on: {
      conn(record, context) {
        const description = describe(record, ++context.windowMemory.seen);
        if (description === undefined) return;
        context.raise({
          type,
          threat: "info",
          confidence: 1,
          attacker: { direction: "src", kind: "ip", value: record.orig_h },
          description,
        });
      },
    },
  });
}

Deno.test("a detector's memory of a window is separate for each profile and each hour", () => {
  const counts = watch([reporter((_, seen) => `number ${seen}`)], [
    conn({ ts: T, orig_h: ALICE, resp_h: SERVER }),
    conn({ ts: T + 1, orig_h: ALICE, resp_h: SERVER }),
    conn({ ts: T + 2, orig_h: BOB, resp_h: SERVER }),
    conn({ ts: T + 3600, orig_h: ALICE, resp_h: SERVER }),
  ]);
  assert.deepEqual(
    counts.map(({ profile, window, description }) => `${profile} ${window} ${description}`),
    [`${ALICE} 1 number 1`, `${ALICE} 1 number 2`, `${BOB} 1 number 1`, `${ALICE} 2 number 1`],
  );
});

Deno.test("the same finding has the same id in every run, another finding another id", () => {
  const story = [
    conn({ ts: T, uid: "CA", orig_h: ALICE, resp_h: SERVER }),
    conn({ ts: T, uid: "CB", orig_h: ALICE, resp_h: SERVER }),
  ];
  const first = watch([reporter(() => "found")], story);
  const second = watch([reporter(() => "found")], story);
  assert.deepEqual(first, second);
  assert.match(first[0]!.id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(first[0]!.id, first[1]!.id);
});

Deno.test("findings raised together name each other, and each lies on its own profile", () => {
  const pair = defineDetector({
    name: "pair",
    summary: "",
    raises: unexplained("data_upload"),
    settings: {},
    on: {
      conn(record, context) {
        const base = { type: "data_upload", threat: "info", confidence: 2 } as const;
        context.raise(
          { ...base, attacker: { direction: "src", kind: "ip", value: record.orig_h }, description: "sent" },
          {
            ...base,
            attacker: { direction: "dst", kind: "ip", value: record.resp_h },
            profile: record.resp_h,
            description: "got",
          },
        );
      },
    },
  });
  const [sent, got] = watch([pair], [conn({ orig_h: ALICE, resp_h: SERVER })]) as [Evidence, Evidence];
  assert.deepEqual(sent.related, [got.id]);
  assert.deepEqual(got.related, [sent.id]);
  assert.equal(got.profile, SERVER);
  assert.equal(sent.confidence, 1, "a confidence beyond 1 is clamped");
});

Deno.test("timers fire in stream time: after their time, before the record that comes later, all of them at the end", () => {
  const heard: string[] = [];
  const waiter = defineDetector({
    name: "waiter",
    summary: "",
    raises: {},
    settings: {},
    on: {
      conn(record, context) {
        heard.push(`conn at ${record.ts - T}`);
        context.after(15, { set: record.ts - T });
      },
    },
    timer(note, context) {
      heard.push(`timer of ${(note as { set: number }).set} at ${context.now - T}`);
    },
  });
  watch([waiter], [
    conn({ ts: T, duration: 0, orig_h: ALICE, resp_h: SERVER }),
    conn({ ts: T + 10, duration: 0, orig_h: BOB, resp_h: SERVER }),
    conn({ ts: T + 20, duration: 0, orig_h: ALICE, resp_h: SERVER }),
  ]);
  assert.deepEqual(heard, [
    "conn at 0",
    "conn at 10",
    "timer of 0 at 15",
    "conn at 20",
    "timer of 10 at 25",
    "timer of 20 at 35",
  ]);
});

Deno.test("a window closes one width after its end, so that late records still find it", () => {
  const closed: string[] = [];
  const closer = defineDetector({
    name: "closer",
    summary: "",
    raises: {},
    settings: {},
    on: { conn: () => {} },
    windowClosed: (context) => closed.push(`${context.profile} window ${context.window} at ${context.now - T}`),
  });
  watch([closer], [
    conn({ ts: T, orig_h: ALICE, resp_h: SERVER }),
    conn({ ts: T + 7100, orig_h: BOB, resp_h: SERVER }),
    conn({ ts: T + 7300, orig_h: BOB, resp_h: SERVER }),
  ]);
  assert.deepEqual(closed, [
    `${ALICE} window 1 at 7200`,
    `${BOB} window 2 at 7301`,
    `${BOB} window 3 at 7301`,
  ]);
});

Deno.test("a detector that throws loses its finding, is put to rest after repeated failures, and harms no other", () => {
  let calls = 0;
  const broken = defineDetector({
    name: "broken",
    summary: "",
    raises: {},
    settings: {},
    on: {
      conn() {
        calls++;
        throw new TypeError("no such thing");
      },
    },
  });
  const engine = createEngine({
    detectors: [broken, reporter(() => "still here")],
    settings: {},
    windowWidth: 3600,
    live: false,
  });
  const count = FAILURES_UNTIL_REST + 10;
  const steps: Step[] = Array.from({ length: count }, (_, at) => ({
    clock: T,
    position: 2 * at,
    record: conn({ ts: T, uid: `C${at}`, orig_h: ALICE, resp_h: SERVER }),
    profile: ALICE,
    role: "client",
  }));
  const evidence = engine.process({ serial: 1, origin: T, clock: T, steps, last: true });
  assert.equal(evidence.length, count);
  assert.equal(calls, FAILURES_UNTIL_REST);
  assert.deepEqual(engine.health()[0], {
    name: "broken",
    failures: FAILURES_UNTIL_REST,
    firstFailure: "TypeError: no such thing",
    atRest: true,
  });
});

/** Sets a timer for every connection, and tells when it is called. */
const WAITING = defineDetector({
  ...reporter(() => "x"),
  name: "waiting",
  on: { conn: (record, context) => context.after(1800, record.uid) },
  timer(note, context) {
    context.raise({
      type: "connection_to_private_ip",
      threat: "low",
      confidence: 1,
      attacker: { direction: "src", kind: "ip", value: context.profile },
      description: String(note),
    });
  },
});

/** Each connection a second after the one before, from another address, when there is room for so many profiles. */
function flood(addresses: readonly string[], profiles: number): { told: string[]; timers: number } {
  const engine = createEngine({ detectors: [WAITING], settings: {}, windowWidth: 3600, live: true });
  const router = createRouter({ workers: 1, direction: "out", profiles, clientIps: [] });
  const steps: Step[] = [];
  for (const [at, orig_h] of addresses.entries()) {
    const record = conn({ ts: T + at / 1000, uid: `C${at}`, orig_h, resp_h: SERVER });
    router.route(record, record.ts, (_, step) => steps.push(step));
  }
  const batch = { origin: T, steps, serial: 1, clock: router.clock(), last: false };
  engine.process(batch);
  const timers = engine.counters()["timers"]!;
  const placed = engine.process({ ...batch, serial: 2, steps: [], last: true });
  return { told: placed.flatMap(({ evidence }) => evidence?.description ?? []), timers };
}

Deno.test("who makes up addresses has each forgotten, and what waits for it as well", () => {
  const addresses = Array.from({ length: 50_000 }, (_, n) => `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`);
  const { told, timers } = flood(addresses, 100);
  assert.ok(timers < 5000, `${timers} timers wait for 100 profiles`);
  assert.equal(told.length, 100);
});

Deno.test("a host that was forgotten and comes back hears nothing of what it waited for before", () => {
  assert.deepEqual(flood([ALICE, BOB, ALICE], 1).told, ["C2"]);
});

Deno.test("raising a type that the detector does not declare counts as its failure", () => {
  const liar = { ...reporter(() => "x"), raises: {} };
  assert.throws(() => watch([liar], [conn({ orig_h: ALICE, resp_h: SERVER })]), /does not declare/);
});

Deno.test("D25: in direction all each connection is judged once for either end, never twice for one", () => {
  const both: Detector = { ...reporter((record) => `${record.uid}`), roles: ["client", "server"] };
  const clientOnly = reporter((record) => `${record.uid}`);
  const story = [conn({ orig_h: ALICE, resp_h: BOB })];
  assert.equal(watch([clientOnly], story, { direction: "all" }).length, 1);
  assert.deepEqual(watch([both], story, { direction: "all" }).map(({ profile }) => profile), [ALICE, BOB]);
  assert.deepEqual(watch([both], story, { direction: "out" }).map(({ profile }) => profile), [ALICE]);
});

/** All that the frame offers at once: records, timers that set timers, marks, facts, windows. */
const EVERYTHING: Detector = defineDetector({
  name: "everything",
  summary: "",
  raises: unexplained("long_connection", "unknown_port", "data_upload"),
  settings: {},
  roles: ["client", "server"],
  memory: () => ({ uids: [] as string[] }),
  on: {
    conn(record, context) {
      context.memory.uids.push(record.uid);
      const attacker = { direction: "src", kind: "ip", value: context.profile } as const;
      context.raise({
        type: "long_connection",
        threat: "low",
        confidence: 0.5,
        attacker,
        description: `${context.memory.uids.length} as ${context.role}`,
      });
      context.after(1 + record.orig_p % 50, record.orig_p);
    },
  },
  timer(note, context) {
    const port = note as number;
    const attacker = { direction: "src", kind: "ip", value: context.profile } as const;
    const known = context.network.resolution(SERVER)?.names.length ?? 0;
    context.raise({
      type: "unknown_port",
      threat: "low",
      confidence: 0.5,
      attacker,
      description: `timer ${port}, ${known} names`,
    });
    if (port > 10) context.after(7, port >> 1);
  },
  windowClosed(context) {
    const attacker = { direction: "src", kind: "ip", value: context.profile } as const;
    context.raise({
      type: "data_upload",
      threat: "info",
      confidence: 1,
      attacker,
      description: `closed ${context.window}`,
    });
  },
});

/** Runs the stream over `workers` engines in batches of `size` steps, merged as main does it. */
function overWorkers(records: readonly AnyRecord[], workers: number, size: number): Evidence[] {
  const router = createRouter({ workers, direction: "all", profiles: 1000, clientIps: [] });
  const engines = Array.from(
    { length: workers },
    () => createEngine({ detectors: [EVERYTHING], settings: {}, windowWidth: 60, live: false }),
  );
  const merger = createMerger<PlacedEvidence>(workers, compareEvidence);
  const evidence: Evidence[] = [];
  let shares: Step[][] = engines.map(() => []);
  let serial = 0;
  const flush = (last: boolean): void => {
    serial++;
    for (const [worker, engine] of engines.entries()) {
      const batch: Batch = { serial, origin: router.origin(), clock: router.clock(), steps: shares[worker]!, last };
      evidence.push(...merger.add(worker, serial, engine.process(batch)).flatMap((placed) => placed.evidence ?? []));
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
  return evidence;
}

Deno.test("evidence is the same, ids and order included, with 1, 2, 3 or 8 workers and batches of any size", () => {
  const host = fc.integer({ min: 1, max: 6 }).map((last) => `192.168.1.${last}`);
  const step = fc.record({
    from: host,
    to: host,
    gap: fc.integer({ min: 0, max: 40 }),
    port: fc.integer({ min: 1, max: 200 }),
    dns: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (steps, size) => {
      let ts = T;
      const records = steps.map(({ from, to, gap, port, dns }, at): AnyRecord => {
        ts += gap;
        if (dns) {
          return {
            kind: "dns",
            ts,
            uid: `D${at}`,
            orig_h: from,
            orig_p: port,
            resp_h: to,
            resp_p: 53,
            proto: "udp",
            query: `name${port}.example.com`,
            answers: [SERVER],
          };
        }
        return conn({ ts, uid: `C${at}`, orig_h: from, resp_h: to, orig_p: port, duration: 0 });
      });
      const alone = overWorkers(records, 1, 1000);
      for (const workers of [1, 2, 3, 8]) assert.deepEqual(overWorkers(records, workers, size), alone);
    }),
    { numRuns: 40, seed: 7, endOnFailure: true },
  );
});
