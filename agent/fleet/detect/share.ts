// How many partitions of a run each of those who judge should have.

import { isKin, type Kin, type KnownJudge } from "../run.ts";

/**
 * The share of one with `workers` threads: in proportion, rounded up, so that nothing is left over and nobody has more than
 * he must.
 */
export function fairShare(partitions: number, workers: number, others: readonly KnownJudge[], kin: Kin): number {
  const all = others.reduce((sum, other) => isKin(other, kin) ? sum + other.workers : sum, workers);
  return Math.ceil(partitions * workers / all);
}
