// When a service was recognised, remembered in stretches: nothing is lost by them, and they stay few.

import assert from "node:assert/strict";
import { recognise, speaks, STRETCHES_KEPT } from "../../detectors/missing-service.ts";

const WAIT = 300;

/** Stretches from times, given in any order. */
function stretchesOf(times: readonly number[]): [number, number][] {
  const stretches: number[] = [];
  for (const ts of times) recognise(stretches, ts, 2 * WAIT);
  return Array.from({ length: stretches.length / 2 }, (_, n) => [stretches[2 * n]!, stretches[2 * n + 1]!]);
}

Deno.test("times up to ten minutes apart are one stretch, in whatever order they come", () => {
  const one: [number, number][] = [[0, 1800]];
  assert.deepEqual(stretchesOf([0, 600, 1200, 1800]), one);
  assert.deepEqual(stretchesOf([1800, 600, 0, 1200]), one);
  assert.deepEqual(stretchesOf([0, 1800, 600, 1200]), one);
  assert.deepEqual(stretchesOf([0, 601, 1202]), [[0, 0], [601, 601], [1202, 1202]]);
  assert.deepEqual(stretchesOf([1202, 0, 601, 300]), [[0, 601], [1202, 1202]]);
});

Deno.test("a stretch clears the same moments as the times it was made of", () => {
  // Times as a linear congruential generator (Numerical Recipes) gives them, shuffled by nature.
  let seed = 7;
  const random = (below: number) => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) % below;
  for (let round = 0; round < 200; round++) {
    const times = Array.from({ length: 1 + random(12) }, () => random(6000));
    const stretches = stretchesOf(times);
    for (let at = -400; at < 6400; at += 50) {
      const byTimes = times.some((ts) => Math.abs(ts - at) <= WAIT);
      const byStretches = stretches.some(([from, to]) => from <= at + WAIT && to >= at - WAIT);
      assert.equal(byStretches, byTimes, `${at} among ${times}`);
    }
  }
});

Deno.test("D41: the latest stretches are kept, the oldest go", () => {
  const stretches = stretchesOf(Array.from({ length: 1000 }, (_, n) => n * 1000));
  assert.equal(stretches.length, STRETCHES_KEPT);
  assert.deepEqual(stretches.at(-1), [999_000, 999_000]);
  assert.deepEqual(stretches[0], [(1000 - STRETCHES_KEPT) * 1000, (1000 - STRETCHES_KEPT) * 1000]);
});

Deno.test("a service is a word or a list of words", () => {
  assert.equal(speaks("ssl", "ssl"), true);
  assert.equal(speaks("ssl,http", "ssl"), true);
  assert.equal(speaks("http,ssl", "ssl"), true);
  assert.equal(speaks("http,spicy_ssl", "ssl"), false);
  assert.equal(speaks("ssl2", "ssl"), false);
  assert.equal(speaks("", "ssl"), false);
  assert.equal(speaks(undefined, "ssl"), false);
});
