// What both scorers make of what was heard, window by window.

import { createGradedScorer } from "../../agent/evidence/graded.ts";
import { isConclusive } from "../../agent/evidence/grading.ts";
import { createReferenceScorer } from "../../agent/evidence/reference.ts";
import { type Heard, type Hearing, WINDOW_WIDTH } from "./hear.ts";

/** The reference's recommended thresholds a minute: sensitive, default, insensitive. */
export const REFERENCE_THRESHOLDS = [0.08, 0.25, 0.43] as const;

/** Verdicts by "host window". */
export interface Verdicts {
  /** The highest score of the graded scorer; Infinity where one finding was conclusive. */
  graded: Map<string, number>;
  /** Windows with alerts of the reference, for each of its thresholds. */
  reference: Set<string>[];
}

export const windowKey = (host: string, window: number): string => `${host} ${window}`;

/** Lets the scorers judge. */
export function judge({ heard, origin }: Hearing): Verdicts {
  const common = { windowWidth: WINDOW_WIDTH, origin: () => origin };
  const graded = new Map<string, number>();
  const scorer = createGradedScorer({ ...common, sensitivity: "normal" });
  for (const { evidence } of heard) {
    if (evidence === undefined) continue;
    const { profile, window, type, threat, confidence, attacker } = evidence;
    const { score } = scorer.add(evidence);
    const enough = attacker.direction === "src" && isConclusive(type, threat, confidence);
    const key = windowKey(profile, window);
    graded.set(key, Math.max(graded.get(key) ?? 0, enough ? Infinity : score));
  }
  return { graded, reference: REFERENCE_THRESHOLDS.map((threshold) => alertedWindows(heard, threshold, common)) };
}

function alertedWindows(
  heard: readonly Heard[],
  thresholdPerMinute: number,
  common: { windowWidth: number; origin: () => number },
): Set<string> {
  const alerted = new Set<string>();
  const scorer = createReferenceScorer({ ...common, thresholdPerMinute });
  for (const { evidence, repeat } of heard) {
    const { alert } = evidence === undefined ? scorer.repeat(repeat) : scorer.add(evidence);
    if (alert !== undefined) alerted.add(windowKey(alert.profile, alert.window));
  }
  return alerted;
}
