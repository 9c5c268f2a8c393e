// What the main thread and the dissector say to each other. Plain data.

import type { PackedEntries } from "../evidence/whitelist/pack.ts";
import type { Fact } from "../profile/facts.ts";
import type { RouterCounters, RouterOptions } from "../profile/router.ts";
import type { AnyRecord } from "../record/schema.ts";
import type { FilePrograms } from "../source/interface/file-filter.ts";
import type { IntakeCounters } from "../source/interface/intake.ts";
import type { FileEnd, FileMark, InputEnd, InputStream, SaidFormat } from "../source/input.ts";
import type { InputWarning } from "../source/warnings.ts";
import type { DissectorCounters, DissectorSettings } from "./dissector.ts";

/**
 * Main to the dissector. `start` comes with one port per detector worker, or one to the fleet's, then one per share, one to
 * the thread that looks for leaks, one to the store's and one to the tape's if there are any, and one per interface that is
 * watched.
 */
export type ToDissector =
  | {
    say: "start";
    /** Detectors are elsewhere: the router's workers are partitions. */
    fleet: boolean;
    /** Other dissectors that hand this one their records. */
    shares: number;
    /** Whether leaks are looked for. */
    leaks: boolean;
    /** Whether records go to the store; those of a live run are given up when it is behind. */
    store: boolean;
    /** What can be taken up after an interruption is written down; undefined: nothing is. */
    tape: TapeUse | undefined;
    live: boolean;
    settings: DissectorSettings;
    router: RouterOptions;
    keepRecords: boolean;
    /** Tell the hosts that appear, each once in so many seconds; undefined: do not. */
    tellHosts: number | undefined;
    streams: readonly InputStream[];
    said: SaidFormat | undefined;
    /** The input is still being written. */
    grows: boolean;
    /** Filters by link type, for captures. */
    filter: FilePrograms | undefined;
    /** The flows that these entries ignore are not judged. */
    whitelist: PackedEntries | undefined;
  }
  /** This dissector is a share: comes with the port to the one that leads, then as `start` does. */
  | { say: "share"; settings: DissectorSettings; leaks: boolean }
  /** What the system knows of our own network. */
  | {
    say: "network";
    localNetwork: string | undefined;
    gateway: { ip: string; mac: string | undefined } | undefined;
  }
  /** Bytes of one stream: `buffer[start..end)`; the room before `start` is the dissector's to use. */
  | { say: "bytes"; stream: number; buffer: ArrayBuffer; start: number; end: number }
  /** The current file of a stream is over. */
  | { say: "over"; stream: number; end: FileEnd }
  /** Of an input that grows: a stream goes on with this file, or a new stream begins with it. */
  | { say: "next"; stream: number; file: string; mark: FileMark | undefined }
  /** A stream that grows has no more for now. */
  | { say: "pause"; stream: number }
  /** What came with the first so many pieces waits no longer for streams that are paused. */
  | { say: "release"; pieces: number }
  /** The input is silent: stream time goes on by so many seconds. */
  | { say: "tick"; seconds: number }
  | { say: "end" }
  /** A detector worker was replaced; comes with the new port. Batches it has not judged are sent again. */
  | { say: "replaced"; worker: number }
  /** Another thread looks for leaks: comes with the port to it, or without one when nobody looks any more. */
  | { say: "leaks" }
  /** The thread of the store, or of the tape, has failed: nobody waits for it any more. */
  | { say: "storeFailed"; accounted: number }
  | { say: "tapeFailed" }
  /** From now on the flows that these entries ignore are not judged; undefined when none is. */
  | { say: "whitelist"; entries: PackedEntries | undefined }
  /** What was on the tape may be followed by what comes in, from `since` on where something was missed. */
  | { say: "live"; since: number | undefined }
  /** What the traffic has taught so far is wanted, for a worker that takes over. */
  | { say: "facts" }
  /** What was counted by now is wanted. */
  | { say: "soFar" };

/** How the tape is used. */
export interface TapeUse {
  /** Play it before anything else. */
  readonly replay: {
    /** Records up to this ordinal are in the store; Infinity where none is to go there. */
    readonly storedUpTo: number;
    /** What is not on the tape is read again. */
    readonly isReadAgain: boolean;
  } | undefined;
  /** Seconds of stream time on one segment of it. */
  readonly segmentSeconds: number;
}

/** The dissector to main. */
export type FromDissector =
  /** Bytes were read; the stream whose bytes are wanted next, -1 when nothing more is. */
  | { say: "spent"; buffer: ArrayBuffer; wants: number }
  /** The end of a file was taken note of. */
  | { say: "noted"; wants: number }
  /** A batch was sent to the workers. */
  | { say: "batch"; serial: number; clock: number; progress: InputProgress; records: AnyRecord[]; hosts: string[] }
  /** So many records of so many hosts that were on the tape were sent to the workers, the last ones with this batch. */
  | { say: "replayed"; serial: number; records: number; hosts: number }
  | { say: "facts"; facts: Fact[] }
  /** Damage in an input that grows, when it is first met. */
  | { say: "warning"; warning: InputWarning }
  /** The clock was set back by so many seconds. */
  | { say: "setBack"; by: number }
  | { say: "soFar"; counters: DissectorReport }
  | { say: "done"; batches: number; counters: DissectorReport };

/** What the dissector counted over the whole input. */
export interface DissectorReport {
  dissector: DissectorCounters;
  /** Records that the store had no time for. */
  recordsNotKept: number;
  router: RouterCounters;
  /** How the input ended. */
  end: InputEnd;
  /** What was taken from interfaces; undefined when none is watched. */
  intake: IntakeCounters | undefined;
  progress: InputProgress;
  /** Times of the first and last packet or record, Unix seconds; NaN without any. */
  first: number;
  last: number;
}

/** How far the input was read. */
export interface InputProgress {
  packets: number;
  /** Bytes of the packets on the wire. */
  bytes: number;
  /** Records that were made or read. */
  records: number;
}
