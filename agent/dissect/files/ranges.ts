// Files that are fetched piece by piece, by requests for ranges that may go over several connections. The pieces of one
// file have one fuid; when the last connection that carried some is over, each of them has its `files` record. Zeek
// waits two minutes more for further connections.

import type { Output } from "../analyzer.ts";
import { endpoints, type FileOpening, type FileSettings, newContents } from "./file.ts";
import { fuidOf } from "./fuid.ts";
import { endOf, holes, type Stretch, withStretch } from "./stretches.ts";

/** Files in pieces that are remembered at a time; beyond this the one that began first is handed on early. */
export const RANGE_FILES_LIMIT = 1000;
/** Connections that are told apart for one file. */
export const RANGE_FLOWS_LIMIT = 64;

/** One file as one connection sees it. */
export interface RangeFile {
  readonly fuid: string;
  /** Bytes that stand at `offset` in the file. */
  data(offset: number, bytes: Uint8Array, start: number, end: number): void;
  setSize(length: number): void;
}

export interface RangeFiles {
  /** The file named by `opening.key`, opened for this connection unless it already is. */
  open(opening: FileOpening, output: Output): RangeFile;
  /** The connection is over. */
  leave(uid: string, output: Output): void;
}

interface Entry {
  readonly openings: Map<string, FileOpening>;
  readonly contents: ReturnType<typeof newContents>;
  readonly file: RangeFile;
  readonly started: number;
  last: number;
  open: number;
  /** Seen stretches [start, end), in order, not touching. */
  stretches: Stretch[];
}

/** A new, empty set of files. */
export function newRangeFiles(settings: FileSettings): RangeFiles {
  const entries = new Map<string, Entry>();
  const keysOfFlow = new Map<string, Set<string>>();

  function handOn(key: string, entry: Entry, output: Output): void {
    entries.delete(key);
    const contents = { ...entry.contents.finish(), missing_bytes: holes(entry.stretches) };
    for (const opening of entry.openings.values()) {
      keysOfFlow.get(opening.flow.uid)?.delete(key);
      output.emit({
        kind: "files",
        ts: entry.started,
        fuid: entry.file.fuid,
        ...endpoints(opening),
        source: opening.source,
        depth: opening.depth,
        filename: opening.filename,
        duration: entry.last - entry.started,
        timedout: true,
        ...contents,
      });
    }
  }

  function newEntry(opening: FileOpening, output: Output): Entry {
    const contents = newContents(settings, opening.onType);
    const entry: Entry = {
      openings: new Map(),
      contents,
      started: output.now,
      last: output.now,
      open: 0,
      stretches: [],
      file: {
        fuid: fuidOf(opening.key),
        setSize: (length) => contents.setSize(length),
        data(offset, bytes, start, end) {
          if (start >= end) return;
          entry.last = output.now;
          // Type and hashes are of the file from its first byte; a jump ends them.
          if (offset !== endOf(entry.stretches)) contents.gap(0);
          contents.data(bytes, start, end);
          entry.stretches = withStretch(entry.stretches, offset, offset + end - start);
        },
      },
    };
    return entry;
  }

  return {
    open(opening, output) {
      const { key, flow } = opening;
      let entry = entries.get(key);
      if (entry === undefined) {
        if (entries.size >= RANGE_FILES_LIMIT) {
          const [oldestKey, oldest] = entries.entries().next().value!;
          handOn(oldestKey, oldest, output);
        }
        entry = newEntry(opening, output);
        entries.set(key, entry);
      }
      if (!entry.openings.has(flow.uid) && entry.openings.size < RANGE_FLOWS_LIMIT) {
        entry.openings.set(flow.uid, opening);
        entry.open++;
        const keys = keysOfFlow.get(flow.uid);
        if (keys === undefined) keysOfFlow.set(flow.uid, new Set([key]));
        else keys.add(key);
      }
      return entry.file;
    },
    leave(uid, output) {
      const keys = keysOfFlow.get(uid);
      keysOfFlow.delete(uid);
      for (const key of keys ?? []) {
        const entry = entries.get(key);
        if (entry !== undefined && --entry.open === 0) handOn(key, entry, output);
      }
    },
  };
}
