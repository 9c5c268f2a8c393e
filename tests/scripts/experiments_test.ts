// The simulator of trust, small: the goals hold, the field's models behave as their papers say, and all is repeatable.

import assert from "node:assert/strict";
import { campaign } from "../../scripts/experiments/campaign.ts";
import {
  bestDovecotAccuracy,
  dovecotAccuracy,
  localAccuracy,
  ourAccuracy,
  SET_UPS,
} from "../../scripts/experiments/dovecot-setups.ts";
import { fidesResult, MIXES, ourResult, VARIANTS } from "../../scripts/experiments/fides-setups.ts";
import { ADAPTIVE, LIES } from "../../scripts/experiments/liars.ts";
import { random } from "../../scripts/experiments/random.ts";
import { fallAndRise, sybilScore, traitor } from "../../scripts/experiments/single.ts";
import { svg } from "../../scripts/experiments/svg.ts";

const setUp = (id: string) => SET_UPS.find((one) => one.id === id)!;

for (const lie of LIES) {
  Deno.test(`liars (${lie.name}): never worse than local-only, nobody innocent blocked, accurate once graded`, () => {
    for (const liars of [0.4, 0.6, 0.9]) {
      const tallies = campaign({ lie, liars, rounds: 110, seed: 1, contestants: ["local-only", "smartshield"] });
      const local = tallies.get("local-only")!, ours = tallies.get("smartshield")!;
      assert.equal(ours.decisions, local.decisions);
      assert.ok(ours.right >= local.right, `${liars}: ${ours.right} of ${ours.decisions} right, alone ${local.right}`);
      assert.equal(ours.falseBlocks, 0);
      assert.ok(ours.deficit <= ours.granted);
      if (liars > 0.6) continue;
      const accuracy = ours.lateRight / ours.lateDecisions;
      assert.ok(accuracy >= (liars <= 0.4 ? 0.95 : 0.9), `${liars}: ${accuracy}`);
    }
  });
}

Deno.test("liars who look into our head never cost more than was granted", () => {
  for (const liars of [0.4, 0.9]) {
    const tallies = campaign({ lie: ADAPTIVE, liars, rounds: 110, seed: 1, contestants: ["smartshield"] });
    const { deficit, granted, falseBlocks } = tallies.get("smartshield")!;
    assert.ok(deficit <= granted && falseBlocks === 0);
  }
});

Deno.test("the models of the field lose to local-only where most peers lie", () => {
  const tallies = campaign({ lie: LIES.find(({ name }) => name === "collusion")!, liars: 0.6, rounds: 60, seed: 1 });
  for (const who of ["dovecot", "fides"] as const) {
    assert.ok(tallies.get(who)!.right < tallies.get("local-only")!.right, who);
    assert.ok(tallies.get(who)!.falseAlarms > 0);
  }
});

Deno.test("the thesis' set-ups give the accuracies known for dovecot", () => {
  const known: [string, threshold: number, own: number, accuracy: number][] = [
    ["2a", 0.3, 0.4, 0.9],
    ["2a", 0, 0, 1],
    ["2b", 0.3, 0.4, 0.85],
    ["2b", 0, 0, 0.625],
    ["2c, 5 victims", 0.3, 0.4, 0.85],
    ["3a, 3 liars", 0.3, 0.4, 0.925],
    ["3a, 7 liars", 0.3, 0.4, 0.775],
    ["3b, 5 liars", 0.3, 0.4, 0.8],
    ["4a, 3 liars", 0.3, 0.4, 0.875],
    ["4a, 5 liars", 0, 0, 0],
    ["4a, 9 liars", 0.3, 0.4, 0.275],
    ["5a, 3 liars", 0.3, 0.4, 0.875],
  ];
  for (const [id, threshold, own, accuracy] of known) {
    assert.ok(Math.abs(dovecotAccuracy(setUp(id), threshold, own) - accuracy) < 1e-9, id);
  }
  for (const one of SET_UPS) assert.equal(localAccuracy(one), 0.75);
  assert.equal(bestDovecotAccuracy(setUp("4a, 7 liars")), 0.75, "no setting helps against most");
});

