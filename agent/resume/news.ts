// What is news to somebody who has heard a part: when a run is taken up, its records are judged again, and most of what comes
// out was told before.

import type { Evidence, Repeat } from "../evidence/evidence.ts";
import type { Telling } from "./told.ts";

export interface News {
  /** The evidence as far as it is news; undefined when all of it was told. */
  evidence(evidence: Evidence, clock: number): Evidence | undefined;
  /** Whether a repeat is news. */
  isNews(repeat: Repeat, clock: number): boolean;
  /** All that was kept has been judged again: what comes from here on comes for the first time. */
  live(): void;
}

export interface Heard {
  readonly past: readonly Telling[];
  /** Stream time up to which everything was told. */
  readonly clock: number;
  /**
   * The beginning is missing, of what is judged again or of what was told: detectors do not remember what they had told
   * then, and tell it once more. What they tell of the time before `clock` was told, whether it is known or not.
   */
  readonly isCut: boolean;
}

/** Sorts out what was told. */
export function createNews({ past, clock: told, isCut }: Heard): News {
  const counts = new Map<string, number>();
  for (const telling of past) {
    if ("evidence" in telling) {
      const { id, count } = telling.evidence;
      counts.set(id, Math.max(count, counts.get(id) ?? 0));
    }
  }
  let isAgain = true;

  return {
    evidence(evidence, clock) {
      const known = counts.get(evidence.id);
      if (known === undefined) return isAgain && isCut && clock < told ? undefined : evidence;
      if (evidence.count <= known) return undefined;
      // Told again with a higher count than ever: what it adds is what was not told.
      counts.set(evidence.id, evidence.count);
      return known <= evidence.count_before ? evidence : { ...evidence, count_before: known };
    },
    isNews: (_, clock) => !(isAgain && clock < told),
    live() {
      isAgain = false;
    },
  };
}
