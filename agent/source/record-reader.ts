// What every reader of records is: bytes of one file or stream in, as they come; records out, each with the time at which
// the program that wrote the file knew it; and counts of what was read, left alone and broken.

import type { AnyRecord, RecordOf } from "../record/schema.ts";

/**
 * Takes one record. `writtenAt` (Unix seconds) is when its source wrote it down: never before `record.ts`, for a
 * connection its end. It is what the stream's clock goes by, and what several logs are merged by.
 */
export type RecordHandler = (record: AnyRecord, writtenAt: number) => void;

export interface RecordReader {
  /** Reads `bytes[start..end)`, the next bytes of the file. They are the caller's again afterwards. Never throws. */
  push(bytes: Uint8Array, start: number, end: number): void;
  /**
   * The file is over: what was not complete is read as far as it goes; or, when the file is `unfinished` as more of it was
   * to come, not read at all.
   */
  end(unfinished?: boolean): void;
}

/** What was read, over all files of a run. Plain data. */
export interface InputCounters {
  /** Lines of text that are not empty and no header, or flows of a binary file. */
  read: number;
  /** Records handed on. */
  records: number;
  /** Of these, what there is no record for, by its name: "loaded_scripts", "stats", "arp". */
  ignored: Record<string, number>;
  /** Of these, what could not be read; each is told by a warning. */
  broken: number;
}

/** Names under which something is counted as ignored; the names come from the input, so there is a bound. */
const MAXIMUM_IGNORED_NAMES = 200;
/** Longest name that is told apart, characters. */
const MAXIMUM_NAME_LENGTH = 60;

/** Counters at zero. */
export function createCounters(): InputCounters {
  return { read: 0, records: 0, ignored: Object.create(null) as Record<string, number>, broken: 0 };
}

/** Counts one thing of that name as ignored. */
export function countIgnored(counters: InputCounters, name: string): void {
  const { ignored } = counters;
  const short = name.slice(0, MAXIMUM_NAME_LENGTH);
  const key = short in ignored || Object.keys(ignored).length < MAXIMUM_IGNORED_NAMES ? short : "other";
  ignored[key] = (ignored[key] ?? 0) + 1;
}

/** What people who know say of a connection in a labelled data set, for training and evaluation. No detector may see it. */
export interface GroundTruth {
  /** "Malicious", "Benign", "Background". */
  label?: string;
  /** Why: the malware, the service. */
  detailedlabel?: string;
}

/** A connection of a labelled data set. The label stands beside the fields and is in no log. */
export type LabelledConnection = RecordOf<"conn"> & GroundTruth;
