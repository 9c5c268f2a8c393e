// The tape's thread, a real one, written to as the dissector does and read as a run that goes on does.

import assert from "node:assert/strict";
import { createTaping, type Taping } from "../../../agent/dissect/taping.ts";
import { createBatchWriter, takeBatch, writeStep } from "../../../agent/profile/flat/batch.ts";
import type { Fact } from "../../../agent/profile/facts.ts";
import { startTape } from "../../../agent/resume/client.ts";
import type { Taped, TapeFound } from "../../../agent/resume/messages.ts";
import { conn } from "../../detectors/harness.ts";
import { until } from "../../until.ts";

const T = 1_700_000_000;
const KEPT = 1000;

interface Recorder {
  readonly taping: Taping;
  readonly found: TapeFound;
  readonly warnings: string[];
  /** Writes a batch of one record at this time. */
  write(at: number): void;
  close(): Promise<void>;
}

async function record(folder: string, fresh: boolean, facts: readonly Fact[] = []): Promise<Recorder> {
  const warnings: string[] = [];
  const tape = await startTape({ folder, fresh, keepSeconds: KEPT }, (sentence) => warnings.push(sentence));
  const taping = createTaping(tape.port, {
    segmentSeconds: KEPT / 8,
    snapshot: () => ({ origin: T, facts }),
    positions: () => [{ file: 1, done: 7 }],
  });
  let ordinal = 0;
  return {
    taping,
    found: tape.found,
    warnings,
    write(at) {
      const writer = createBatchWriter();
      const one = conn({ orig_h: "192.168.1.23", resp_h: "192.168.1.10", ts: T + at });
      writeStep(writer, { clock: T + at, position: ++ordinal, record: one, profile: one.orig_h, role: "client" });
      taping.write(takeBatch(writer, { serial: ordinal, origin: T, clock: T + at, last: false }));
    },
    async close() {
      await taping.finished();
      await tape.close();
      tape.port.close();
    },
  };
}

async function played(taping: Taping): Promise<Taped[]> {
  const all: Taped[] = [];
  for (let next = await taping.next(); next !== undefined; next = await taping.next()) all.push(next);
  return all;
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

const clocks = (all: readonly Taped[]): number[] =>
  all.flatMap(({ batch }) => batch === undefined ? [] : batch.clock - T);

Deno.test("what one run has written another plays, and a third plays what both have written", async () => {
  await inFolder(async (folder) => {
    const first = await record(folder, false);
    assert.deepEqual(await played(first.taping), []);
    for (const at of [1, 2, 3]) first.write(at);
    await first.close();
    const second = await record(folder, false, [
      { fact: "hostname", ip: "10.0.0.1", name: "pc" },
      { fact: "watching", since: T + 4 },
    ]);
    assert.deepEqual(second.found, {
      ...{ problem: undefined, records: 3, from: T, to: T + 3, isCut: false },
      positions: [{ file: 1, done: 7 }],
    });
    assert.deepEqual(clocks(await played(second.taping)), [1, 2, 3]);
    for (const at of [5, 6]) second.write(at);
    await second.close();
    const third = await record(folder, false);
    const all = await played(third.taping);
    assert.deepEqual(clocks(all), [1, 2, 3, 5, 6]);
    // Of what the second knew when it began, only that nobody had watched is not in the records.
    assert.deepEqual(all.flatMap(({ snapshot }) => snapshot?.facts ?? []), [{ fact: "watching", since: T + 4 }]);
    await third.close();
    const fresh = await record(folder, true);
    assert.deepEqual([fresh.found.records, await played(fresh.taping)], [0, []]);
    await fresh.close();
  });
});

Deno.test("what is older than what is to be kept goes, segment by segment; the first that is left says what was known", async () => {
  await inFolder(async (folder) => {
    const facts: Fact[] = [{ fact: "hostname", ip: "10.0.0.1", name: "pc" }];
    const first = await record(folder, true, facts);
    for (let at = 0; at <= 5000; at += 100) first.write(at);
    await first.close();
    const second = await record(folder, false);
    assert(second.found.isCut);
    const all = await played(second.taping);
    assert.deepEqual(all[0]!.snapshot?.facts, facts);
    const [oldest, newest] = [clocks(all)[0]!, clocks(all).at(-1)!];
    assert.equal(newest, 5000);
    assert(oldest <= newest - KEPT && oldest > newest - 1.5 * KEPT, String(oldest));
    await second.close();
  });
});

Deno.test("where nothing can be written it is said once, and when it can be again; what was before the gap is not played", async () => {
  await inFolder(async (folder) => {
    const first = await record(folder, true);
    first.write(1);
    await first.taping.finished();
    await Deno.remove(folder, { recursive: true });
    for (const at of [200, 400]) first.write(at);
    await until(() => first.warnings.length > 0);
    assert.match(first.warnings[0]!, /^The tape in .* cannot be written: .*\. Were the agent restarted now/);
    await first.taping.finished();
    await Deno.mkdir(folder);
    first.write(600);
    await until(() => first.warnings.length > 1);
    assert.deepEqual(first.warnings.slice(1), ["The tape can be written again."]);
    first.write(601);
    await first.close();
    const second = await record(folder, false);
    assert.deepEqual(clocks(await played(second.taping)), [600, 601]);
    assert(second.found.isCut);
    await second.close();
  });
});
