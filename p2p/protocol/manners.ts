// Who misbehaves is charged; who is charged too much is sent away and not let in again for a while, each time longer.
// What a peer says about others is not judged here but by the trust model.

import { BoundedMap } from "../../agent/profile/bounded-map.ts";
import type { Offence } from "./session.ts";

/** What an offence costs; at 1 the peer has to go. What breaks the stream of bytes costs all. */
const COSTS: Readonly<Record<Offence, number>> = {
  malformed: 1,
  oversized: 1,
  early: 1,
  replayed: 0.6,
  unasked: 0.02,
  flood: 0.01,
};
const SENT_AWAY_AT = 1;
/** Seconds in which half of a charge is forgotten. Own choice: a peer that is restarted in the wrong moment is no enemy. */
const HALF_LIFE = 600;
/** Seconds for which a peer is not let in the first time; four times as long each further time. */
const FIRST_EXILE = 10;
const EXILE_GROWTH = 4;
const LONGEST_EXILE = 3600;
/** Seconds without an offence after which the first exile is short again. */
const FORGIVEN_AFTER = 86_400;
/** Peers and addresses remembered. */
const REMEMBERED = 8192;

interface Account {
  charge: number;
  /** When the charge was written down, seconds. */
  at: number;
  exiles: number;
  /** Not let in before, seconds. */
  until: number;
}

export interface Manners {
  /** Charges a peer, and the host it speaks from; true when it has to go. */
  offend(names: readonly string[], offence: Offence, now: number): boolean;
  /** Seconds for which nobody of this name is let in; 0 when it is welcome. */
  exile(name: string, now: number): number;
  /** What is left of a peer's charges, 0..1. */
  charge(name: string, now: number): number;
}

/** An empty book. Names are peer ids and addresses alike. */
export function createManners(): Manners {
  const accounts = new BoundedMap<string, Account>(REMEMBERED);
  const left = (account: Account, now: number): number => account.charge * 2 ** ((account.at - now) / HALF_LIFE);

  return {
    offend(names, offence, now) {
      let away = false;
      for (const name of names) {
        const account = accounts.use(name, () => ({ charge: 0, at: now, exiles: 0, until: 0 }));
        if (now - account.at > FORGIVEN_AFTER) account.exiles = 0;
        account.charge = left(account, now) + COSTS[offence];
        account.at = now;
        if (account.charge < SENT_AWAY_AT) continue;
        away = true;
        account.charge = 0;
        account.until = now + Math.min(LONGEST_EXILE, FIRST_EXILE * EXILE_GROWTH ** account.exiles);
        account.exiles++;
      }
      return away;
    },
    exile: (name, now) => Math.max(0, (accounts.get(name)?.until ?? 0) - now),
    charge(name, now) {
      const account = accounts.get(name);
      return account === undefined ? 0 : Math.min(1, left(account, now));
    },
  };
}
