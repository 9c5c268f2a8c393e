// What is kept of a profile's evidence for alerts and for the final account: numbers and one example per type, never the
// evidence itself.

import type { Evidence, EvidenceType, HostContext } from "./evidence.ts";
import { MEANINGS, type Stage } from "./stages.ts";

/** Evidence of one type on one profile in one time window, in numbers. */
export interface TypeAccount {
  type: EvidenceType;
  stage: Stage;
  /** ATT&CK technique id. */
  technique: string;
  count: number;
  /** Traffic time of the first and the last, Unix seconds. */
  first: number;
  last: number;
  /** What all of them weigh in the score, and the one that weighs most (in the reference: threat level). */
  total: number;
  highest: number;
  /** Description of the one that weighs most; of several such ones the latest, which tells how far it went. */
  example: string;
  /** The other host of the example, where anything is known of it. */
  other?: OtherHost;
}

/** The host at the other end of a finding, and what is known of it. */
export interface OtherHost {
  readonly value: string;
  readonly context: HostContext;
}

/** One stage of an attack, as far as a window shows it. */
export interface StageAccount {
  stage: Stage;
  /** Traffic time, Unix seconds. */
  first: number;
  last: number;
  /** The findings that weighed most, weightiest first. */
  findings: readonly TypeAccount[];
  /** Further types of findings. */
  more: number;
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

/** Sums of one window by type. */
export type TypeSums = Map<EvidenceType, TypeAccount>;

/** Characters kept of an example. Own choice: two lines of a wide terminal; longer sentences are cut by whoever shows them. */
const EXAMPLE_LENGTH = 400;
/** Findings named for each stage of an alert. Own choice: what one can take in at once. */
const FINDINGS_NAMED = 2;

/** The entry of a type, with this evidence counted; what it weighs is the scorer's to say. */
export function count(sums: TypeSums, evidence: Evidence): TypeAccount {
  const { type, timestamp, since } = evidence;
  let sum = sums.get(type);
  if (sum === undefined) {
    const { stage, technique } = MEANINGS[type];
    const example = evidence.description.slice(0, EXAMPLE_LENGTH);
    sum = { type, stage, technique, count: 0, first: since, last: timestamp, total: 0, highest: 0, example };
    sums.set(type, sum);
  }
  sum.count += evidence.count - evidence.count_before;
  sum.first = Math.min(sum.first, since);
  sum.last = Math.max(sum.last, timestamp);
  return sum;
}

/** Takes the evidence as the example of its type, if none weighs more. */
export function exemplify(sum: TypeAccount, evidence: Evidence, weight: number): void {
  if (weight < sum.highest) return;
  sum.highest = weight;
  sum.example = evidence.description.slice(0, EXAMPLE_LENGTH);
  const { victim, context } = evidence;
  if (victim !== undefined && context?.victim !== undefined) {
    sum.other = { value: victim.value, context: context.victim };
  } else delete sum.other;
}

/** The sums in the order in which each type began. */
export function readAccount(sums: TypeSums): TypeAccount[] {
  return [...sums.values()].sort((a, b) => a.first - b.first || (a.type < b.type ? -1 : 1));
}

/** The stages that weigh anything, in the order in which they began, each with the findings that decided it. */
export function stagesOf(sums: Iterable<TypeAccount>): StageAccount[] {
  const stages = new Map<Stage, TypeAccount[]>();
  for (const sum of sums) {
    if (sum.total > 0) stages.set(sum.stage, [...stages.get(sum.stage) ?? [], { ...sum }]);
  }
  return [...stages].map(([stage, types]) => {
    const ordered = types.sort((a, b) => b.total - a.total || a.first - b.first || (a.type < b.type ? -1 : 1));
    return {
      stage,
      first: Math.min(...ordered.map(({ first }) => first)),
      last: Math.max(...ordered.map(({ last }) => last)),
      findings: ordered.slice(0, FINDINGS_NAMED),
      more: Math.max(0, ordered.length - FINDINGS_NAMED),
    };
  }).sort((a, b) => a.first - b.first || (a.stage < b.stage ? -1 : 1));
}
