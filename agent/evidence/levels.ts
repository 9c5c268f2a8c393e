// The arithmetic of threat levels: what evidence is worth, when it is enough, and how sure that makes us.
//
// Sums are kept in whole millionths of a threat level ("points"), because sums of 0.1 and 0.2 in floating point depend on
// the order of the additions and miss the threshold by a hair.

import { THREAT_LEVELS, type ThreatLevel } from "./evidence.ts";

/** Points of threat level 1. */
export const POINTS = 1_000_000;

/** Seconds that stand for "one window over everything" in the threshold: the field's width of such a window. */
export const ONE_WINDOW_SECONDS = 9_999_999_999;

/**
 * Accumulated threat levels at which an alert is not sure at all and entirely sure: the field's constants, which are an
 * hour's worth of its most and (rounded) its least sensitive recommended thresholds, 0.08 and 0.43 a minute.
 */
const NOT_SURE = 4.8;
const SURE = 26;

/** From this confidence on it is called high, or medium (the field's words). */
const HIGH_CONFIDENCE = 0.8;
const MEDIUM_CONFIDENCE = 0.55;

/** What evidence adds to the sum, in points: the value of its level times the confidence, which is clamped to 0..1. */
export function evidencePoints(threat: ThreatLevel, confidence: number): number {
  return Math.round(THREAT_LEVELS[threat] * clamp(confidence) * POINTS);
}

/** The sum that makes an alert, in points; `width` in seconds, Infinity for one window over everything. */
export function thresholdPoints(perMinute: number, width: number): number {
  return Math.round(perMinute * (width === Infinity ? ONE_WINDOW_SECONDS : width) / 60 * POINTS);
}

/** How sure an alert of an accumulated threat level is, 0..1. */
export function alertConfidence(score: number): number {
  return clamp((score - NOT_SURE) / (SURE - NOT_SURE));
}

/** The word for a confidence. */
export function confidenceWord(confidence: number): "high" | "medium" | "low" {
  return confidence >= HIGH_CONFIDENCE ? "high" : confidence >= MEDIUM_CONFIDENCE ? "medium" : "low";
}

/** 0..1; what is not a number counts as 0. */
function clamp(value: number): number {
  return Math.min(1, Math.max(0, value || 0));
}
