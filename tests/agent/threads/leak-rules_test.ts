// Which of the user's rules stay in use when a search for leaks does not come back.

import assert from "node:assert/strict";
import { ALL_RULES, FIRST_FILE } from "../../../agent/dissect/leaks/messages.ts";
import { planAfter, type RulePlan } from "../../../agent/threads/leak-rules.ts";

const NONE_REFUSED: ReadonlySet<string> = new Set();

function beginWith(...names: string[]): RulePlan {
  return { files: names.map((name) => ({ name, source: "" })), isOneByOne: false, guilty: 0 };
}

const names = (files: readonly { name: string }[]): string[] => files.map(({ name }) => name);

Deno.test("when all together hang they are tried one by one, and without the one that hangs all together again", () => {
  const { plan, leftOut } = planAfter(beginWith("a", "b", "c"), ALL_RULES, NONE_REFUSED);
  assert.deepEqual([plan!.isOneByOne, names(plan!.files), leftOut], [true, ["a", "b", "c"], []]);
  const then = planAfter(plan!, FIRST_FILE + 1, NONE_REFUSED);
  assert.deepEqual([then.plan!.isOneByOne, names(then.plan!.files), names(then.leftOut)], [false, ["a", "c"], ["b"]]);
});

Deno.test("a file that hangs where it is compiled needs no second try", () => {
  const { plan, leftOut } = planAfter(beginWith("a", "b"), -FIRST_FILE, NONE_REFUSED);
  assert.deepEqual([names(plan!.files), names(leftOut)], [["b"], ["a"]]);
});

Deno.test("files that were refused are not tried again, and are under no suspicion", () => {
  const { plan, leftOut } = planAfter(beginWith("a", "b", "c"), ALL_RULES, new Set(["a", "c"]));
  assert.deepEqual([names(plan!.files), names(leftOut)], [[], ["b"]]);
});

Deno.test("built-in rules that hang are the end", () => {
  assert.equal(planAfter(beginWith(), ALL_RULES, NONE_REFUSED).plan, undefined);
  const oneByOne = { ...beginWith("a"), isOneByOne: true };
  assert.equal(planAfter(oneByOne, ALL_RULES, NONE_REFUSED).plan, undefined);
});

Deno.test("a folder in which every file hangs costs a few tries, not one for each", () => {
  let plan: RulePlan | undefined = beginWith(...Array.from({ length: 100 }, (_, i) => `${i}.yar`));
  let tries = 0;
  while (plan !== undefined && plan.files.length > 0) {
    plan = planAfter(plan, plan.isOneByOne ? FIRST_FILE : ALL_RULES, NONE_REFUSED).plan;
    tries++;
  }
  assert.deepEqual(plan?.files, []);
  assert.equal(tries, 6);
});

Deno.test("a thread that dies in no call, also one by one, goes on with the built-in rules alone", () => {
  const first = planAfter(beginWith("a", "b"), 0, NONE_REFUSED);
  const second = planAfter(first.plan!, 0, NONE_REFUSED);
  assert.deepEqual([names(second.plan!.files), names(second.leftOut)], [[], ["a", "b"]]);
  assert.equal(planAfter(second.plan!, 0, NONE_REFUSED).plan, undefined);
});