Deno.test("in the same set-ups ours is never below local-only, and 0.9 with four badmouthing liars of nine", () => {
  for (const one of SET_UPS) {
    for (const graded of [false, true]) {
      const { accuracy, falseBlocks } = ourAccuracy(one, graded);
      assert.ok(accuracy >= 0.75, `${one.id}: ${accuracy}`);
      assert.equal(falseBlocks, 0);
    }
  }
  assert.ok(ourAccuracy(setUp("4a, 4 liars"), true).accuracy >= 0.9);
});

Deno.test("fides fails without anchors as its thesis says; ours does not decide without ground truth", () => {
  const [anchored, majority] = MIXES;
  const even = fidesResult(anchored!, VARIANTS[0]!, 1), distance = fidesResult(anchored!, VARIANTS[2]!, 1);
  assert.ok(Math.abs(even.tdp - 1.46) < 0.05 && even.wrong === 150);
  assert.ok(distance.tdp < 1 && distance.wrong === 0);
  assert.ok(fidesResult(majority!, VARIANTS[1]!, 1).tdp > 1.5);
  for (const mix of MIXES) {
    const blind = ourResult(mix, false, 1);
    // Without peers whom the user trusts by name, it decides nothing; with them it finds the attacker.
    assert.ok(
      Math.abs(blind.tdp - (mix.preTrusted > 0 ? 0.5 : 1)) < 0.01 && blind.wrong === 0,
      `${mix.name}: ${blind.tdp}`,
    );
    assert.ok(ourResult(mix, true, 1).tdp < 0.05);
  }
});

Deno.test("a traitor falls within five lies with ours, and not at all with the others", () => {
  const ours = fallAndRise(traitor("smartshield"));
  assert.ok(ours.fall <= 5 && ours.rise > ours.fall && ours.rise < Infinity);
  for (const model of ["dovecot", "fides"] as const) assert.equal(fallAndRise(traitor(model)).fall, Infinity);
});

Deno.test("ten identities on one host outvote three honest machines with the others, not with ours", () => {
  assert.equal(sybilScore("smartshield", 10, true), sybilScore("smartshield", 1, true));
  for (const model of ["dovecot", "fides"] as const) {
    assert.ok(sybilScore(model, 10, true) > 0.5 && sybilScore(model, 1, true) < 0.5);
  }
});

Deno.test("the same seed gives the same run, another seed another", () => {
  const plan = { lie: LIES.find(({ name }) => name === "random")!, liars: 0.4, rounds: 40 };
  assert.deepEqual(campaign({ ...plan, seed: 7 }), campaign({ ...plan, seed: 7 }));
  assert.notDeepEqual(campaign({ ...plan, seed: 7 }), campaign({ ...plan, seed: 8 }));
});

Deno.test("random numbers are spread as they should", () => {
  const chance = random(1, "test");
  const uniform = Array.from({ length: 20_000 }, () => chance.next());
  const normal = Array.from({ length: 20_000 }, () => chance.normal(2, 0.5));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  assert.ok(uniform.every((x) => x >= 0 && x < 1) && Math.abs(mean(uniform) - 0.5) < 0.01);
  assert.ok(Math.abs(mean(normal) - 2) < 0.02);
  assert.ok(Math.abs(Math.sqrt(mean(normal.map((x) => (x - 2) ** 2))) - 0.5) < 0.02);
});

Deno.test("plots are SVG with all lines, names escaped", () => {
  const document = svg({
    title: "A < B & C",
    x: "x",
    y: "y",
    xRange: [0, 1],
    yRange: [0, 2],
    xTicks: 1,
    yTicks: 2,
    names: ["a", "b"],
    columns: 1,
    width: 300,
    panels: [{ title: "one", series: [{ name: "a", points: [[0, 0], [1, 2]] }, { name: "b", points: [[0, 9]] }] }],
  });
  assert.match(document, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(document, /A &lt; B &amp; C/);
  assert.equal(document.match(/<polyline/g)?.length, 2);
  assert.match(document, /points="46,160 280,30"/);
});
