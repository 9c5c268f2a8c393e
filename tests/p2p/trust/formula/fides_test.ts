// The formulas of Slips' global trust model, against numbers worked out by hand.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fidesAggregate,
  fidesBeliefs,
  fidesGrade,
  fidesReputation,
  fidesSatisfaction,
  fidesServiceTrust,
  type Interaction,
} from "../../../../p2p/trust/formula/fides.ts";

function near(actual: number, expected: number, digits = 4): void {
  assert.ok(Math.abs(actual - expected) < 0.5 * 10 ** -digits, `${actual} is not ${expected}`);
}

const FIRST_ENCOUNTER: Interaction = { satisfaction: 1, weight: 0.1 };
const times = (count: number, satisfaction: number, weight: number): Interaction[] =>
  Array.from({ length: count }, () => ({ satisfaction, weight }));
const share = fc.double({ min: 0, max: 1, noNaN: true });
const signed = fc.double({ min: -1, max: 1, noNaN: true });

Deno.test("after the first encounter a stranger has nearly its initial reputation", () => {
  near(fidesServiceTrust([FIRST_ENCOUNTER], 0.5), 0.5005);
  near(fidesServiceTrust([FIRST_ENCOUNTER], 0), 0.0055);
});

Deno.test("a steady peer of full weights has no spread, and earns trust with its history", () => {
  assert.deepEqual(fidesBeliefs(times(50, 0.8, 1)).integrity < 1e-9, true);
  near(fidesServiceTrust(times(50, 0.8, 1), 0), 0.4);
  near(fidesServiceTrust(times(100, 0.8, 1), 0), 0.8);
});

Deno.test("a swinging peer is worth less than a steady one of the same mean", () => {
  const swinging = [...times(50, 1, 1), ...times(50, 0, 1)];
  near(fidesBeliefs(swinging).competence, 0.5);
  near(fidesBeliefs(swinging).integrity, 0.5);
  near(fidesServiceTrust(swinging, 0), 0.25);
});

Deno.test("answers are put together by trust in three ways", () => {
  const answers = [{ score: -1, confidence: 0.9, trust: 0.9 }, { score: 1, confidence: 0.5, trust: 0.1 }];
  const average = fidesAggregate(answers, "average");
  near(average.score, -0.8);
  near(average.confidence, 0.43);
  near(fidesAggregate(answers, "weighted_average").confidence, 0.86);
  const deviation = fidesAggregate(answers, "stdev_from_score");
  near(deviation.score, -0.76);
  near(deviation.confidence, 0.57);
});

Deno.test("nobody trusted means no opinion, in each way of putting together", () => {
  for (const how of ["average", "weighted_average", "stdev_from_score"] as const) {
    assert.deepEqual(fidesAggregate([{ score: 1, confidence: 1, trust: 0 }], how), { score: 0, confidence: 0 });
    assert.deepEqual(fidesAggregate([], how), { score: 0, confidence: 0 });
  }
});

Deno.test("answers are graded by their distance from the baseline", () => {
  near(fidesSatisfaction({ score: 1, confidence: 1 }, { score: -1, confidence: 1 }), 0);
  near(fidesSatisfaction({ score: 1, confidence: 0.8 }, { score: 1, confidence: 1 }), 0.8);
  near(fidesSatisfaction({ score: 1, confidence: 1 }, { score: -1, confidence: 0.25 }), 0.75);
});

Deno.test("each strategy grades a liar as it says", () => {
  const lie = { score: -1, confidence: 1 }, network = { score: 1, confidence: 0.6 }, own = { score: 1, confidence: 1 };
  assert.equal(fidesGrade("even", lie, network, own), 1);
  assert.equal(fidesGrade("distance", lie, network, own), 0);
  assert.equal(fidesGrade("local_distance", { ...lie, confidence: 0.5 }, network, own), 0.5);
  near(fidesGrade("weighed_distance", { ...lie, confidence: 0.5 }, network, own), 0.4 * 0.5 + 0.6 * 0.3);
  assert.equal(fidesGrade("threshold", lie, network, own), 1, "the network is not sure enough to grade");
  assert.equal(fidesGrade("threshold", lie, { ...network, confidence: 0.7 }, own), 0);
  near(fidesGrade("max_confidence", lie, network, own), 0, 9);
});

Deno.test("a newcomer's reputation is what trusted recommenders say", () => {
  const honest = { competence: 0.9, integrity: 0.1, historySize: 50, reputation: 0.8, providers: 4 };
  const same = fidesReputation([{ trust: 1, ...honest }, { trust: 0.5, ...honest }])!;
  near(same.reputation, 0.5 * (0.9 - 0.05) + 0.5 * 0.8);
  for (const { satisfaction, weight } of same.grades) {
    near(satisfaction, 1);
    near(weight, 0.75);
  }
  const withLiar = fidesReputation([{ trust: 1, ...honest }, { trust: 0, ...honest, reputation: 0, competence: 0 }])!;
  near(withLiar.reputation, same.reputation);
  assert.ok(withLiar.grades[1]!.satisfaction < withLiar.grades[0]!.satisfaction);
  assert.equal(fidesReputation([]), undefined);
});

Deno.test("trust, opinions and grades stay within their bounds", () => {
  const interactions = fc.array(fc.record({ satisfaction: share, weight: share }), { maxLength: 150 });
  fc.assert(fc.property(interactions, share, (history, reputation) => {
    const trust = fidesServiceTrust(history, reputation);
    assert.ok(trust >= 0 && trust <= 1);
  }));
  const answers = fc.array(fc.record({ score: signed, confidence: share, trust: share }), { maxLength: 20 });
  const how = fc.constantFrom("average" as const, "weighted_average" as const, "stdev_from_score" as const);
  const strategy = fc.constantFrom(
    "even" as const,
    "distance" as const,
    "local_distance" as const,
    "weighed_distance" as const,
    "max_confidence" as const,
    "threshold" as const,
  );
  fc.assert(fc.property(answers, how, strategy, (given, aggregation, by) => {
    const network = fidesAggregate(given, aggregation);
    assert.ok(Math.abs(network.score) <= 1 + 1e-9);
    assert.ok(network.confidence >= 0 && network.confidence <= 1 + 1e-9);
    for (const answer of given) {
      const grade = fidesGrade(by, answer, network, undefined);
      assert.ok(grade >= -1e-9 && grade <= 1 + 1e-9);
    }
  }));
});
