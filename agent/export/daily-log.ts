// A log that begins anew each day: yesterday's is kept beside it, older ones are gone.

import { systemReason } from "../errors.ts";
import { createLineWriter, type LineWriter } from "./line-writer.ts";

export interface DailyLog {
  line(text: string): void;
  flush(): void;
  close(): void;
}

const FILE_MODE = 0o640;
const SECONDS_PER_DAY = 86_400;

/**
 * A daily log at `path`; yesterday's is at `path` with ".1" behind it. Days are UTC's.
 * @param clock Unix seconds.
 */
export function openDailyLog(path: string, clock: () => number, warn: (sentence: string) => void): DailyLog {
  const today = (): number => Math.floor(clock() / SECONDS_PER_DAY);
  let day = today();
  let writer: LineWriter | undefined = open();

  function open(): LineWriter | undefined {
    try {
      // Never through a link that somebody put there: a new file is made.
      return createLineWriter(Deno.openSync(path, { write: true, createNew: true, mode: FILE_MODE }), path);
    } catch (error) {
      warn(`Cannot write ${path}: ${systemReason(error)}.`);
      return undefined;
    }
  }

  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      // A log that cannot be written must not end the run.
      writer = undefined;
      warn(`${error instanceof Error ? error.message : String(error)} Nothing more is written to it.`);
    }
  }

  return {
    line(text) {
      if (today() !== day) {
        day = today();
        attempt(() => {
          writer?.close();
          Deno.renameSync(path, `${path}.1`);
          writer = open();
        });
      }
      attempt(() => writer?.line(text));
    },
    flush: () => attempt(() => writer?.flush()),
    close: () => attempt(() => writer?.close()),
  };
}
