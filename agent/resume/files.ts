// Which files of a growing input were read, so that a run that goes on reads none of it again and leaves nothing out. Each
// file has a number, which stands on the tape beside how much of the file was read.

import { join } from "node:path";
import type { FileMark } from "../source/input.ts";
import type { FileMemory } from "../source/follow/feed.ts";
import { type Arrival, startsWith } from "../source/follow/watch.ts";
import type { ReadPosition } from "./messages.ts";

/** A file as it was when it came up. */
interface Known {
  readonly number: number;
  readonly log: string;
  /** Device and inode: a file that is renamed stays the same. */
  readonly id: string;
  /** Time of its first line or packet, Unix seconds; null when there was none yet. */
  readonly first: number | null;
  /** Its first bytes, base64. */
  readonly head: string;
}

const NAME = "files";
const FILE_MODE = 0o600;

function knownIn(path: string): Known[] {
  try {
    return Deno.readTextFileSync(path).split("\n").flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as Known];
      } catch {
        // Cut off: nothing of that file can have been read.
        return [];
      }
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whether all files are known that were read so far. */
export function knowsFiles(folder: string, positions: readonly ReadPosition[]): boolean {
  const known = new Set(knownIn(join(folder, NAME)).map(({ number }) => number));
  return positions.every(({ file }) => known.has(file));
}

/**
 * Opens what is known of files in a folder; `positions` is how far they were read, undefined to begin anew. What cannot be
 * written is told by `failed`.
 */
export function openFiles(
  folder: string,
  positions: readonly ReadPosition[] | undefined,
  failed: (error: unknown) => void,
): FileMemory {
  const path = join(folder, NAME);
  const before = positions === undefined ? [] : knownIn(path);
  // Written anew, as a line that was cut off must not run into the next one; whoever reads sees the old file or the new.
  attempt(() => {
    const text = before.map((one) => `${JSON.stringify(one)}\n`).join("");
    Deno.writeTextFileSync(`${path}.part`, text, { mode: FILE_MODE });
    Deno.renameSync(`${path}.part`, path);
  });
  const done = new Map(positions?.map(({ file, done }) => [file, done]));
  /** Of each log the file that was being read. */
  const current = new Map(before.filter(({ number }) => done.has(number)).map((one) => [one.log, one]));
  let last = before.reduce((most, { number }) => Math.max(most, number), 0);

  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      failed(error);
    }
  }

  function note({ log, id, first, head }: Arrival, isCut: boolean): FileMark {
    const number = ++last;
    const one: Known = {
      number,
      log,
      id,
      first: isCut || Number.isNaN(first) ? null : first,
      head: isCut ? "" : head.toBase64(),
    };
    attempt(() => Deno.writeTextFileSync(path, `${JSON.stringify(one)}\n`, { append: true, mode: FILE_MODE }));
    return { number, skip: 0 };
  }

  return {
    begin(arrival) {
      const reached = current.get(arrival.log);
      const known = before.findLast(({ log, id, head }) =>
        log === arrival.log && id === arrival.id && startsWith(arrival.head, Uint8Array.fromBase64(head))
      );
      if (known !== undefined) {
        if (reached !== undefined && known.number < reached.number) return "read";
        return { number: known.number, skip: done.get(known.number) ?? 0 };
      }
      // A copy, packed perhaps, of what was read: it begins no later than the file that was being read.
      if (reached !== undefined && reached.first !== null && arrival.first <= reached.first) return "read";
      return note(arrival, false);
    },
    cut: (arrival) => note(arrival, true),
  };
}
