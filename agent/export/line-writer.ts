// Writes lines to a file through a buffer: logs get thousands of lines a second, each far too short for a system call.

import { InputError, systemReason } from "../errors.ts";

/** Where the bytes go: an open file. */
export interface Sink {
  /** Writes some of the bytes and tells how many. */
  writeSync(bytes: Uint8Array): number;
  close(): void;
}

export interface LineWriter {
  readonly path: string;
  /** Writes a line; the line end is added. Throws an `InputError` when the file cannot take it. */
  line(text: string): void;
  /** Hands everything to the system. */
  flush(): void;
  /** Flushes and closes. */
  close(): void;
}

/** Bytes collected before they are handed to the system. */
const BUFFER_BYTES = 64 * 1024;
/** Bytes of UTF-8 that one UTF-16 unit can need. */
const BYTES_PER_UNIT = 3;
const LINE_END = 0x0a;

const encoder = new TextEncoder();

/** A writer of lines to `sink`; `path` is its name in messages. */
export function createLineWriter(sink: Sink, path: string): LineWriter {
  const buffer = new Uint8Array(BUFFER_BYTES);
  let used = 0;

  function write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) done += sink.writeSync(bytes.subarray(done));
    } catch (error) {
      throw writeError(path, error);
    }
  }

  function flush(): void {
    const bytes = buffer.subarray(0, used);
    // Emptied first: what a full disk refused must not be tried again when the writer is closed.
    used = 0;
    write(bytes);
  }

  return {
    path,
    line(text) {
      const room = text.length * BYTES_PER_UNIT + 1;
      if (room > BUFFER_BYTES - used) flush();
      if (room > BUFFER_BYTES) {
        write(encoder.encode(text + "\n"));
        return;
      }
      used += encoder.encodeInto(text, buffer.subarray(used)).written;
      buffer[used++] = LINE_END;
    },
    flush,
    close() {
      try {
        flush();
      } finally {
        sink.close();
      }
    },
  };
}

/** The sentence for a file that cannot be written. */
export function writeError(path: string, error: unknown): InputError {
  const code = (error as { code?: unknown } | undefined)?.code;
  const reason = code === "ENOSPC" || code === "EDQUOT"
    ? "the disk is full; free some space or choose another --out"
    : systemReason(error);
  return new InputError(`Cannot write ${path}: ${reason}.`);
}
