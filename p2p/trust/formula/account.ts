// What a peer has got right and wrong, and what its word weighs for it.
//
// A Beta reputation (A. Jøsang, R. Ismail, "The Beta Reputation System", Bled 2002): evidence for and against adds to the
// parameters of a Beta distribution, and is forgotten with time. Statements are graded by the Brier score (G. W. Brier,
// "Verification of Forecasts Expressed in Terms of Probability", 1950), a proper rule: saying what one believes is best.
// The weight is the log-odds of being right, the optimal weight in a weighted majority (S. Nitzan, J. Paroush, "Optimal
// Decision Rules in Uncertain Dichotomous Choice Situations", 1982), bounded on both sides.

/** Evidence about one peer: how much for it and against it, up to date at `at` (Unix seconds). */
export interface Account {
  good: number;
  bad: number;
  at: number;
}

/**
 * Prior evidence. Against weighs more than for, so that a stranger weighs nothing, and so that there is nothing to gain in
 * becoming one.
 */
const PRIOR_GOOD = 1;
const PRIOR_BAD = 2;

/**
 * Bound of the evidence for a peer: about 20 early and certain warnings that came true. A longer good record gives no more
 * room for lies: five certain ones halve the weight of anybody.
 */
export const MAX_GOOD = 20;
/** Bound of the evidence against a peer: 20 certain lies. Keeps the way back finite. */
export const MAX_BAD = 60;
/** The log-odds that weigh 1: those of the best possible record. */
const FULL = Math.log((PRIOR_GOOD + MAX_GOOD) / PRIOR_BAD);

/** A stranger's account. */
export function newAccount(at: number): Account {
  return { good: 0, bad: 0, at };
}

/** What a statement claims as a probability that the host attacks: 0.5 + (score - 0.5) · confidence. */
export function claimedProbability(score: number, confidence: number): number {
  return 0.5 + (score - 0.5) * confidence;
}

/**
 * Grade of a claimed probability once the truth is known: 4 (0.25 - (truth - p)²), from -3 (certain and wrong) by 0 (no
 * opinion) to 1 (certain and right). Being loud costs three times what it gains.
 */
export function brierGrade(probability: number, attacks: boolean): number {
  return 4 * (0.25 - ((attacks ? 1 : 0) - probability) ** 2);
}

/** Brings an account up to date: evidence for halves in `halfLife` seconds, evidence against in twice that. */
export function fade(account: Account, at: number, halfLife: number): void {
  const age = at - account.at;
  if (age <= 0) return;
  account.good *= 2 ** (-age / halfLife);
  account.bad *= 2 ** (-age / (2 * halfLife));
  account.at = at;
}

/**
 * Enters a grade (see `brierGrade`). The record is a window of about MAX_GOOD right statements: each of them lets as large
 * a part of the evidence against be forgotten, so that a small steady share of mistakes costs a small share of the weight.
 */
export function enter(account: Account, grade: number): void {
  if (grade > 0) {
    account.good = Math.min(MAX_GOOD, account.good + grade);
    account.bad *= 1 - grade / MAX_GOOD;
  } else account.bad = Math.min(MAX_BAD, account.bad - grade);
}

/** Takes a grade back that turned out to be wrong; what it made us forget stays forgotten. */
export function takeBack(account: Account, grade: number): void {
  if (grade > 0) account.good = Math.max(0, account.good - grade);
  else account.bad = Math.max(0, account.bad + grade);
}

/** Weight 0..1 of a peer with this evidence: ln((1 + good) / (2 + bad)) over that of the best record. */
export function weightOf(good: number, bad: number): number {
  return Math.min(1, Math.max(0, Math.log((PRIOR_GOOD + good) / (PRIOR_BAD + bad)) / FULL));
}
