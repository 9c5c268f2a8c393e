// Who lies together counts once. Honest peers are right about the same hosts, but seldom wrong about the same ones; shared
// mistakes are the sign of a common source (X. L. Dong, L. Berti-Equille, D. Srivastava, "Integrating Conflicting Data:
// The Role of Source Dependence", VLDB 2009).

import { makeRoom } from "../bounded.ts";

/** Wrong blames by machine, fading with each right one, and by pair of machines. */
export interface SharedMistakes {
  mistakes: Map<string, number>;
  /** By both names, the smaller first, with a line break between. */
  pairs: Map<string, number>;
}

/** Pairs remembered, and machines; the oldest go first. */
const PAIRS = 4096;
const MACHINES = 1024;
/** Of those that were wrong about one host, so many are paired with each other. */
const PAIRED = 32;
/** Shared mistakes from which on two are taken for one, and the share of all their mistakes that these must be. */
const SHARED = 2;
const SHARE = 0.5;

/** What a right blame leaves of the mistakes of a machine. */
const FORGIVEN = 0.97;

/** Enters that these machines wrongly blamed the same host; with `change` -1, that it was not wrong after all. */
export function enterMistake(state: SharedMistakes, machines: readonly string[], change: 1 | -1 = 1): void {
  const wrong = [...new Set(machines)].sort().slice(0, PAIRED);
  for (const machine of wrong) count(state.mistakes, machine, MACHINES, change);
  for (const [i, first] of wrong.entries()) {
    for (const second of wrong.slice(i + 1)) count(state.pairs, `${first}\n${second}`, PAIRS, change);
  }
}

/** Enters that a machine blamed an attacker before we knew. */
export function enterRightBlame(state: SharedMistakes, machine: string): void {
  const mistakes = state.mistakes.get(machine);
  if (mistakes !== undefined) state.mistakes.set(machine, FORGIVEN * mistakes);
}

/** Whether two machines are wrong so often together that they count as one. */
export function dependent(state: SharedMistakes, first: string, second: string): boolean {
  const ofFirst = state.mistakes.get(first) ?? 0, ofSecond = state.mistakes.get(second) ?? 0;
  if (ofFirst < SHARED || ofSecond < SHARED) return false;
  const shared = state.pairs.get(first < second ? `${first}\n${second}` : `${second}\n${first}`) ?? 0;
  return shared >= SHARED && shared >= SHARE * (ofFirst + ofSecond - shared);
}

/** These machines in groups of those that belong together, directly or by way of others. */
export function independentGroups(state: SharedMistakes, machines: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const machine of machines) {
    if ((state.mistakes.get(machine) ?? 0) < SHARED) {
      groups.push([machine]);
      continue;
    }
    const related = groups.filter((group) => group.some((other) => dependent(state, machine, other)));
    for (const group of related) groups.splice(groups.indexOf(group), 1);
    groups.push([...related.flat(), machine]);
  }
  return groups;
}

/** Changes a count, which is never negative; a new key at the bound puts out the oldest. */
function count(counts: Map<string, number>, key: string, bound: number, change: 1 | -1): void {
  const known = counts.get(key);
  if (known === undefined) makeRoom(counts, bound);
  const changed = (known ?? 0) + change;
  if (changed > 0) counts.set(key, changed);
  else counts.delete(key);
}
