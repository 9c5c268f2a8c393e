// A log for each day, with yesterday's beside it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { openDailyLog } from "../../../agent/export/daily-log.ts";

const DAY = 86_400;

Deno.test("each day begins a new file; one past day is kept, older ones are not", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "p2p.log");
  let now = 20_000 * DAY + 100;
  const log = openDailyLog(path, () => now, (sentence) => assert.fail(sentence));
  log.line("first");
  now += DAY;
  log.line("second");
  now += 60;
  log.line("still the second");
  now += DAY;
  log.line("third");
  log.close();
  assert.equal(await Deno.readTextFile(path), "third\n");
  assert.equal(await Deno.readTextFile(`${path}.1`), "second\nstill the second\n");
  assert.deepEqual((await Array.fromAsync(Deno.readDir(directory))).length, 2);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a log that cannot be written is told once and ends no run", () => {
  const told: string[] = [];
  const log = openDailyLog("/nowhere/at/all/p2p.log", () => 0, (sentence) => told.push(sentence));
  for (let i = 0; i < 10; i++) log.line("x");
  log.flush();
  log.close();
  assert.deepEqual(told, ["Cannot write /nowhere/at/all/p2p.log: it does not exist."]);
});
