// When a run forgets: after each writing somewhat more than was written, and beside the next one where the home can do
// that. So a store that is full stays within its bound, and never holds the run up for long.

import { countedFrom } from "./old-traffic.ts";
import type { Retention, Store } from "./store.ts";

export interface Retaining {
  /** After a writing of so many records: begins to forget some, as soon as what was begun before has ended. */
  after(home: Store, written: number): Promise<void>;
  /** At the end of the run: forgets what has to go, for some seconds at most. */
  finish(home: Store): Promise<void>;
}

export interface RetainingOptions {
  /** Id of the run. */
  readonly run: string;
  readonly retention: Retention;
  /** Milliseconds of some clock. */
  readonly clock: () => number;
  /** The home cannot be used. */
  readonly failed: (home: Store, error: unknown) => Promise<void>;
}

/**
 * How many times as many records as were written may go after that, and at least: more than come, so that it ends where
 * there was too much; few, as they hold up the home. Own choices.
 */
const TIMES_WRITTEN = 2;
const FORGET_AT_ONCE = 5000;
/** Milliseconds between two looks at what is too old. */
const AGE_MILLISECONDS = 60_000;
/** Milliseconds that the end of a run has for it, and records that go at once then. */
const FINISH_MILLISECONDS = 3000;
const FINISH_AT_ONCE = 50_000;

export function createRetaining({ run, retention, clock, failed }: RetainingOptions): Retaining {
  let agesAt = clock();
  /** Whether more has to go than went last. */
  let isBehind = false;
  let underWay: Promise<void> = Promise.resolve();

  async function forget(home: Store, most: number, ages: boolean): Promise<void> {
    const { seconds, bytes } = retention;
    let from: number | undefined;
    // Asked each time: somebody may have begun to read an old capture.
    if (ages) from = countedFrom(run, await home.runs(), await home.sensors(), seconds, Date.now() / 1000);
    const gone = await home.retain(ages ? { seconds, bytes, from, most } : { seconds: Infinity, bytes, most });
    isBehind = gone >= most;
    if (ages && !isBehind) agesAt = clock();
  }

  const begin = (home: Store, most: number, ages: boolean): Promise<void> =>
    underWay = forget(home, most, ages).catch((error) => {
      isBehind = false;
      return failed(home, error);
    });

  return {
    async after(home, written) {
      await underWay;
      const ages = clock() - agesAt > AGE_MILLISECONDS;
      if (!ages && (retention.bytes === Infinity || written === 0 && !isBehind)) return;
      void begin(home, Math.max(FORGET_AT_ONCE, TIMES_WRITTEN * written), ages);
    },
    async finish(home) {
      await underWay;
      const until = clock() + FINISH_MILLISECONDS;
      do {
        await begin(home, FINISH_AT_ONCE, true);
      } while (isBehind && clock() < until);
    },
  };
}
