// With which rules leaks are looked for: with the user's as long as they let the search go on. A file that takes too long,
// or breaks the engine, is found by trying them one by one, and left out.

import { ALL_RULES, FIRST_FILE, type RuleFile } from "../dissect/leaks/messages.ts";

/** Finding one file costs time, twice what a call may take; with the third one all are left out. Own choice. */
const MOST_GUILTY = 3;

export interface RulePlan {
  /** Files beside the built-in rules. */
  readonly files: readonly RuleFile[];
  /** Each in a call of its own, so that it is seen which one it is. */
  readonly isOneByOne: boolean;
  /** How often files were left out. */
  readonly guilty: number;
}

export interface NextPlan {
  /** How to go on; undefined when even the built-in rules alone do not get through. */
  readonly plan: RulePlan | undefined;
  /** Files that are left out from now on. */
  readonly leftOut: readonly RuleFile[];
}

/**
 * What to do when the thread did not come back from a call, or broke down in it. `call` is its number
 * (agent/dissect/leaks/messages.ts), 0 for none; `refused` are the names of files that the thread has not used anyway.
 */
export function planAfter(
  { files, isOneByOne, guilty }: RulePlan,
  call: number,
  refused: ReadonlySet<string>,
): NextPlan {
  const used = files.filter(({ name }) => !refused.has(name));
  const number = Math.abs(call);
  if (used.length === 0 || (isOneByOne && number === ALL_RULES)) return { plan: undefined, leftOut: [] };
  const called = files[number - FIRST_FILE] ?? (used.length === 1 ? used[0] : undefined);
  if (called === undefined && !isOneByOne) return { plan: { files: used, isOneByOne: true, guilty }, leftOut: [] };
  const leftOut = called === undefined || guilty + 1 === MOST_GUILTY ? used : [called];
  const left = used.filter((file) => !leftOut.includes(file));
  return { plan: { files: left, isOneByOne: false, guilty: guilty + 1 }, leftOut };
}
