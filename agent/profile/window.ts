// Time windows: slices of a profile, numbered from the first record of the run.

/** How traffic time is cut into windows. */
export interface WindowClock {
  /** Unix seconds of the first record of the run. */
  origin: number;
  /** Seconds; Infinity for one window over everything (`only_one_tw`). */
  width: number;
}

/**
 * The number of the window that holds `ts`: 1 for the first. Records older than the first record of the run (late
 * flows) fall into windows 0, -1, …; with one window over everything the answer is always 1.
 */
export function windowNumber(clock: WindowClock, ts: number): number {
  return clock.width === Infinity ? 1 : Math.floor((ts - clock.origin) / clock.width) + 1;
}

/** First second of a window; the origin of the run when there is only one window. */
export function windowStart(clock: WindowClock, window: number): number {
  return clock.width === Infinity ? clock.origin : clock.origin + (window - 1) * clock.width;
}

/** First second after a window; Infinity when there is only one. */
export function windowEnd(clock: WindowClock, window: number): number {
  return clock.width === Infinity ? Infinity : clock.origin + window * clock.width;
}
