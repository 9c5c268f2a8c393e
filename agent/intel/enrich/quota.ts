// How often a service is asked: so many times a minute and a day, later after it has failed, and no more once it has refused.

import type { LookupFailure } from "./http.ts";

/** Milliseconds. */
const MINUTE = 60_000;
const DAY = 86_400_000;
/** After the first failure; doubled with each further one. Own choices, as polite clients do. */
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 15 * MINUTE;
/** After "too often", where the service does not say how long. */
const LIMITED_PAUSE = MINUTE;

export interface Quota {
  /** Milliseconds until it may be asked; 0 for now, Infinity for not today or not any more. */
  wait(now: number): number;
  /** It is asked. */
  spend(now: number): void;
  /** So many share what the service allows: each has its part. */
  divide(among: number): void;
  succeeded(): void;
  failed(failure: LookupFailure, now: number): void;
  /** It has refused: it is not asked again in this run. */
  readonly isClosed: boolean;
}

/** A full quota; times in milliseconds of any one clock. */
export function createQuota(allPerMinute: number, allPerDay = Infinity): Quota {
  let perMinute = allPerMinute;
  let perDay = allPerDay;
  // With less than one a minute it takes longer to save up for one.
  const most = (): number => Math.max(1, perMinute);
  let tokens = most();
  let filled = -Infinity;
  let today = 0;
  let dayBegan = -Infinity;
  let failures = 0;
  let pauseUntil = -Infinity;
  let closed = false;

  function refill(now: number): void {
    tokens = Math.min(most(), tokens + (now - filled) / MINUTE * perMinute);
    if (Number.isNaN(tokens)) tokens = most();
    filled = now;
    if (now - dayBegan >= DAY) {
      dayBegan = now;
      today = 0;
    }
  }

  return {
    wait(now) {
      if (closed) return Infinity;
      refill(now);
      if (today >= perDay) return Infinity;
      const forToken = tokens >= 1 ? 0 : (1 - tokens) / perMinute * MINUTE;
      return Math.max(forToken, pauseUntil - now, 0);
    },
    spend(now) {
      refill(now);
      tokens--;
      today++;
    },
    divide(among) {
      perMinute = allPerMinute / among;
      perDay = Math.max(1, Math.floor(allPerDay / among));
    },
    succeeded: () => void (failures = 0),
    failed({ kind, retryAfter }, now) {
      failures++;
      if (kind === "refused") closed = true;
      const pause = kind === "limited" && retryAfter === undefined
        ? LIMITED_PAUSE
        : retryAfter === undefined
        ? FIRST_PAUSE * 2 ** (failures - 1)
        : retryAfter * 1000;
      pauseUntil = now + Math.min(pause, LONGEST_PAUSE);
    },
    get isClosed() {
      return closed;
    },
  };
}
