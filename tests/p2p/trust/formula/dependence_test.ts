// Who makes the same mistakes counts once; who is right about the same hosts does not.

import assert from "node:assert/strict";
import {
  dependent,
  enterMistake,
  enterRightBlame,
  independentGroups,
  type SharedMistakes,
} from "../../../../p2p/trust/formula/dependence.ts";

const nothing = (): SharedMistakes => ({ mistakes: new Map(), pairs: new Map() });

Deno.test("one mistake in common is chance, two are a pattern", () => {
  const shared = nothing();
  enterMistake(shared, ["a", "b"]);
  assert.ok(!dependent(shared, "a", "b"));
  enterMistake(shared, ["b", "a"]);
  assert.ok(dependent(shared, "a", "b") && dependent(shared, "b", "a"));
  assert.ok(!dependent(shared, "a", "c"));
});

Deno.test("two that are wrong a lot, but seldom together, stay two", () => {
  const shared = nothing();
  for (let i = 0; i < 10; i++) {
    enterMistake(shared, ["a"]);
    enterMistake(shared, ["b"]);
  }
  for (let i = 0; i < 3; i++) enterMistake(shared, ["a", "b"]);
  assert.ok(!dependent(shared, "a", "b"));
});

Deno.test("a mistake that was none after all is taken back", () => {
  const shared = nothing();
  for (let i = 0; i < 2; i++) enterMistake(shared, ["a", "b"]);
  enterMistake(shared, ["a", "b"], -1);
  assert.ok(!dependent(shared, "a", "b"));
});

Deno.test("right blames make mistakes fade", () => {
  const shared = nothing();
  for (let i = 0; i < 3; i++) enterMistake(shared, ["a", "b"]);
  for (let i = 0; i < 30; i++) enterRightBlame(shared, "a");
  assert.ok(!dependent(shared, "a", "b"));
});

Deno.test("liars who belong together by way of others are one group", () => {
  const shared = nothing();
  for (let i = 0; i < 2; i++) {
    enterMistake(shared, ["a", "b"]);
    enterMistake(shared, ["b", "c"]);
  }
  const groups = independentGroups(shared, ["a", "c", "honest", "b"]).map((group) => group.toSorted().join(" "));
  assert.deepEqual(groups.toSorted(), ["a b c", "honest"]);
});

Deno.test("what is remembered of liars is bounded", () => {
  const shared = nothing();
  for (let i = 0; i < 3000; i++) enterMistake(shared, Array.from({ length: 40 }, (_, k) => `${i} ${k}`));
  assert.ok(shared.mistakes.size <= 1024);
  assert.ok(shared.pairs.size <= 4096);
});
