// A memory with a bound: what is written stays, what was written longest ago goes.

import assert from "node:assert/strict";
import { BoundedMap } from "../../../agent/profile/bounded-map.ts";

function hosts(...names: string[]): BoundedMap<string, number> {
  const map = new BoundedMap<string, number>(3);
  for (const [at, name] of names.entries()) map.set(name, at);
  return map;
}

Deno.test("the entry written longest ago goes first, and is counted", () => {
  const map = hosts("a", "b", "c", "d");
  assert.deepEqual([...map.entries()], [["d", 3], ["c", 2], ["b", 1]]);
  assert.equal(map.dropped, 1);
  assert.equal(map.size, 3);
  assert.equal(map.has("a"), false);
});

Deno.test("writing renews an entry, looking at it does not", () => {
  const map = hosts("a", "b", "c");
  map.set("a", 10);
  assert.equal(map.get("b"), 1);
  map.set("d", 3);
  assert.deepEqual([...map.entries()], [["d", 3], ["a", 10], ["c", 2]]);
  assert.equal(map.use("c", () => 99), 2);
  assert.equal(map.use("e", () => 99), 99);
  assert.deepEqual([...map.entries()], [["e", 99], ["c", 2], ["d", 3]]);
  assert.equal(map.oldest(), "d");
});

Deno.test("what is deleted leaves room, wherever in the order it stood, and is not counted as dropped", () => {
  for (const name of ["a", "b", "c"]) {
    const map = hosts("a", "b", "c");
    assert(map.delete(name));
    assert.equal(map.delete(name), false);
    map.set("d", 3);
    const left = ["d", "c", "b", "a"].filter((each) => each !== name);
    assert.deepEqual([...map.entries()].map(([key]) => key), left);
    assert.equal(map.oldest(), left.at(-1));
    assert.equal(map.dropped, 0);
  }
  const map = hosts("a");
  map.delete("a");
  assert.equal(map.oldest(), undefined);
  assert.equal(map.size, 0);
});
