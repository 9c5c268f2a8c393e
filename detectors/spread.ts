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
  if (spread.uids.length < UIDS_KEPT) spread.uids.push(flow.uid);
  spreads.values += valuesKept(spread) - before;
  each.delete(key);
  each.set(key, spread);
  makeRoom(spreads);
  const count = countDistinct(spread);
  if (count < spread.nextReport) return undefined;
  if (count < report.first) spread.nextReport = report.first;
  else {
    spread.nextReport = Math.max(spread.nextReport, report.first);
    while (spread.nextReport <= count) spread.nextReport *= report.factor;
  }
  return spread;
}

function makeRoom<Key>(spreads: Spreads<Key>): void {
  const { each } = spreads;
  if (each.size <= SPREADS_KEPT && spreads.values <= VALUES_KEPT) return;
  for (const [key, spread] of each) {
    if (each.size <= SPREADS_KEPT * (1 - PART_FREED) && spreads.values <= VALUES_KEPT * (1 - PART_FREED)) return;
    each.delete(key);
    spreads.values -= valuesKept(spread);
  }
}
