// What is kept of a profile's evidence for the final account: numbers and one example per type, never the evidence itself.

import type { Evidence, EvidenceType } from "./evidence.ts";
import { POINTS } from "./levels.ts";

/** Evidence of one type on one profile in one time window, in numbers. */
export interface TypeAccount {
  type: EvidenceType;
  count: number;
  /** Traffic time of the first and the last, Unix seconds. */
  first: number;
  last: number;
  /** Threat level contributed by all of them, and by the one that contributed most. */
  total: number;
  highest: number;
  /** Description of the one that contributed most; of several such ones the latest, which tells how far it went. */
  example: string;
}

/** One time window of a profile that had an alert. */
export interface WindowAccount {
  window: number;
  /** Unix seconds; the end is Infinity with one window over everything. */
  start: number;
  end: number;
  alerts: number;
  /** The highest confidence among its alerts, 0..1. */
  confidence: number;
  /** The profile's own doings (attacker direction `src`), in the order in which each began. */
  evidence: TypeAccount[];
}

/** One profile that had an alert. */
export interface ProfileAccount {
  profile: string;
  hostname: string | undefined;
  alerts: number;
  /** Evidence on this profile in all windows, including what it only suffered (attacker direction `dst`). */
  evidence: number;
  windows: WindowAccount[];
}

/** Sums in points until they are read. */
export type TypeSums = Map<EvidenceType, TypeAccount>;

/** Characters kept of an example. Own choice: two lines of a wide terminal; longer sentences are cut by whoever shows them. */
const EXAMPLE_LENGTH = 400;

/** Adds one piece of evidence that contributed `points`. */
export function account(sums: TypeSums, evidence: Evidence, points: number): void {
  const { type, timestamp } = evidence;
  const sum = sums.get(type);
  const example = evidence.description.slice(0, EXAMPLE_LENGTH);
  if (sum === undefined) {
    const { count, since } = evidence;
    sums.set(type, { type, count, first: since, last: timestamp, total: points, highest: points, example });
    return;
  }
  sum.count += evidence.count - evidence.count_before;
  sum.first = Math.min(sum.first, evidence.since);
  sum.last = Math.max(sum.last, timestamp);
  sum.total += points;
  if (points >= sum.highest) {
    sum.highest = points;
    sum.example = example;
  }
}

/** The sums as threat levels, in the order in which each type began. */
export function readAccount(sums: TypeSums): TypeAccount[] {
  return [...sums.values()]
    .map((sum) => ({ ...sum, total: sum.total / POINTS, highest: sum.highest / POINTS }))
    .sort((a, b) => a.first - b.first);
}
