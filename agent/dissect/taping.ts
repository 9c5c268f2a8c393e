// The dissector's end of the way to the tape (docs/resume.md): sends the batches of records that go to the store to it as
// well, divided into segments that each begin with what is needed to take a stream up there.

import type { BatchMessage } from "../profile/flat/batch.ts";
import type { FromTapeToDissector, ReadPosition, Snapshot, Taped, ToTapeFromDissector } from "../resume/messages.ts";

/** Records in a segment; the oldest segment goes as a whole. Own choice. */
const SEGMENT_RECORDS = 250_000;
/** Records that the thread may be behind: more are given up, with all that is before them. Own choice: about ten megabytes. */
const RECORDS_IN_FLIGHT = 65_536;

export interface TapingOptions {
  /** Seconds of stream time after which the next segment begins. */
  readonly segmentSeconds: number;
  /** What stands at the beginning of a segment. */
  snapshot(): Pick<Snapshot, "origin" | "facts">;
  /** How far a growing input has been read. */
  positions(): readonly ReadPosition[];
}

export interface Taping {
  /** All that was sent has been written: the next may go. */
  isIdle(): boolean;
  write(batch: BatchMessage): void;
  /** The clock was set back to `now`: the tape begins anew. */
  startOver(now: number): void;
  /** What an earlier run has left, one thing after the other; undefined at the end. */
  next(): Promise<Taped | undefined>;
  /** The tape's thread has failed: nothing is written any more, nothing more is to be had, and nobody waits. */
  failed(): void;
  /** Waits until all was written. */
  finished(): Promise<void>;
}

/** Writes to the tape behind `port`. */
export function createTaping(port: MessagePort, { segmentSeconds, snapshot, positions }: TapingOptions): Taping {
  let inFlight: number[] = [];
  let recordsInFlight = 0;
  /** Records in the segment; a first one is still to begin. */
  let records = Infinity;
  let segmentClock = NaN;
  let lastClock = -Infinity;
  let gap = false;
  let hasFailed = false;
  let waiting: ((taped: Taped | undefined) => void) | undefined;
  let wake: (() => void) | undefined;
  const tell = (message: ToTapeFromDissector): void => port.postMessage(message);

  port.onmessage = ({ data }: MessageEvent<FromTapeToDissector>) => {
    if (data.say === "next") {
      lastClock = Math.max(lastClock, data.taped?.batch?.clock ?? -Infinity);
      waiting?.(data.taped);
    } else {
      recordsInFlight -= inFlight.shift() ?? 0;
      wake?.();
    }
  };

  return {
    isIdle: () => inFlight.length === 0,
    write(batch) {
      if (hasFailed) return;
      if (recordsInFlight > RECORDS_IN_FLIGHT) gap = true;
      if (gap && inFlight.length > 0) return;
      if (gap || records >= SEGMENT_RECORDS || batch.clock - segmentClock >= segmentSeconds) {
        // At the beginning of a run nothing has been taught: what its first batch teaches comes with that.
        const before = lastClock === -Infinity ? { origin: batch.origin, facts: [] } : snapshot();
        tell({ say: "segment", snapshot: { ...before, clock: lastClock }, gap });
        records = 0;
        segmentClock = batch.clock;
        gap = false;
      }
      tell({ say: "batch", batch, positions: positions() });
      inFlight.push(batch.steps);
      recordsInFlight += batch.steps;
      records += batch.steps;
      lastClock = batch.clock;
    },
    startOver(now) {
      gap = true;
      lastClock = now;
    },
    failed() {
      hasFailed = true;
      inFlight = [];
      recordsInFlight = 0;
      waiting?.(undefined);
      wake?.();
    },
    next() {
      if (hasFailed) return Promise.resolve(undefined);
      tell({ say: "next" });
      return new Promise((resolve) => waiting = resolve);
    },
    async finished() {
      while (inFlight.length > 0) await new Promise<void>((resolve) => wake = resolve);
      wake = undefined;
    },
  };
}
