// What was told is noted before it is told, and known to whoever goes on.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Alert } from "../../../agent/evidence/evidence.ts";
import { readLeft } from "../../../agent/resume/left.ts";
import { lockFolder, readRunFile, RUN_FORMAT, writeRunFile } from "../../../agent/resume/run-file.ts";
import { openTold, readMark } from "../../../agent/resume/told.ts";
import { evidenceOf } from "../evidence/evidence.ts";

const alert = { id: "a1", profile: "192.168.1.7", window: 1 } as Alert;
const never = (error: unknown): never => {
  throw error;
};

async function inFolder(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what was told is read again, with its time, the end of the input included; a fresh start knows nothing of it", async () => {
  await inFolder((folder) => {
    const first = openTold(folder, false, never);
    assert.deepEqual(first.past, []);
    const tellings = [
      { evidence: evidenceOf(), clock: 100 },
      { alert, clock: 100 },
      { evidence: evidenceOf({ count: 3, count_before: 1 }), clock: Infinity },
    ];
    for (const one of tellings) first.write(one);
    assert.equal(first.count(), 3);
    first.close();
    const second = openTold(folder, false, never);
    assert.deepEqual(
      second.past,
      JSON.parse(JSON.stringify(tellings)).map((one: object, at: number) => ({
        ...one,
        clock: tellings[at]!.clock,
      })),
    );
    assert.equal(second.count(), 3);
    second.close();
    const fresh = openTold(folder, true, never);
    assert.deepEqual([fresh.past, fresh.count()], [[], 0]);
    fresh.close();
  });
});

Deno.test("a line that was cut off is taken away, and the next stands in its place", async () => {
  await inFolder((folder) => {
    const first = openTold(folder, false, never);
    first.write({ alert, clock: 1 });
    first.close();
    Deno.writeTextFileSync(join(folder, "told"), '{"alert":{"id":"a2', { append: true });
    const second = openTold(folder, false, never);
    second.write({ alert: { ...alert, id: "a3" }, clock: 2 });
    second.close();
    const third = openTold(folder, false, never);
    assert.deepEqual(third.past.map((one) => "alert" in one ? one.alert.id : ""), ["a1", "a3"]);
    third.close();
  });
});

Deno.test("what was told so long ago that it is forgotten is still counted", async () => {
  await inFolder((folder) => {
    const long = { evidence: evidenceOf({ description: "x".repeat(1_000_000) }), clock: 1 };
    const first = openTold(folder, false, never);
    for (let at = 0; at < 80; at++) first.write(long);
    first.close();
    const second = openTold(folder, false, never);
    assert(second.past.length < 80 && second.past.length >= 32, String(second.past.length));
    assert.equal(second.forgotten.evidence + second.past.length, 80);
    assert.equal(second.count(), 80);
    second.close();
  });
});

Deno.test("the mark is the newest one that was set, also before any traffic", async () => {
  await inFolder((folder) => {
    assert.equal(readMark(folder), undefined);
    const told = openTold(folder, false, never);
    for (const clock of [-Infinity, 50]) {
      const mark = { at: 10, clock, origin: clock === 50 ? 40 : NaN, told: 7, sizes: { "alerts/alerts.log": 123 } };
      told.setMark(mark);
      assert.deepEqual(readMark(folder), mark);
    }
    told.close();
  });
});

Deno.test("whether a run can go on: not after too long, not with other windows, not from another version; each is said", async () => {
  await inFolder((folder) => {
    const options = { windowWidth: 3600, now: 10_000, oldest: 7200 };
    assert.deepEqual(readLeft(folder, options), { why: undefined });
    const run = { format: RUN_FORMAT, run: "r", began: 1, windowWidth: 3600, output: "/out" } as const;
    writeRunFile(folder, run);
    assert.match(readLeft(folder, options).why!.sentence, /no word of how far/);
    const told = openTold(folder, false, never);
    told.setMark({ at: 9000, clock: 8000, origin: 1, told: 0, sizes: {} });
    told.close();
    assert.deepEqual(readLeft(folder, options).run, run);
    assert.match(
      readLeft(folder, { ...options, now: 20_000 }).why!.sentence,
      /ended 3\.1 hours ago, more than 2\.0 hours/,
    );
    assert.match(
      readLeft(folder, { ...options, windowWidth: Infinity }).why!.sentence,
      /time windows have another width/,
    );
    Deno.writeTextFileSync(join(folder, "run.json"), '{"format":99}');
    assert.match(readLeft(folder, options).why!.sentence, /another version of smartshield/);
    Deno.writeTextFileSync(join(folder, "run.json"), "no JSON");
    assert.equal(readRunFile(folder), undefined);
  });
});

Deno.test("two agents cannot write in one folder; when one has ended, the other can", async () => {
  await inFolder((folder) => {
    const one = lockFolder(folder);
    assert(one !== undefined);
    assert.equal(lockFolder(folder), undefined);
    one.close();
    const other = lockFolder(folder);
    assert(other !== undefined);
    other.close();
  });
});
