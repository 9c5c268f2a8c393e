// When a run forgets, and how much: by a home that only says what it was asked for.

import assert from "node:assert/strict";
import { createRetaining } from "../../../agent/store/retaining.ts";
import type { Retention, Store } from "../../../agent/store/store.ts";
import { RUN } from "./suite.ts";

const DAY = 86_400;
const RETENTION = { seconds: 7 * DAY, bytes: 2 ** 30 };

/** A run and a home that has so much to forget, and takes as long for it as is said. */
function inScene() {
  const scene = {
    time: 0,
    left: 0,
    asked: [] as Retention[],
    failures: [] as unknown[],
    /** Ends what the home is asked for, where that takes its time. */
    end: undefined as (() => void) | undefined,
    takesTime: false,
    isAway: false,
    home: undefined as unknown as Store,
  };
  scene.home = {
    runs: () => Promise.resolve([RUN]),
    sensors: () => Promise.resolve([]),
    async retain(retention: Retention) {
      scene.asked.push(retention);
      if (scene.isAway) throw new Error("the connection was lost");
      if (scene.takesTime) await new Promise<void>((resolve) => scene.end = resolve);
      const gone = Math.min(scene.left, retention.most!);
      scene.left -= gone;
      return gone;
    },
  } as unknown as Store;
  const failed = (home: Store, error: unknown): Promise<void> => {
    assert.equal(home, scene.home);
    scene.failures.push(error);
    return Promise.resolve();
  };
  const retaining = createRetaining({ run: RUN.id, retention: RETENTION, clock: () => scene.time, failed });
  return { scene, retaining };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("after each writing somewhat more than was written may go, at once what is too much, in a minute what is too old", async () => {
  const { scene, retaining } = inScene();
  await retaining.after(scene.home, 20_000);
  await retaining.after(scene.home, 10);
  // Nothing was written, and nothing has to go.
  await retaining.after(scene.home, 0);
  await turn();
  assert.deepEqual(scene.asked, [
    { seconds: Infinity, bytes: RETENTION.bytes, most: 40_000 },
    { seconds: Infinity, bytes: RETENTION.bytes, most: 5000 },
  ]);
  scene.time = 61_000;
  await retaining.after(scene.home, 0);
  await retaining.after(scene.home, 0);
  await turn();
  assert.deepEqual(scene.asked.slice(2), [{ ...RETENTION, from: Infinity, most: 5000 }]);
});

Deno.test("as long as more has to go it goes on, also while nothing is written", async () => {
  const { scene, retaining } = inScene();
  scene.left = 12_000;
  await retaining.after(scene.home, 1);
  for (let second = 0; second < 5; second++) await retaining.after(scene.home, 0);
  assert.equal(scene.left, 0);
  assert.equal(scene.asked.length, 3);
});

Deno.test("a writing does not wait until a slow home has forgotten, the one after it does", async () => {
  const { scene, retaining } = inScene();
  scene.takesTime = true;
  await retaining.after(scene.home, 1000);
  let hasWaited = true;
  const next = retaining.after(scene.home, 1000).then(() => hasWaited = false);
  await turn();
  assert(hasWaited);
  assert.equal(scene.asked.length, 1);
  scene.end!();
  await next;
  await turn();
  assert.equal(scene.asked.length, 2);
});

Deno.test("at the end of a run all that has to goes, and what goes wrong is said", async () => {
  const { scene, retaining } = inScene();
  scene.left = 120_000;
  await retaining.finish(scene.home);
  assert.equal(scene.left, 0);
  assert.deepEqual(scene.asked.map(({ seconds, most }) => [seconds, most]), Array(3).fill([7 * DAY, 50_000]));
  scene.isAway = true;
  await retaining.after(scene.home, 1);
  await retaining.finish(scene.home);
  assert.equal(scene.failures.length, 2);
});
