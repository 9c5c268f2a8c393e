// What a scorer is: evidence goes in, one piece after the other in stream order; alerts come out. There are two, which
// docs/decisions.md explains: `graded`, the default, and `reference`, the field's own arithmetic, to compare with.

import type { ProfileAccount } from "./account.ts";
import type { Alert, Evidence, EvidenceType, Repeat, ThreatLevel } from "./evidence.ts";
import { createGradedScorer, type Sensitivity } from "./graded.ts";
import { createReferenceScorer } from "./reference.ts";

export interface ScorerOptions {
  scorer: "graded" | "reference";
  /** Of the graded scorer. */
  sensitivity: Sensitivity;
  /** Of the reference: accumulated threat level per minute of window width that makes an alert. */
  thresholdPerMinute: number;
  /** Seconds; Infinity for one window over everything. */
  windowWidth: number;
  /** Unix seconds of the first record of the run; asked when there is an alert. */
  origin: () => number;
}

export interface Scored {
  /** What the evidence's profile and window have come to, in the scorer's own measure. */
  score: number;
  alert: Alert | undefined;
}

/** What was scored and what had to be forgotten. */
export interface ScoreCounts {
  evidence: number;
  by_type: Partial<Record<EvidenceType, number>>;
  by_level: Record<ThreatLevel, number>;
  /** Without updates of alerts. */
  alerts: number;
  /** Profiles with evidence, and with an alert, as far as they are still remembered. */
  profiles_with_evidence: number;
  profiles_with_alerts: number;
  /** The same finding told again. */
  duplicates: number;
  /** What went when a bound was reached. */
  profiles_forgotten: number;
  windows_forgotten: number;
  evidence_ids_forgotten: number;
}

export interface Scorer {
  /** Whether it wants to hear each repeat of evidence, and not only when the count is news. */
  readonly wantsRepeats: boolean;
  /** Other thresholds from now on; what was scored stays. */
  adjust(thresholds: Pick<ScorerOptions, "sensitivity" | "thresholdPerMinute">): void;
  /** What makes an alert, in the scorer's own measure. */
  threshold(): number;
  /** Takes the next evidence in stream order, or a new count of evidence that it has. */
  add(evidence: Evidence): Scored;
  /** Counts what came again. */
  repeat(repeat: Repeat): Scored;
  /** The profiles that had alerts, the first alerted one first. */
  account(): ProfileAccount[];
  counts(): ScoreCounts;
}

/** The scorer that the configuration asks for. */
export function createScorer(options: ScorerOptions): Scorer {
  return options.scorer === "graded" ? createGradedScorer(options) : createReferenceScorer(options);
}
