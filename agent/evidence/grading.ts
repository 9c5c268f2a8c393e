// The arithmetic of the graded scorer, in whole numbers: what one type of evidence is worth, and what all of them are worth
// together. docs/decisions.md explains it with an example.
//
// Points: a sure finding of level critical is worth 100 points before it is weighed. They are kept in thousandths, as
// sums of fractions in floating point would depend on the order of the additions.

import { type EvidenceType, THREAT_LEVELS, type ThreatLevel } from "./evidence.ts";
import { MEANINGS, type Stage, STAGES, TELLING, type Telling } from "./stages.ts";

/** One point. */
export const POINT = 1000;

/** Points of a sure finding of level 1 (critical). */
const LEVEL_POINTS = 100;

/** What is only informational weighs as much as the lowest level, where it weighs at all. */
const INFO_LEVEL = THREAT_LEVELS.low;

/** A stage that is worth less is not counted as one. Own choice: a sure finding of level low that is telling. */
export const STAGE_COUNTS = 20 * POINT;

/** Steps of the 1-2-5 series up to which repeats add: for what is ordinary to 10, for all else to 1000. */
const STEPS_ORDINARY = 3;
const STEPS = 9;

/** Each step of the 1-2-5 series adds a third: ten times as often is twice as much at first. */
const STEP_PARTS = 3;

/** From this confidence on a detector is sure. */
const SURE = 0.8;

/** How telling a finding is. */
export function tellingOf(type: EvidenceType, threat: ThreatLevel): Telling {
  const meaning = MEANINGS[type];
  return meaning.atLevel?.[threat] ?? meaning.telling;
}

/** Whether one such finding is enough for an alert. */
export function isConclusive(type: EvidenceType, threat: ThreatLevel, confidence: number): boolean {
  return tellingOf(type, threat) === "conclusive" && THREAT_LEVELS[threat] >= THREAT_LEVELS.high && confidence >= SURE;
}

/** What one finding is worth, in thousandths of a point. */
export function findingWorth(type: EvidenceType, threat: ThreatLevel, confidence: number): number {
  const level = threat === "info" ? INFO_LEVEL : THREAT_LEVELS[threat];
  const sure = Math.max(Math.min(1, confidence || 0), MEANINGS[type].confidence ?? 0);
  return Math.floor(Math.round(level * LEVEL_POINTS * sure * POINT) * TELLING[tellingOf(type, threat)] / 4);
}

/** Steps that a count is above one in the series 1, 2, 5, 10, 20, 50, …: 0 for 1, 1 for 2, 3 for 10. */
export function steps(count: number): number {
  let step = 0;
  let decade = 1;
  for (; count >= 10 * decade; decade *= 10) step += 3;
  return step + (count >= 5 * decade ? 2 : count >= 2 * decade ? 1 : 0);
}

/** What findings of one type and one weight are worth that were made `count` times, the most weighty of them being worth `base`. */
export function repeatedWorth(base: number, count: number, telling: Telling): number {
  const most = telling === "ordinary" ? STEPS_ORDINARY : STEPS;
  return Math.floor(base * (STEP_PARTS + Math.min(steps(count), most)) / STEP_PARTS);
}

/** What one type is worth, and whether it counts by itself or only beside others. */
export interface TypeWorth {
  type: EvidenceType;
  worth: number;
  /** The part of it that can make its stage count as one. */
  stageWorth: number;
  /** Of level info: counts only beside what is not. */
  informational: boolean;
}

/**
 * What all types of a window are worth together. Within a stage the weightiest counts whole, the next half, the next a
 * quarter, as they often tell of one and the same thing; stages are added; and each stage beyond the first makes
 * the sum half as much again.
 */
export function togetherWorth(types: readonly TypeWorth[]): number {
  const telling = types.filter(({ informational }) => !informational);
  const alone = sumOfStages(telling);
  // A piece of information says something when there is something that it can be about.
  return alone < STAGE_COUNTS || telling.length === types.length ? alone : sumOfStages(types);
}

function sumOfStages(types: readonly TypeWorth[]): number {
  const sum = STAGES.reduce((sum, stage) => sum + inStage(types, stage, ({ worth }) => worth), 0);
  return Math.floor(sum * (2 + Math.max(0, stagesOfWeight(types).length - 1)) / 2);
}

/** The stages that are worth enough to count. */
export function stagesOfWeight(types: readonly TypeWorth[]): Stage[] {
  return STAGES.filter((stage) => inStage(types, stage, ({ stageWorth }) => stageWorth) >= STAGE_COUNTS);
}

/** The weightiest type of a stage whole, the next half, the next a quarter, … */
function inStage(types: readonly TypeWorth[], stage: Stage, worthOf: (type: TypeWorth) => number): number {
  return types.filter(({ type }) => MEANINGS[type].stage === stage).map(worthOf).sort((a, b) => b - a)
    .reduce((sum, worth, place) => sum + Math.floor(worth / 2 ** place), 0);
}

/** How sure an alert is at the threshold (docs/decisions.md has how often such alerts were right), and at most. */
const SURE_AT_THRESHOLD = 0.6;
const SUREST = 0.99;

/** How sure an alert is, 0..1: each further threshold's worth of points halves the doubt. */
export function gradedConfidence(score: number, threshold: number): number {
  const doubt = (1 - SURE_AT_THRESHOLD) * 2 ** (1 - score / threshold);
  return Math.min(SUREST, Math.max(0, Math.round((1 - doubt) * 100) / 100));
}
