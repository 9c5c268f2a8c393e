import assert from "node:assert/strict";
import {
  alertConfidence,
  confidenceWord,
  evidencePoints,
  POINTS,
  thresholdPoints,
} from "../../../agent/evidence/levels.ts";

Deno.test("the threshold grows with the window: 15 an hour, 1.25 in five minutes, out of reach with one window", () => {
  assert.equal(thresholdPoints(0.25, 3600), 15 * POINTS);
  assert.equal(thresholdPoints(0.25, 300), 1.25 * POINTS);
  assert.equal(thresholdPoints(0.01, 3600), 0.6 * POINTS);
  assert.equal(Math.round(thresholdPoints(0.25, Infinity) / POINTS), 41_666_667);
});

Deno.test("evidence is worth its level times its confidence, and never less than nothing", () => {
  assert.equal(evidencePoints("low", 1), 200_000);
  assert.equal(evidencePoints("medium", 0.5), 250_000);
  assert.equal(evidencePoints("high", 0.3), 240_000);
  assert.equal(evidencePoints("critical", 7), 1_000_000);
  assert.equal(evidencePoints("critical", -1), 0);
  assert.equal(evidencePoints("critical", NaN), 0);
  assert.equal(evidencePoints("info", 1), 0);
});

Deno.test("an alert at the default threshold is about half sure; the extremes are clamped", () => {
  assert.equal(alertConfidence(15).toFixed(3), "0.481");
  assert.equal(alertConfidence(0.6), 0);
  assert.equal(alertConfidence(40), 1);
});

Deno.test("confidences have words", () => {
  assert.deepEqual([0.8, 0.79, 0.55, 0.54].map(confidenceWord), ["high", "medium", "medium", "low"]);
});
