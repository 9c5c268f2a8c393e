// Folding: repeats of one finding are one piece of evidence with a count, told again only when the count says something
// new. Two thousand connections to one strange port are one thing to know, not two thousand lines to read.
//
// It happens here, beside the detectors, so that little crosses to main; and as all findings of a profile are raised by
// one worker, the result is the same with any number of workers.

import {
  type Evidence,
  type Finding,
  type Repeat,
  THREAT_LEVELS,
  VICTIMS_COUNTED,
} from "../agent/evidence/evidence.ts";

/** One finding that may come again, as it stands. */
export interface Fold {
  /** With the count so far, the newest sentence, the highest threat level and confidence. */
  readonly evidence: Evidence;
  /** The confidence that was told last. */
  toldConfidence: number;
  /** Victims told apart; see `VICTIMS_COUNTED`. */
  readonly victims: Set<string>;
  /** The records of the newest. */
  newest: readonly string[];
}

/** The folds of one profile's window, by detector, type, receiving profile, window and fold key. */
export interface Folds {
  byKey: Map<string, Fold>;
  /** Different keys for each detector and type. */
  keys: Map<string, number>;
}

/**
 * Kinds of one finding kept apart in one window of a profile; all further ones are one more, whose count is theirs
 * together. Own choice: nobody reads more lines than that about one host's hour.
 */
export const KINDS_KEPT = 128;
/** Records that one folded finding points to: the first ones. Own choice; the logs have all. */
export const UIDS_KEPT = 32;
/** A confidence that rises by this much is news. Own choice: what makes a reader think differently of it. */
const CONFIDENCE_RISE = 0.1;

/** No folds yet. */
export function createFolds(): Folds {
  return { byKey: new Map(), keys: new Map() };
}

/**
 * The counts at which a finding is told again: 2, 5, 10, 20, 50, … (the 1-2-5 series: each at least doubles what was known,
 * and n repeats make at most 3·log10(n) + 1 lines); what is only informational at 100, 10,000, …, as nothing depends on
 * it.
 */
export function isNews(count: number, informational: boolean): boolean {
  const step = informational ? 100 : 10;
  let lead = count;
  while (lead >= step && lead % step === 0) lead /= step;
  return lead === 1 || !informational && (lead === 2 || lead === 5);
}

/** The place of a finding among the folds: its own key, or that of all further kinds when there are too many. */
export function foldKey(
  folds: Folds,
  detector: number,
  profile: string,
  window: number,
  finding: Finding,
  whitelisted = false,
): { key: string; mixed: boolean } {
  const kind = kindOf(detector, finding.type, finding.attacker.direction, window, whitelisted);
  const key = `${kind}${profile} ${finding.fold}`;
  if (folds.byKey.has(key)) return { key, mixed: false };
  const kinds = folds.keys.get(kind) ?? 0;
  return kinds < KINDS_KEPT ? { key, mixed: false } : { key: `${kind}*`, mixed: true };
}

/** What is whitelisted is never folded with what is not: its repeats would hide the others', or theirs would count. */
function kindOf(
  detector: number,
  type: string,
  direction: string,
  window: number,
  whitelisted: boolean,
): string {
  return `${detector} ${type} ${direction} ${window} ${whitelisted ? "whitelisted " : ""}`;
}

/** Remembers a finding that came for the first time. */
export function beginFold(folds: Folds, key: string, detector: number, evidence: Evidence): void {
  const { type, attacker, window, whitelisted } = evidence;
  const kind = kindOf(detector, type, attacker.direction, window, whitelisted !== undefined);
  folds.keys.set(kind, (folds.keys.get(kind) ?? 0) + 1);
  const victims = new Set<string>();
  if (evidence.victim !== undefined) victims.add(evidence.victim.value);
  // A copy: what was told must not change any more.
  folds.byKey.set(key, {
    evidence: { ...evidence, count_before: evidence.count, uids: evidence.uids.slice(0, UIDS_KEPT) },
    toldConfidence: evidence.confidence,
    victims,
    newest: evidence.uids,
  });
}

/** The finding as it came this time, and when. */
export interface Occurrence {
  finding: Finding;
  timestamp: number;
  uids: readonly string[];
  confidence: number;
}

/** Whether this is the very finding that came last, told twice (a record in two logs, an answer listed twice). */
export function isSame({ evidence, newest }: Fold, { finding, timestamp, uids }: Occurrence): boolean {
  return evidence.timestamp === timestamp && evidence.description === finding.description &&
    uids.every((uid) => newest.includes(uid));
}

/** Counts a repeat; the evidence to tell when that is news. */
export function countRepeat(fold: Fold, { finding, timestamp, uids, confidence }: Occurrence): Evidence | undefined {
  const { evidence, victims } = fold;
  fold.newest = uids;
  evidence.count++;
  evidence.since = Math.min(evidence.since, timestamp);
  evidence.timestamp = Math.max(evidence.timestamp, timestamp);
  evidence.description = finding.description;
  evidence.attacker = finding.attacker;
  evidence.victim = finding.victim;
  evidence.proto = finding.proto;
  evidence.src_port = finding.src_port;
  evidence.dst_port = finding.dst_port;
  if (finding.victim !== undefined && victims.size < VICTIMS_COUNTED) {
    victims.add(finding.victim.value);
    evidence.victims = victims.size;
  }
  if (evidence.uids.length < UIDS_KEPT) {
    evidence.uids = [...new Set([...evidence.uids, ...uids])].slice(0, UIDS_KEPT);
  }
  const worse = THREAT_LEVELS[finding.threat] > THREAT_LEVELS[evidence.threat];
  if (worse) evidence.threat = finding.threat;
  evidence.confidence = Math.max(evidence.confidence, confidence);
  const surer = evidence.confidence - fold.toldConfidence >= CONFIDENCE_RISE;
  return worse || surer || isNews(evidence.count, evidence.threat === "info") ? tell(fold) : undefined;
}

/** The evidence as it stands, when it was not told as such yet. */
export function lastWord(fold: Fold): Evidence | undefined {
  return fold.evidence.count > fold.evidence.count_before ? tell(fold) : undefined;
}

/** A repeat for scorers that count each of them. */
export function repeatOf({ evidence }: Fold, { finding, timestamp, confidence }: Occurrence): Repeat {
  const { id, type, profile, window, count } = evidence;
  return { id, type, profile, window, count, timestamp, threat: finding.threat, confidence };
}

function tell(fold: Fold): Evidence {
  const { evidence } = fold;
  const told = { ...evidence };
  evidence.count_before = evidence.count;
  fold.toldConfidence = evidence.confidence;
  return told;
}
