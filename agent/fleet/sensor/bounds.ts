// How much of a run is kept: where the streams are to begin when there is too much, in Redis or in memory.

import type { Keep } from "../messages.ts";
import type { Holding } from "./holding.ts";

/** Bytes of batches held in memory, over all streams. */
const HELD_BYTES = 64 * 1024 * 1024;
/** The part of what is kept that goes when it is too much. */
const PART_THAT_GOES = 1 / 4;
/** The part of what may be kept that what an earlier life of the run has left may take before it waits for those who judge. */
const PART_FOR_REPLAY = 1 / 2;

/** Whether what an earlier life has left has to wait for those who judge. */
export function isFullForReplay({ kept }: Holding, keep: Keep): boolean {
  return kept > keep.bytes * PART_FOR_REPLAY;
}

/**
 * The serial up to which batches are to go from Redis, 0 for none: when there are too many bytes, also those that were not
 * judged if the run `givesUp`; when they are older than what is kept of the time up to `now`, only what was judged, as logs
 * of a week may come in a second.
 */
export function tooMuchKept(holding: Holding, keep: Keep, now: number, givesUp: boolean): number {
  const { judged, taken, kept } = holding;
  let serial = 0;
  if (kept > keep.bytes) serial = Math.min(holding.partOf(PART_THAT_GOES), givesUp ? taken : judged);
  if (Number.isFinite(keep.seconds) && now - holding.oldest() > keep.seconds * (1 + PART_THAT_GOES)) {
    serial = Math.max(serial, Math.min(holding.olderThan(now - keep.seconds), judged));
  }
  return serial;
}

/** Holds no more in memory than it must. True when that is still too much. */
export function isTooMuchHeld(holding: Holding): boolean {
  if (holding.bytes > HELD_BYTES) holding.release();
  return holding.bytes > HELD_BYTES;
}
