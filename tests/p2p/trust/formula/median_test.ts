// Putting votes together: what shouting, numbers and a single voice can do, which is little.

import assert from "node:assert/strict";
import fc from "fast-check";
import * as formula from "../../../../p2p/trust/formula/median.ts";

type Vote = formula.Vote;
const { oneVote } = formula;
/** With a phantom of weight 1, as by default. */
const phantomMedian = (votes: readonly Vote[]): number => formula.phantomMedian(votes, 1);
const medianConfidence = (votes: readonly Vote[], median: number): number => formula.medianConfidence(votes, median, 1);

const share = fc.double({ min: 0, max: 1, noNaN: true });
/** In thousandths: what is a tie but for rounding is one, and nothing is nearly a tie. */
const weight = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
const vote = fc.record({ probability: share, weight });
const votes = fc.array(vote, { maxLength: 30 });

Deno.test("without votes, and with one voice only, the result is the middle", () => {
  assert.equal(phantomMedian([]), 0.5);
  fc.assert(fc.property(vote, (one) => assert.equal(phantomMedian([one]), 0.5)));
});

Deno.test("two trusted voices are heard, and a third one against them is outvoted only with the phantom's help", () => {
  const blame: Vote = { probability: 0.9, weight: 1 };
  assert.equal(phantomMedian([blame, blame]), 0.9);
  assert.equal(phantomMedian([blame, blame, { probability: 0.1, weight: 1 }]), 0.5);
  assert.equal(phantomMedian([blame, blame, blame, { probability: 0.1, weight: 1 }]), 0.9);
});

Deno.test("with a phantom of weight k, k voices move nothing", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 5 }), fc.array(vote, { minLength: 6, maxLength: 6 }), (k, six) => {
    assert.equal(formula.phantomMedian(six.slice(0, k), k), 0.5);
  }));
  assert.equal(formula.phantomMedian([{ probability: 0.9, weight: 0.6 }], 0), 0.9);
});

Deno.test("shouting louder on one's own side changes nothing", () => {
  fc.assert(fc.property(votes, vote, share, (others, mine, louder) => {
    const before = phantomMedian([...others, mine]);
    if (mine.probability <= before) return;
    const shouted = { ...mine, probability: Math.max(mine.probability, louder) };
    assert.equal(phantomMedian([...others, shouted]), before);
  }));
});

Deno.test("whatever one voice says, it stays between the neighbours that the others leave it", () => {
  fc.assert(fc.property(votes, vote, (others, mine) => {
    const result = phantomMedian([...others, mine]);
    const lowest = phantomMedian([...others, { probability: 0, weight: 1 }]);
    const highest = phantomMedian([...others, { probability: 1, weight: 1 }]);
    assert.ok(result >= lowest && result <= highest);
  }));
});

Deno.test("votes without weight do not count, however many", () => {
  fc.assert(fc.property(votes, fc.array(share, { maxLength: 200 }), (others, strangers) => {
    const crowd = strangers.map((probability) => ({ probability, weight: 0 }));
    assert.equal(phantomMedian([...others, ...crowd]), phantomMedian(others));
  }));
});

Deno.test("liars with less than half of the weight never carry the result to their side", () => {
  fc.assert(fc.property(fc.array(share, { maxLength: 20 }), fc.array(share, { maxLength: 20 }), (honest, lying) => {
    const sum = (weights: readonly number[]) => weights.reduce((a, b) => a + b, 0);
    fc.pre(sum(lying) <= sum(honest) + 1);
    const result = phantomMedian([
      ...honest.map((weight) => ({ probability: 0.2, weight })),
      ...lying.map((weight) => ({ probability: 1, weight })),
    ]);
    assert.ok(result <= 0.5);
  }));
});

Deno.test("the order of votes does not matter", () => {
  fc.assert(fc.property(votes, (all) => assert.equal(phantomMedian(all), phantomMedian(all.toReversed()))));
});

Deno.test("k votes that belong together are exactly one", () => {
  fc.assert(fc.property(vote, fc.integer({ min: 1, max: 50 }), votes, (mine, k, others) => {
    const merged = oneVote(Array.from({ length: k }, () => mine));
    assert.deepEqual(merged, { ...mine });
    assert.equal(phantomMedian([...others, merged]), phantomMedian([...others, mine]));
  }));
  fc.assert(fc.property(fc.array(vote, { minLength: 1 }), (together) => {
    const { probability, weight } = oneVote(together);
    assert.equal(weight, Math.max(...together.map((one) => one.weight)));
    assert.ok(probability >= Math.min(...together.map((one) => one.probability)) - 1e-9);
    assert.ok(probability <= Math.max(...together.map((one) => one.probability)) + 1e-9);
  }));
});

Deno.test("confidence is the lead in weight, and nothing for the middle", () => {
  const blame: Vote = { probability: 0.9, weight: 1 };
  assert.equal(medianConfidence([blame, blame, blame], 0.9), 0.5);
  assert.equal(medianConfidence([blame], 0.5), 0);
  fc.assert(fc.property(votes, (all) => {
    const confidence = medianConfidence(all, phantomMedian(all));
    assert.ok(confidence >= 0 && confidence < 1);
  }));
});
