// Putting votes together so that shouting does not pay.
//
// A weighted median with a fixed voter in the middle ("phantom": H. Moulin, "On Strategy-Proofness and Single Peakedness",
// Public Choice 35, 1980): how far from the middle somebody's statement is makes no difference, only on which side of the
// result; and voters who together weigh no more than the phantom cannot move the result out of the middle.

/** One machine's statement: the probability that the host attacks, and what it weighs, both 0..1. */
export interface Vote {
  readonly probability: number;
  readonly weight: number;
}

/** Votes that belong together count once: the greatest weight among them, and their mean by weight. */
export function oneVote(votes: readonly Vote[]): Vote {
  let weight = 0, weights = 0, sum = 0, plain = 0;
  for (const vote of votes) {
    weight = Math.max(weight, vote.weight);
    weights += vote.weight;
    sum += vote.weight * vote.probability;
    plain += vote.probability;
  }
  // A mean of equals must be their value, not a rounding away from it: k identities that agree are exactly one.
  const first = votes[0];
  if (first !== undefined && votes.every(({ probability }) => probability === first.probability)) {
    return { probability: first.probability, weight };
  }
  return { probability: weights > 0 ? sum / weights : plain / votes.length, weight };
}

/**
 * The weighted median of the votes and the phantom, who says 0.5 with this weight: the value with less than half of the weight below it and above it;
 * where half lies on each side, the end nearer to 0.5.
 */
export function phantomMedian(votes: readonly Vote[], phantom: number): number {
  const all = [...votes.filter(({ weight }) => weight > 0), { probability: 0.5, weight: phantom }]
    .sort((a, b) => a.probability - b.probability);
  const half = all.reduce((total, { weight }) => total + weight, 0) / 2;
  let below = 0;
  for (const [i, { probability, weight }] of all.entries()) {
    below += weight;
    if (below > half + TIE) return probability;
    if (below >= half - TIE) {
      const next = all[i + 1]?.probability ?? probability;
      return Math.abs(probability - 0.5) <= Math.abs(next - 0.5) ? probability : next;
    }
  }
  return 0.5;
}

/** Differences of sums of weights that are rounding, not votes. */
const TIE = 1e-12;

/**
 * How much weight the result has behind it beyond what stands against it and the phantom, as a share of all weight;
 * 0 when the result is the middle.
 */
export function medianConfidence(votes: readonly Vote[], median: number, phantom: number): number {
  if (median === 0.5) return 0;
  let together = 0, against = phantom;
  for (const { probability, weight } of votes) {
    if ((probability - 0.5) * (median - 0.5) > 0) together += weight;
    else against += weight;
  }
  return Math.max(0, (together - against) / (together + against));
}
