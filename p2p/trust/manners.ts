// Protocol manners: a peer that breaks the rules is heard less, and shown the door when it goes on. Good manners earn
// nothing: a polite liar is a liar.

import type { Offence } from "./contract.ts";

/** What an offence costs. */
const COSTS: Readonly<Record<Offence, number>> = {
  malformed: 1,
  oversized: 2,
  early: 1,
  replayed: 1,
  flood: 0.1,
  about_itself: 1,
  silent: 0.1,
};

/** Costs halve in this time, seconds: a day. */
const HALF_LIFE = 86_400;
/** Costs that halve the weight of a peer. */
const HALVING = 5;
/** Costs from which on a peer should be disconnected. */
const UNWELCOME = 20;
/** The sum ends here, so that the way back takes days at most. */
const WORST = 100;

interface Mannered {
  offences: number;
  offencesAt: number;
}

function costs({ offences, offencesAt }: Mannered, at: number): number {
  return offences * 2 ** (-Math.max(0, at - offencesAt) / HALF_LIFE);
}

/** Enters an offence; one at an impossible time counts as of the newest known. */
export function enterOffence(peer: Mannered, offence: Offence, at: number): void {
  const when = Number.isFinite(at) ? Math.max(at, peer.offencesAt) : peer.offencesAt;
  peer.offences = Math.min(WORST, costs(peer, when) + COSTS[offence]);
  peer.offencesAt = when;
}

/** 1 for a peer without offences, 1/2 at five malformed messages within a day, and so on. */
export function mannersOf(peer: Mannered, at: number): number {
  return 2 ** (-costs(peer, at) / HALVING);
}

export function isUnwelcome(peer: Mannered, at: number): boolean {
  return costs(peer, at) >= UNWELCOME;
}
