// The formulas of Slips' local trust model, against numbers worked out by hand.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  dovecotAggregate,
  dovecotLocal,
  dovecotPrediction,
  type DovecotRow,
  dovecotTrust,
  dovecotWeights,
} from "../../../../p2p/trust/formula/dovecot.ts";

function near(actual: number | undefined, expected: number, digits = 4): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 0.5 * 10 ** -digits, `${actual} is not ${expected}`);
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const signed = fc.double({ min: -1, max: 1, noNaN: true });
const row = fc.record({
  reportScore: signed,
  reportConfidence: share,
  reliability: share,
  score: signed,
  confidence: share,
});

Deno.test("trust in a peer comes from its manners and our opinion of its IP", () => {
  near(dovecotTrust(0.8, 0.9, 0.7), 0.595);
  near(dovecotTrust(0.5, 0.6, 0.8), 0.415);
  near(dovecotTrust(1, 1, 1), 0.85);
  near(dovecotTrust(0, 0, 0), 0);
  near(dovecotTrust(0, -1, 1), -0.5);
});

Deno.test("trusts become shares that add up to one", () => {
  const cases: [number[], number[]][] = [
    [[0.7, 0.3, -0.2], [0.4474, 0.3421, 0.2105]],
    [[1, 0, -1], [2 / 3, 1 / 3, 0]],
    [[-0.2, -0.5, -0.8], [0.5333, 0.3333, 0.1333]],
  ];
  for (const [trusts, expected] of cases) {
    for (const [i, weight] of dovecotWeights(trusts).entries()) near(weight, expected[i]!);
  }
  assert.deepEqual(dovecotWeights([-1, -1]), [0.5, 0.5]);
});

Deno.test("reports become one opinion", () => {
  const of = (...numbers: number[][]): DovecotRow[] =>
    numbers.map(([reportScore, reportConfidence, reliability, score, confidence]) => ({
      reportScore: reportScore!,
      reportConfidence: reportConfidence!,
      reliability: reliability!,
      score: score!,
      confidence: confidence!,
    }));
  const one = dovecotAggregate(of([0.8, 0.9, 0.7, 0.8, 0.9]));
  near(one?.score, 0.8);
  near(one?.confidence, 0.5445);
  const two = dovecotAggregate(of([0.6, 0.7, 0.8, 0.7, 0.8], [0.7, 0.8, 0.9, 0.8, 0.9]));
  near(two?.score, 0.65178, 5);
  near(two?.confidence, 0.466);
  assert.equal(dovecotAggregate([]), undefined);
});

Deno.test("an opinion lies between the reports it is made of", () => {
  fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
    const { score, confidence } = dovecotAggregate(rows)!;
    assert.ok(score >= Math.min(...rows.map((r) => r.reportScore)) - 1e-9);
    assert.ok(score <= Math.max(...rows.map((r) => r.reportScore)) + 1e-9);
    assert.ok(confidence >= 0 && confidence <= 1);
  }));
});

Deno.test("the thesis' detector turns at the first attack and forgives slowly", () => {
  let own = { score: 0, confidence: 0 };
  for (let round = 0; round < 3; round++) own = dovecotLocal(own, false);
  near(own.score, 0.9);
  near(own.confidence, 0.3);
  own = dovecotLocal(own, true);
  assert.deepEqual([own.score, own.confidence], [-0.4, 0.9]);
  own = dovecotLocal(own, false);
  near(own.score, -0.1);
  assert.equal(own.confidence, 0);
});

Deno.test("own and network opinion are weighed by the share of the own", () => {
  near(dovecotPrediction({ score: -1, confidence: 0.8 }, { score: 1, confidence: 0.5 }, 0.4), -0.28);
  near(dovecotPrediction(undefined, { score: 1, confidence: 0.5 }, 0.5), 0.25);
});
