// A batch on its way to those who judge elsewhere: what the traffic teaches everybody is in it once, beside the share of each
// partition.

import type { Step } from "../batch.ts";
import type { BatchMessage } from "./batch.ts";

/** The parts of one batch, with the same serial: facts for all, and the share of each partition. Plain data. */
export interface FleetBatch {
  readonly facts: BatchMessage;
  readonly shares: readonly BatchMessage[];
}

/**
 * A share with the facts where they stood among its steps. A record's facts come before everything else at its place in the
 * stream, and no other place comes twice (agent/profile/router.ts).
 */
export function withFacts(facts: readonly Step[], steps: readonly Step[]): Step[] {
  const all: Step[] = [];
  let next = 0;
  for (const step of steps) {
    while (next < facts.length && facts[next]!.position <= step.position) all.push(facts[next++]!);
    all.push(step);
  }
  while (next < facts.length) all.push(facts[next++]!);
  return all;
}
