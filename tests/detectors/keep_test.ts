// Bounded maps: the newest stay, the oldest go.

import assert from "node:assert/strict";
import { keep } from "../../detectors/keep.ts";

Deno.test("a full map forgets its oldest eighth, and never holds more than its bound", () => {
  const map = new Map<number, string>();
  for (let n = 0; n < 16; n++) keep(map, n, "", 16);
  assert.equal(map.size, 16);
  keep(map, 16, "", 16);
  assert.deepEqual([...map.keys()], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  for (let n = 17; n < 1000; n++) {
    keep(map, n, "", 16);
    assert.ok(map.size <= 16);
    assert.ok(map.has(n) && map.has(n - 10));
  }
});

Deno.test("what is written again is the newest again", () => {
  const map = new Map([["a", 1], ["b", 2], ["c", 3], ["d", 4]]);
  keep(map, "a", 5, 4);
  keep(map, "e", 6, 4);
  assert.deepEqual([...map], [["c", 3], ["d", 4], ["a", 5], ["e", 6]]);
});

Deno.test("a bound of one holds the last", () => {
  const map = new Map<string, number>();
  for (const key of ["a", "b", "c"]) keep(map, key, 0, 1);
  assert.deepEqual([...map.keys()], ["c"]);
});
