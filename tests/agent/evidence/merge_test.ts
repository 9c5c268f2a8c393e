// Shares of several workers, arriving in any order, come out in stream order.

import assert from "node:assert/strict";
import { createMerger } from "../../../agent/evidence/merge.ts";

const byNumber = (a: number, b: number): number => a - b;

Deno.test("a batch is held back until the slowest worker has judged it", () => {
  const merger = createMerger<number>(2, byNumber);
  assert.deepEqual(merger.add(0, 1, [3, 7]), []);
  assert.deepEqual(merger.add(0, 2, [12]), []);
  assert.deepEqual(merger.add(1, 1, [5]), [3, 5, 7]);
  assert.equal(merger.complete(), 1);
  assert.deepEqual(merger.add(1, 2, [11]), [11, 12]);
});

Deno.test("a batch that a replaced worker judges again counts once", () => {
  const merger = createMerger<number>(2, byNumber);
  merger.add(0, 1, [1]);
  assert.deepEqual(merger.add(0, 1, [1]), []);
  assert.deepEqual(merger.add(1, 1, []), [1]);
});
