// What main and the dissector say to the thread of the tape, and what it answers. Plain data.

import type { BatchMessage } from "../profile/flat/batch.ts";
import type { Fact } from "../profile/facts.ts";

/** How far a growing input was read: records or packets of each file that is being read, by the file's number. */
export interface ReadPosition {
  readonly file: number;
  readonly done: number;
}

/** What stands at the beginning of each segment: with it, and what follows, a stream can be taken up there. */
export interface Snapshot {
  /** Unix seconds of the first record of the run; NaN before it. */
  readonly origin: number;
  /** Stream time here. */
  readonly clock: number;
  /** What the traffic has taught so far, the oldest first. */
  readonly facts: readonly Fact[];
}

/** What is on the tape, one after the other. */
export type Taped =
  | { readonly snapshot: Snapshot; readonly batch?: undefined }
  /** Records in the order in which they came out, each with its clock, its ordinal and its profile; facts that were no record's. */
  | { readonly batch: BatchMessage; readonly positions: readonly ReadPosition[]; readonly snapshot?: undefined };

/** Main to the thread. */
export type ToTape =
  /** The first; comes with the dissector's port. A fresh tape begins, or the one that is there is taken up. */
  | { say: "open"; folder: string; fresh: boolean; keepSeconds: number }
  | { say: "close" };

/** The thread to main. */
export type FromTape =
  | { say: "opened"; found: TapeFound }
  | { say: "warning"; sentence: string }
  | { say: "closed" };

/** What was found on a tape. */
export interface TapeFound {
  /** Why it cannot be taken up: what can be said of it. */
  readonly problem: string | undefined;
  readonly records: number;
  /** Stream time at which it begins, and ends; NaN when there is nothing on it. */
  readonly from: number;
  readonly to: number;
  /** Whether what came first has been dropped since. */
  readonly isCut: boolean;
  /** How far a growing input was read when it ended. */
  readonly positions: readonly ReadPosition[];
}

/** The dissector to the thread. */
export type ToTapeFromDissector =
  /** The next thing on the tape is wanted. */
  | { say: "next" }
  /** A new segment; `gap`: something is missing before it, so that nothing older is worth keeping. */
  | { say: "segment"; snapshot: Snapshot; gap: boolean }
  | { say: "batch"; batch: BatchMessage; positions: readonly ReadPosition[] };

/** The thread to the dissector. */
export type FromTapeToDissector =
  /** What is next; undefined at the end of the tape. */
  | { say: "next"; taped: Taped | undefined }
  /** A batch was written some time ago. */
  | { say: "taken" };
