// What is known beside the findings, until it is written: the newest counts, and not more than so much of it waits.

import type { Facts } from "./messages.ts";

export interface FactNotes {
  add(more: Facts): void;
  /** Takes them away. */
  take(): Facts;
  /** Gives back what could not be written: what came since is newer. */
  giveBack(facts: Facts): void;
  readonly isEmpty: boolean;
}

/** Opinions and answers that wait for the store. Own choice. */
const WAITING_FACTS = 1000;

export function createFactNotes(): FactNotes {
  let facts: Facts = {};
  const newest = <T>(old: readonly T[] = [], next: readonly T[] = []): T[] => [...old, ...next].slice(-WAITING_FACTS);
  return {
    add(more) {
      facts = {
        ...facts,
        ...more,
        ...more.opinions === undefined ? {} : { opinions: newest(facts.opinions, more.opinions) },
        ...more.answers === undefined ? {} : { answers: newest(facts.answers, more.answers) },
      };
    },
    take() {
      const taken = facts;
      facts = {};
      return taken;
    },
    giveBack(before) {
      facts = { ...before, ...facts };
    },
    get isEmpty() {
      return Object.keys(facts).length === 0;
    },
  };
}
