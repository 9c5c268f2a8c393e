// What a run has told, written down before it is told: whoever takes the run up knows what the user has heard, and tells
// nothing twice and nothing never. Beside it a mark, set anew every second: how far everything was judged and flushed.

import { join } from "node:path";
import type { Alert, Evidence, Repeat } from "../evidence/evidence.ts";

/** Something that was told, with its stream time; Infinity at the end of the input. */
export type Telling =
  | { readonly evidence: Evidence; readonly clock: number }
  | { readonly alert: Alert; readonly clock: number }
  /** Evidence that came again, for a scorer that counts each time. */
  | { readonly repeat: Repeat; readonly clock: number };

/** How far a run had come. */
export interface Mark {
  /** Unix seconds of the clock on the wall. */
  readonly at: number;
  /** Stream time up to which all was judged, and what was found was told; -Infinity before any. */
  readonly clock: number;
  /** Where the windows of the run begin, Unix seconds; NaN before any traffic. */
  readonly origin: number;
  /** Evidence and alerts told that are in the files for sure, counted from the beginning of the run. */
  readonly told: number;
  /** Bytes that these files had then, by name. */
  readonly sizes: Readonly<Record<string, number>>;
}

export interface Told {
  /** What is still known of what was told before, the oldest first. */
  readonly past: readonly Telling[];
  /** What was told before that, and is not known any more. */
  readonly forgotten: { readonly evidence: number; readonly alerts: number };
  /** Evidence and alerts told by now, from the beginning of the run. */
  count(): number;
  /** What was told before is not needed any more: it may be large. */
  forgetPast(): void;
  write(telling: Telling): void;
  setMark(mark: Mark): void;
  close(): void;
}

/** Bytes of a file after which the next begins; two are kept. Own choice: tens of thousands of findings. */
const FILE_BYTES = 32 * 1024 * 1024;
const MARK = "mark";
/** Bytes of the mark, which is written over in one go. */
const MARK_BYTES = 1024;
const FILE_MODE = 0o600;
const LINE_END = 0x0a;

interface Header {
  evidence: number;
  alerts: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The lines of a file, whole ones only; what is left of one that was cut off is taken away. */
function linesOf(path: string): string[] {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const end = bytes.lastIndexOf(LINE_END) + 1;
  if (end < bytes.length) Deno.truncateSync(path, end);
  return decoder.decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
}

function tellingIn(line: string): Telling {
  const { clock, ...rest } = JSON.parse(line) as Telling & { clock: number | null };
  return { ...rest, clock: clock ?? Infinity } as Telling;
}

/** The mark in a folder; undefined when there is none. */
export function readMark(folder: string): Mark | undefined {
  try {
    const mark = JSON.parse(Deno.readTextFileSync(join(folder, MARK))) as { [name in keyof Mark]: Mark[name] | null };
    // JSON knows no time before any traffic.
    return { ...mark as Mark, clock: mark.clock ?? -Infinity, origin: mark.origin ?? NaN };
  } catch {
    return undefined;
  }
}

/**
 * Opens what was told, with what is there, or anew. What cannot be written is told by `failed`, once.
 * @throws when what is there cannot be read.
 */
export function openTold(folder: string, fresh: boolean, failed: (error: unknown) => void): Told {
  const [path, older, markPath] = [join(folder, "told"), join(folder, "told.1"), join(folder, MARK)];
  if (fresh) {
    for (const old of [path, older, markPath]) {
      try {
        Deno.removeSync(old);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
  const files = [linesOf(older), linesOf(path)].filter((lines) => lines.length > 0);
  const past = files.flatMap((lines) => lines.slice(1).map(tellingIn));
  const forgotten = files.length === 0 ? { evidence: 0, alerts: 0 } : JSON.parse(files[0]![0]!) as Header;
  const counts = { ...forgotten };
  for (const telling of past) count(telling);
  let file: Deno.FsFile | undefined;
  let bytes = 0;
  let marked: Deno.FsFile | undefined;
  attempt(() => {
    file = Deno.openSync(path, { append: true, create: true, mode: FILE_MODE });
    bytes = file.statSync().size;
    if (bytes === 0) put(JSON.stringify(counts));
    marked = Deno.openSync(markPath, { write: true, create: true, mode: FILE_MODE });
  });

  function count(telling: Telling): void {
    if ("evidence" in telling) counts.evidence++;
    else if ("alert" in telling) counts.alerts++;
  }

  function put(line: string): void {
    const written = encoder.encode(`${line}\n`);
    for (let done = 0; done < written.length;) done += file!.writeSync(written.subarray(done));
    bytes += written.length;
  }

  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      file?.close();
      marked?.close();
      file = marked = undefined;
      failed(error);
    }
  }

  return {
    past,
    forgotten,
    count: () => counts.evidence + counts.alerts,
    forgetPast() {
      past.length = 0;
    },
    write(telling) {
      if (file === undefined) return;
      attempt(() => {
        if (bytes > FILE_BYTES) {
          file!.close();
          Deno.renameSync(path, older);
          file = Deno.openSync(path, { append: true, createNew: true, mode: FILE_MODE });
          bytes = 0;
          put(JSON.stringify(counts));
        }
        put(JSON.stringify(telling));
      });
      count(telling);
    },
    setMark(now) {
      if (marked === undefined) return;
      attempt(() => {
        const line = encoder.encode(JSON.stringify(now).padEnd(MARK_BYTES - 1) + "\n");
        marked!.seekSync(0, Deno.SeekMode.Start);
        // In one go: it is there as a whole, or the one before.
        marked!.writeSync(line);
      });
    },
    close() {
      file?.close();
      marked?.close();
      file = marked = undefined;
    },
  };
}
