// A run that is cut somewhere and taken up: whatever it had told, and whatever of its last records was lost with it, in the
// end it has told what one has told that nobody cut, in the same order.

import assert from "node:assert/strict";
import fc from "fast-check";
import { createDissector, DEFAULT_SETTINGS } from "../../../agent/dissect/dissector.ts";
import { createRecordKeeper } from "../../../agent/dissect/kept-records.ts";
import { replay } from "../../../agent/dissect/replay.ts";
import type { Taping } from "../../../agent/dissect/taping.ts";
import type { Evidence } from "../../../agent/evidence/evidence.ts";
import type { Step } from "../../../agent/profile/batch.ts";
import { ALL_WORKERS, createRouter } from "../../../agent/profile/router.ts";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import type { Taped } from "../../../agent/resume/messages.ts";
import { createNews, type News } from "../../../agent/resume/news.ts";
import type { Telling } from "../../../agent/resume/told.ts";
import { compareEvidence, createEngine } from "../../../detectors/engine.ts";
import { DETECTORS } from "../../../detectors/index.ts";
import { fromClient, fromServer, network } from "../../craft/craft.ts";

interface Known {
  readonly record: AnyRecord;
  /** The source's clock when it came out. */
  readonly now: number;
}

/** What comes out of an office in which somebody scans, logs in again and again, and looks for names that are not there. */
function office(): Known[] {
  const records: Known[] = [];
  const net = network();
  const [server, web] = [net.host("server", "192.168.1.10"), net.host("www.example.com", "93.184.216.34")];
  const bad = net.host("bad-pc", "192.168.1.66");
  for (let last = 20; last < 26; last++) {
    const pc = net.host(`pc-${last}`, `192.168.1.${last}`);
    net.arp(pc, net.gateway);
    net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
    net.http(pc, web, { exchanges: [{ method: "GET", uri: "/", response: { status: 200, body: "hello" } }] });
    for (let port = 0; port < 15; port++) net.tcp(bad, server, 1000 + 40 * last + port, { outcome: "REJ" });
    for (let port = 0; port < 5; port++) net.tcp(pc, net.host("", `203.0.113.${last}`), 4449 + 7 * last + port, {});
    net.tcp(bad, server, 666, { steps: [fromClient("hello"), fromServer(100)] });
    for (let name = 0; name < 12; name++) net.dns(bad, `q${name}x${last}.example.net`, { rcode: "NXDOMAIN" });
  }
  const dissector = createDissector({
    emit: (record, now) => records.push({ record, now }),
    settings: DEFAULT_SETTINGS,
  });
  for (const { data, length, seconds, nanoseconds } of net.packets()) {
    dissector.frame(data, 0, data.length, length, seconds + nanoseconds / 1e9, 1);
  }
  dissector.finish();
  return records;
}

/** From records to what is told, as the threads do it, with a tape that is kept in memory. */
function life(workers: number, recordsInBatch: number, news: News | undefined) {
  const told: Telling[] = [];
  const taped: Taped[] = [{ snapshot: { origin: NaN, clock: -Infinity, facts: [] } }];
  const router = createRouter({ workers, direction: "out", profiles: 1000, clientIps: [] });
  const engines = Array.from(
    { length: workers },
    () => createEngine({ detectors: DETECTORS, settings: {}, windowWidth: 60, live: true }),
  );
  const taping: Pick<Taping, "isIdle" | "write"> = {
    isIdle: () => true,
    write: (batch) => void taped.push({ batch, positions: [] }),
  };
  const keeper = createRecordKeeper({ store: undefined, taping: taping as Taping, live: true });
  let steps: Step[][] = engines.map(() => []);
  let serial = 0;
  let waiting = 0;
  const push = (worker: number, step: Step): void => {
    if (worker === ALL_WORKERS) { for (const share of steps) share.push(step); }
    else steps[worker]!.push(step);
  };

  function flush(last: boolean): void {
    serial++;
    waiting = 0;
    keeper.send({ origin: router.origin(), clock: router.clock() }, false);
    const batch = { serial, origin: router.origin(), clock: router.clock(), last };
    const placed = engines.flatMap((engine, worker) => engine.process({ ...batch, steps: steps[worker]! }));
    steps = engines.map(() => []);
    for (const { evidence, clock } of placed.sort(compareEvidence)) {
      const fresh = evidence === undefined || news === undefined ? evidence : news.evidence(evidence, clock);
      if (fresh !== undefined) told.push({ evidence: fresh, clock });
    }
  }

  return {
    told,
    taped,
    live(records: readonly Known[], last: boolean): void {
      for (const { record, now } of records) {
        router.route(record, now, push);
        keeper.take(record, router.profileOf(record), router.clock());
        if (++waiting === recordsInBatch) flush(false);
      }
      if (waiting > 0 || last) flush(last);
    },
    async takeUp(tape: readonly Taped[]): Promise<void> {
      const left = [...tape];
      const playing = { next: () => Promise.resolve(left.shift()) } as unknown as Taping;
      await replay(playing, router, push, {
        record(record, now, ordinal) {
          router.route(record, now, push);
          keeper.again(record, router.profileOf(record), ordinal, Infinity);
          if (++waiting === recordsInBatch) flush(false);
        },
        passed: () => Promise.resolve(),
      });
      if (waiting > 0) flush(false);
      news!.live();
    },
  };
}

