// Reads the files of one log one after the other, each until it has no more and there is a next one. A file keeps being read
// through what it was opened as, whatever it is renamed to; one that becomes shorter is read anew from its beginning.

import { type Arrival, HEAD_BYTES, startsWith } from "./watch.ts";

/** What came of trying to read: bytes, the end of the current file with a next one at hand, a file cut short, or nothing yet. */
export type Step = number | "next" | "cut" | "nothing";

export interface Tail {
  readonly log: string;
  /** The file being read. */
  current(): Arrival;
  /** A file that goes on with the log. False when it is a copy of what was read. */
  follow(next: Arrival): boolean;
  /** Reads on into `buffer` from `at`. After "next" the next file is current, after "cut" the same one from its beginning. */
  read(buffer: Uint8Array, at: number): Promise<Step>;
  close(): void;
}

/** Beginnings of what was read that are remembered. */
const HEADS_KEPT = 16;

/** Whether one of two beginnings goes on where the other ends. */
function haveSameStart(a: Uint8Array, b: Uint8Array): boolean {
  return a.length < b.length ? startsWith(b, a) : startsWith(a, b);
}

/** The tail of a log that begins with a file. */
export async function createTail(first: Arrival): Promise<Tail> {
  let current = first;
  let file = await Deno.open(first.path);
  let position = 0;
  /** The first bytes of the file as they were read, to notice when others stand in their place. */
  let head = new Uint8Array(0);
  let changed = NaN;
  const queue: Arrival[] = [];
  /** The first bytes of what was read under the same name before it was cut: whoever cuts a log keeps a copy. */
  let before: Uint8Array[] = [];

  /** Whether the file was cut: it is shorter than what was read, or begins otherwise since it was written to. */
  async function isCut(): Promise<boolean> {
    const info = await file.stat();
    if (info.size < position) return true;
    const writtenAt = info.mtime?.getTime() ?? 0;
    if (writtenAt === changed || head.length === 0) return false;
    changed = writtenAt;
    await file.seek(0, Deno.SeekMode.Start);
    const now = new Uint8Array(head.length);
    const count = await file.read(now) ?? 0;
    await file.seek(position, Deno.SeekMode.Start);
    return !startsWith(now.subarray(0, count), head.subarray(0, count));
  }

  async function startOver(): Promise<void> {
    if (head.length > 0) before = [...before.slice(1 - HEADS_KEPT), head];
    await file.seek(0, Deno.SeekMode.Start);
    position = 0;
    head = new Uint8Array(0);
    changed = NaN;
  }

  return {
    log: first.log,
    current: () => current,
    follow(next) {
      const isCopy = next.name !== current.name &&
        [...before, head].some((one) => one.length > 0 && haveSameStart(one, next.head));
      if (!isCopy) queue.push(next);
      return !isCopy;
    },
    async read(buffer, at) {
      // Before its bytes: what stands in place of others must not be taken for their continuation.
      if (await isCut()) {
        await startOver();
        return "cut";
      }
      // Looked at before reading: what the old file was given before there was a next one has been read then.
      const next = queue[0];
      let filled = at;
      while (filled < buffer.length) {
        const count = await file.read(buffer.subarray(filled));
        if (count === null || count === 0) break;
        filled += count;
      }
      const length = filled - at;
      if (length > 0) {
        if (head.length < HEAD_BYTES && position === head.length) {
          const more = buffer.subarray(at, Math.min(filled, at + HEAD_BYTES - head.length));
          const joined = new Uint8Array(head.length + more.length);
          joined.set(head);
          joined.set(more, head.length);
          head = joined;
        }
        position += length;
        return length;
      }
      if (next === undefined) return "nothing";
      const opened = await Deno.open(next.path);
      file.close();
      file = opened;
      queue.shift();
      current = next;
      await startOver();
      return "next";
    },
    close: () => file.close(),
  };
}
