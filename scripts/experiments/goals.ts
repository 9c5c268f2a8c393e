// What our model must reach, checked against the results; nothing is rounded in its favour.

import type { Cell, Results } from "./results.ts";

export interface Goal {
  readonly goal: string;
  readonly reached: boolean;
  /** The worst that was measured. */
  readonly measured: string;
}

const OURS = "smartshield";

export function goals(results: Results): Goal[] {
  const ours = results.cells.filter(({ who }) => who === OURS);
  const upTo = (share: number) => ours.filter(({ liars }) => liars <= share + 1e-9);
  const worst = (cells: readonly Cell[], value: (cell: Cell) => number): Cell =>
    cells.reduce((a, b) => value(b) < value(a) ? b : a);
  const where = ({ scenario, liars }: Cell) => `${scenario}, ${Math.round(100 * liars)} % liars`;

  const gain = worst(ours, ({ worstGain }) => worstGain);
  const setUp = results.setUps.reduce((a, b) => lead(b) < lead(a) ? b : a);
  const at40 = worst(upTo(0.4), ({ lateAccuracy }) => lateAccuracy);
  const at60 = worst(upTo(0.6), ({ lateAccuracy }) => lateAccuracy);
  const blocks = [...ours, ...results.adaptive.filter(({ who }) => who === OURS)]
    .reduce((sum, { falseBlocks }) => sum + falseBlocks, 0) +
    results.blocks.filter(({ who }) => who === "smartshield, vouched").reduce((sum, row) => sum + row.falseBlocks, 0) +
    results.setUps.reduce((sum, { cold, graded }) => sum + cold.falseBlocks + graded.falseBlocks, 0);
  const fall = results.traitor.find(({ who }) => who === OURS)!.fall;
  const sybil = results.sybil.filter(({ who }) => who === OURS);
  const adaptive = results.adaptive.filter(({ who }) => who === OURS);
  const bound = adaptive.reduce((a, b) => b.deficit - b.granted > a.deficit - a.granted ? b : a);
  const badmouthed = results.setUps.filter(({ id }) => /^4a, [1-4] /.test(id));
  return [
    {
      goal: "never worse than local-only, in any run of any scenario with any fraction of liars",
      reached: gain.worstGain >= 0,
      measured: `accuracy ${signed(gain.worstGain)} at worst (${where(gain)})`,
    },
    {
      goal: "never worse than local-only in the field's own set-ups, strangers or graded",
      reached: lead(setUp) >= 0,
      measured: `accuracy ${signed(lead(setUp))} at worst (${setUp.id})`,
    },
    {
      goal: "accuracy 0.95 with up to 40 % liars, once our own detections have graded them",
      reached: at40.lateAccuracy >= 0.95,
      measured: `${at40.lateAccuracy.toFixed(3)} at worst (${where(at40)})`,
    },
    {
      goal: "accuracy 0.90 with up to 60 % liars, once our own detections have graded them",
      reached: at60.lateAccuracy >= 0.9,
      measured: `${at60.lateAccuracy.toFixed(3)} at worst (${where(at60)})`,
    },
    {
      goal: "accuracy 0.90 in the field's badmouthing set-up with up to 4 liars of 9, graded",
      reached: badmouthed.every(({ graded }) => graded.accuracy >= 0.9),
      measured: `${Math.min(...badmouthed.map(({ graded }) => graded.accuracy)).toFixed(3)} at worst`,
    },
    {
      goal: "no false block of an innocent host by liars, at any fraction",
      reached: blocks === 0,
      measured: `${blocks} false blocks`,
    },
    {
      goal: "a traitor loses half its weight within 5 graded lies",
      reached: fall <= 5,
      measured: `${fall} lies`,
    },
    {
      goal: "k identities on one host have the influence of one",
      reached: sybil.every(({ one, ten }) => one === ten),
      measured: sybil.map(({ one, ten }) => `score ${one.toFixed(3)} with 1, ${ten.toFixed(3)} with 10`).join("; "),
    },
    {
      goal:
        "liars who know what we think of them: at no moment more wrong decisions than local-only and the proven bound",
      reached: adaptive.every(({ deficit, granted }) => deficit <= granted),
      measured: `${bound.deficit} decisions behind at worst, bound ${bound.granted} (${where(bound)})`,
    },
  ];
}

function lead({ local, cold, graded }: Results["setUps"][number]): number {
  return Math.min(cold.accuracy, graded.accuracy) - local;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
}