const counted = ({ id, count, count_before }: Evidence): string => `${id} ${count} ${count_before}`;
const evidenceOf = (told: readonly Telling[]): string[] =>
  told.flatMap((one) => "evidence" in one ? counted(one.evidence) : []);
const stepsOn = (taped: readonly Taped[]): number => taped.reduce((sum, { batch }) => sum + (batch?.steps ?? 0), 0);

Deno.test("cut anywhere and taken up, with any number of workers, a run tells what one tells that was not cut", async () => {
  const records = office();
  const whole = life(1, 64, undefined);
  whole.live(records, true);
  assert(whole.told.length > 30 && records.length > 150, `${whole.told.length} of ${records.length}`);
  const cuts = fc.record({
    cut: fc.nat(records.length),
    /** Batches that were not on the tape yet, and of what was found, how much had not been told. */
    lost: fc.nat(3),
    untold: fc.nat(4),
    workers: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    batches: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
  });
  await fc.assert(
    fc.asyncProperty(cuts, async ({ cut, lost, untold, workers, batches }) => {
      const first = life(workers[0], batches[0], undefined);
      first.live(records.slice(0, cut), false);
      const past = first.told.slice(0, Math.max(0, first.told.length - untold));
      const tape = first.taped.slice(0, Math.max(1, first.taped.length - lost));
      const second = life(workers[1], batches[1], createNews({ past, clock: -Infinity, isCut: false }));
      await second.takeUp(tape);
      second.live(records.slice(stepsOn(tape)), true);
      assert.deepEqual(evidenceOf([...past, ...second.told]), evidenceOf(whole.told));
      assert.equal(stepsOn(tape) + stepsOn(second.taped), records.length);
    }),
    { numRuns: 40 },
  );
});

Deno.test("an orderly end says how often everything was found so far; what goes on adds to that and repeats nothing", async () => {
  const records = office();
  const middle = Math.floor(records.length / 2);
  const first = life(2, 16, undefined);
  first.live(records.slice(0, middle), true);
  const second = life(2, 16, createNews({ past: first.told, clock: -Infinity, isCut: false }));
  await second.takeUp(first.taped);
  assert.deepEqual(second.told, []);
  second.live(records.slice(middle), true);
  const all = [...first.told, ...second.told];
  assert.equal(new Set(evidenceOf(all).map((one) => one.split(" ").slice(0, 2).join(" "))).size, all.length);
  const whole = life(1, 64, undefined);
  whole.live(records, true);
  const last = (told: readonly Telling[]): Map<string, number> =>
    new Map(told.flatMap((one) => "evidence" in one ? [[one.evidence.id, one.evidence.count]] : []));
  for (const [id, count] of last(whole.told)) assert.equal(last(all).get(id), count);
  // What each telling adds makes up the whole.
  const sums = new Map<string, number>();
  for (const one of all) {
    if (!("evidence" in one)) continue;
    const { id, count, count_before } = one.evidence;
    assert.equal(sums.get(id) ?? 0, count_before, id);
    sums.set(id, count);
  }
});

Deno.test("where the beginning of the tape is gone, what detectors tell again of the time before is not told", () => {
  const evidence = { id: "a", count: 1, count_before: 0 } as Evidence;
  const cut = createNews({ past: [], clock: 100, isCut: true });
  assert.equal(cut.evidence(evidence, 99), undefined);
  assert.equal(cut.evidence(evidence, 100), evidence);
  cut.live();
  assert.equal(cut.evidence(evidence, 99), evidence);
  assert.equal(createNews({ past: [], clock: 100, isCut: false }).evidence(evidence, 99), evidence);
});
