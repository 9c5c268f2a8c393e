// What a scan looks like from either side: one port tried on many hosts, one host tried on many ports.

import { addDistinct, countDistinct, type Distinct, valuesKept } from "./distinct.ts";

/** What was tried at one port or on one host: the different hosts or ports, and the flows that did it. Plain data. */
export interface Spread extends Distinct {
  packets: number;
  /** Traffic time of the earliest flow, Unix seconds. */
  first: number;
  /** The count at which it is reported next. */
  nextReport: number;
  /** The first flows that reached something new. */
  uids: string[];
  /** How many more failed than what answered makes up for: never below 0, so that old answers excuse nothing new. */
  excess: number;
  /** Of the same kind, what answered lately; undefined when nobody asked for it. */
  answered: Distinct | undefined;
}

/** Spreads by port or by host, the one that grew last at the end. Plain data. */
export interface Spreads<Key> {
  each: Map<Key, Spread>;
  /** Values kept in all of them together. */
  values: number;
}

// Bounds on what is kept of one profile in one window; those that grew longest ago go first. Own choices: a scan of all
// ports of eight hosts at once, or of 4,096 hosts, in about 4 MB.
export const SPREADS_KEPT = 4096;
export const VALUES_KEPT = 131_072;
export const UIDS_KEPT = 10;
export const ANSWERS_KEPT = 1024;

/** When a spread is reported: once at `early` (0: not), at `first`, and then each time it has grown by `factor`. */
export interface Reports {
  readonly early: number;
  readonly first: number;
  readonly factor: number;
}

/** Part of a bound that is freed at once: dropping the oldest of a Map one by one is slow. */
const PART_FREED = 1 / 8;

/** Nothing tried yet. */
export function createSpreads<Key>(): Spreads<Key> {
  return { each: new Map(), values: 0 };
}

/**
 * Takes in a flow: `packets` more, and the thing tried, as a scattered number. The spread is returned when it has grown to
 * its next report (2 or more at first), which then moves on.
 */
export function widen<Key>(
  spreads: Spreads<Key>,
  key: Key,
  value: number,
  flow: { readonly ts: number; readonly uid: string },
  packets: number,
  report: Reports,
): Spread | undefined {
  const { each } = spreads;
  const spread = each.get(key);
  if (spread === undefined) {
    // Most hosts never get further than this, so it is kept small.
    each.set(key, {
      few: [value],
      many: undefined,
      level: 0,
      packets,
      first: flow.ts,
      nextReport: report.early >= 2 && report.early < report.first ? report.early : report.first,
      uids: [flow.uid],
      excess: 1,
      answered: undefined,
    });
    spreads.values++;
    makeRoom(spreads);
    return undefined;
  }
  spread.packets += packets;
  // Flows come in the order in which they end, so an earlier one may come later.
  spread.first = Math.min(spread.first, flow.ts);
  const before = valuesKept(spread);
  if (!addDistinct(spread, value)) return undefined;
  spread.excess++;
  if (spread.uids.length < UIDS_KEPT) spread.uids.push(flow.uid);
  spreads.values += valuesKept(spread) - before;
  each.delete(key);
  each.set(key, spread);
  makeRoom(spreads);
  const count = countDistinct(spread);
  if (count < spread.nextReport) return undefined;
  if (count < report.first) spread.nextReport = report.first;
  else {
    spread.nextReport = report.first;
    while (spread.nextReport <= count) spread.nextReport *= report.factor;
  }
  return spread;
}

/** Takes in that something of a kind answered, which makes up for so many others of it that did not. */
export function answer<Key>(spreads: Spreads<Key>, key: Key, value: number, failures: number): void {
  const spread = spreads.each.get(key);
  if (spread === undefined) return;
  let { answered } = spread;
  if (answered === undefined || valuesKept(answered) >= ANSWERS_KEPT) {
    spreads.values -= answered === undefined ? 0 : valuesKept(answered);
    answered = spread.answered = { few: [], many: undefined, level: 0 };
  }
  if (!addDistinct(answered, value)) return;
  spread.excess = Math.max(0, spread.excess - failures);
  spreads.values++;
  makeRoom(spreads);
}

/** The spread is to be reported at the next flow that reaches something new, not at the next step. */
export function postpone(spread: Spread): void {
  spread.nextReport = countDistinct(spread) + 1;
}

function makeRoom<Key>(spreads: Spreads<Key>): void {
  const { each } = spreads;
  if (each.size <= SPREADS_KEPT && spreads.values <= VALUES_KEPT) return;
  for (const [key, spread] of each) {
    if (each.size <= SPREADS_KEPT * (1 - PART_FREED) && spreads.values <= VALUES_KEPT * (1 - PART_FREED)) return;
    each.delete(key);
    spreads.values -= valuesKept(spread) + (spread.answered === undefined ? 0 : valuesKept(spread.answered));
  }
}
