// A token bucket (RFC 2697's committed rate, without colours): so many a second, and so many at once after a pause.

export interface TokenBucket {
  /** Takes one token; false when there is none. `now` in seconds, never going back. */
  take(now: number): boolean;
}

export function createTokenBucket(perSecond: number, burst: number): TokenBucket {
  let tokens = burst;
  let last = -Infinity;
  return {
    take(now) {
      if (now > last) {
        tokens = Math.min(burst, last === -Infinity ? burst : tokens + (now - last) * perSecond);
        last = now;
      }
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
  };
}
