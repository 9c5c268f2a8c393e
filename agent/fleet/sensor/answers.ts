// What was judged of a sensor's run, as it comes back from Redis.

import type { RedisPlace } from "../../store/place.ts";
import type { Link, Reply } from "../../store/redis/link.ts";
import { createBell } from "../bell.ts";
import type { RunKeys } from "../keys.ts";
import { keepLine } from "../line.ts";
import { pairs } from "../scripts.ts";

export interface AnswersEvents {
  /** One word after the other that somebody has said, then all of them have been told. */
  hear(told: ReadonlyMap<string, string>): void;
  heard(): void;
}

export interface Answers {
  /** Reads until it is closed. */
  read(): Promise<void>;
  /** Takes away what was read. */
  trim(link: Link): Promise<void>;
  /** The run goes by another id now, under which nothing was judged. */
  beginAgain(): void;
  close(): void;
}

/** Milliseconds that one question for what was judged waits for an answer, and answers taken at once. */
const WAIT_MILLISECONDS = 1000;
const ANSWERS_AT_ONCE = 256;
/**
 * Milliseconds between two questions: those who judge say something after every batch, and to be woken for each costs more
 * than what they say. A dissector is so far ahead of them that it does not wait for that.
 */
const PAUSE_MILLISECONDS = 25;

/** Answers to the run whose keys these are. */
export function createAnswers(place: RedisPlace, keys: () => RunKeys, { hear, heard }: AnswersEvents): Answers {
  const line = keepLine(place, { lost() {}, found() {} });
  const pause = createBell();
  let lastRead = "0-0";
  let lastTrimmed = lastRead;
  let closed = false;

  return {
    async read() {
      while (!closed) {
        const { judged } = keys();
        const [reply] = await line.do((link) =>
          link.askAll([[
            ...["XREAD", "COUNT", String(ANSWERS_AT_ONCE), "BLOCK", String(WAIT_MILLISECONDS)],
            ...["STREAMS", judged, lastRead],
          ]])
        ) as [[string, [string, Reply][]][] | null];
        // Of a run that Redis has lost meanwhile nothing is wanted.
        if (reply === null || keys().judged !== judged) continue;
        const [[, entries]] = reply as [[string, [string, Reply][]]];
        for (const [id, fields] of entries) {
          lastRead = id;
          hear(new Map(pairs(fields)));
        }
        heard();
        if (entries.length < ANSWERS_AT_ONCE) await pause.wait(PAUSE_MILLISECONDS);
      }
    },
    async trim(link) {
      if (lastTrimmed !== lastRead) await link.ask("XTRIM", keys().judged, "MINID", lastTrimmed = lastRead);
    },
    beginAgain() {
      lastRead = lastTrimmed = "0-0";
    },
    close() {
      closed = true;
      pause.ring();
      line.close();
    },
  };
}
