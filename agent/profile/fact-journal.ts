// What the traffic has taught so far, kept by the dissector for a worker that takes over from one that hung. It is written
// for every fact and hardly ever read, so it keeps the facts themselves, the newest about each subject, rather than a
// network picture of its own.

import { BoundedMap } from "./bounded-map.ts";
import type { Fact } from "./facts.ts";
import { ADDRESSES_REMEMBERED } from "./network.ts";

export interface FactJournal {
  note(fact: Fact): void;
  /** The facts kept, the oldest first. */
  facts(): Fact[];
}

/** Facts noted before those that were replaced by later ones are looked for. */
const NOTES_KEPT = 2 * ADDRESSES_REMEMBERED;

/** An empty journal; it keeps as many facts as a network picture keeps addresses. */
export function createFactJournal(): FactJournal {
  let notes: Fact[] = [];

  function newest(): Fact[] {
    const bySubject = new BoundedMap<string, Fact>(ADDRESSES_REMEMBERED);
    for (const fact of notes) bySubject.set(subjectOf(fact), fact);
    return [...bySubject.entries()].map(([, fact]) => fact).reverse();
  }

  return {
    note(fact) {
      if (notes.push(fact) >= NOTES_KEPT) notes = newest();
    },
    facts: newest,
  };
}

/** What a fact is about: a later one about the same replaces it. */
function subjectOf(fact: Fact): string {
  switch (fact.fact) {
    case "resolved":
      // Servers take turns at the head of the answers to one name: all of them stay known.
      return `${fact.fact} ${fact.query} ${fact.addresses[0]}`;
    case "mac":
    case "hostname":
    case "dhcp_server":
      return `${fact.fact} ${fact.ip}`;
    case "server_name":
    case "claimed_name":
      return `${fact.fact} ${fact.ip} ${fact.name}`;
    case "certificate":
      return `${fact.fact} ${fact.fingerprint}`;
    case "ftp_data":
      return `${fact.fact} ${fact.ip} ${fact.port}`;
    case "gateway":
    case "local_network":
    case "watching":
      return fact.fact;
    case "forget":
      return `${fact.fact} ${fact.profile}`;
  }
}
