// A run that stays goes on where an earlier one ended, however that ended (docs/resume.md): it is the same run for the
// store, its windows are those of the earlier one, and nothing is told twice.

import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { Configuration } from "../config/schema.ts";
import { systemReason } from "./errors.ts";
import { NOWHERE, sensorName } from "./keeping.ts";
import { startTape, type Tape } from "./resume/client.ts";
import { knowsFiles, openFiles } from "./resume/files.ts";
import { type Left, readLeft } from "./resume/left.ts";
import { createNews, type News } from "./resume/news.ts";
import { lockFolder, removeRunFile, RUN_FORMAT, writeRunFile } from "./resume/run-file.ts";
import { type Mark, openTold, type Told } from "./resume/told.ts";
import { makeStateDirectory } from "./state-directory.ts";
import type { FileMemory } from "./source/follow/feed.ts";
import type { ThreadOptions } from "./threads.ts";

export interface ResumeOptions {
  readonly settings: Configuration["store"];
  /** The state directory, which is made when asked for. */
  readonly state: () => string;
  /** What is watched or followed. */
  readonly input: string;
  /** Directory of the results. */
  readonly output: string;
  readonly windowWidth: number;
  /** The input is there to be read again, as a file is and a wire is not. */
  readonly grows: boolean;
  /** Begin anew, whatever there is. */
  readonly fresh: boolean;
}

/** A run that is taken up. */
export interface TakenUp {
  /** When it was last heard of: Unix seconds of the clock on the wall. */
  readonly ended: number;
  /** What is on its tape: how many records, and since when, in stream time; NaN without any. */
  readonly records: number;
  readonly from: number;
  /** How far it had come, and what of its results was in the files: of this output directory, or undefined of another. */
  readonly mark: Mark | undefined;
}

export interface Resume {
  /** The folder of what is written down. */
  readonly folder: string;
  /** The run, begun now or earlier: its id, when it began, and where its windows begin. */
  readonly run: { readonly id: string; readonly began: number; readonly origin: number };
  readonly takenUp: TakenUp | undefined;
  readonly told: Told;
  readonly news: News;
  /** Which files of a growing input were read, and how far. */
  files(): FileMemory;
  /** The way of records to the tape; `storedUpTo` is the ordinal of the last record that the store has, if it keeps records. */
  tape(storedUpTo: number | undefined): NonNullable<ThreadOptions["tape"]>;
  /** What was on the tape has passed: since when the wire is watched again, if it was not for a while. */
  live(): number | undefined;
  /** What was on the tape has been judged. */
  caughtUp(): void;
  /** All that was told by now is in the files of these sizes, and all was judged up to this stream time. */
  mark(clock: number, origin: number, sizes: Mark["sizes"]): void;
  close(): Promise<void>;
}

/** Seconds of the shortest stretch that counts as a window here: detectors remember more than short windows. */
const SHORTEST_SPAN = 3600;
/** Of the longest: who has but one window over everything takes up what ended within two days. */
const LONGEST_SPAN = 86_400;
/** Segments of the tape in such a stretch. Own choice: what is dropped goes in parts of some minutes. */
const SEGMENTS = 8;
/** Seconds after which it matters what passed meanwhile. Own choice: a quick restart is no more than a few lost packets. */
const NOTICED_SECONDS = 5;

/**
 * Opens what an earlier run of this sensor over this input has left, or begins to write down what a later one may need.
 * Undefined where that is not wanted, or another agent is at it. What the user should know is told by `note`, one sentence
 * each; `isUsual` when only the log of the run needs it.
 * @throws {InputError} when the state directory cannot be used.
 */
export async function openResume(
  options: ResumeOptions,
  note: (sentence: string, isUsual: boolean) => void,
): Promise<Resume | undefined> {
  const { settings, input, windowWidth } = options;
  const warning = (sentence: string): void => note(sentence, false);
  if (!settings.resume || settings.place === NOWHERE) return undefined;
  const key = createHash("sha256").update(JSON.stringify([sensorName(settings), input])).digest("hex").slice(0, 12);
  const folder = makeStateDirectory(join(options.state(), "resume", key));
  let lock: Deno.FsFile | undefined;
  try {
    lock = lockFolder(folder);
  } catch (error) {
    warning(`${folder} cannot be written: ${systemReason(error)}. This run cannot go on after a restart.`);
    return undefined;
  }
  if (lock === undefined) {
    warning(`Another agent reads ${input} with this state directory: this run cannot go on after a restart.`);
    return undefined;
  }
  const failed = (error: unknown): void => {
    warning(`What is told cannot be noted in ${folder}: ${systemReason(error)}. After a restart this run begins anew.`);
    try {
      removeRunFile(folder);
    } catch { /* then a little may be told twice */ }
  };
  const now = Date.now() / 1000;
  const span = Math.min(Math.max(windowWidth, SHORTEST_SPAN), LONGEST_SPAN);
  let left: Left = options.fresh ? { why: undefined } : readLeft(folder, { windowWidth, now, oldest: 2 * span });
  let told: Told | undefined;
  try {
    if (left.run !== undefined) told = openTold(folder, false, failed);
  } catch (error) {
    left = cannot(`what it told cannot be read (${systemReason(error)})`);
  }
  const keepSeconds = 2 * span;
  /** The tape; undefined when its thread fails at once, with the reason told. */
  const openTape = (fresh: boolean, unusable: (why: string) => void): Promise<Tape | undefined> =>
    startTape({ folder, keepSeconds, fresh }, warning).catch((error) => {
      unusable(error.message);
      return undefined;
    });
  let tape = left.run === undefined ? undefined : await openTape(false, (why) => {
    left = cannot(`its tape cannot be read (${why})`);
  });
  if (tape !== undefined) {
    const { problem, records, positions } = tape.found;
    if (problem !== undefined) left = cannot(`its tape ${problem}`);
    else if (!knowsFiles(folder, positions)) left = cannot("it left no word of what it had read");
    else if (records === 0 && Number.isFinite(left.mark?.origin)) left = cannot("its tape holds nothing");
  }
  if (left.run === undefined || tape === undefined || told === undefined) {
    // Before anything else: what is being taken away must not be taken up by half.
    removeRunFile(folder);
    told?.close();
    await tape?.close();
    tape = await openTape(true, (why) => {
      warning(`The thread of the tape failed: ${why}. This run cannot go on after a restart. Please report this.`);
    });
    if (tape === undefined) {
      lock.close();
      return undefined;
    }
    told = openTold(folder, true, failed);
  }
  const { found, port, close } = tape;
  tape.failed.then(() => {
    // What comes from here on is missing on the tape.
    isWritten = true;
    removeRunFile(folder);
  }).catch(failed);

  if (left.why !== undefined) note(left.why.sentence, left.why.isUsual);
  const output = resolve(options.output);
  const isSameOutput = left.run?.output === output;
  const run = left.run === undefined
    ? { id: crypto.randomUUID(), began: now, origin: NaN }
    : { id: left.run.run, began: left.run.began, origin: left.mark.origin };
  let last: Mark = left.run === undefined ? { at: now, clock: -Infinity, origin: NaN, told: 0, sizes: {} } : left.mark;
  let isLive = left.run === undefined;
  let hasCaughtUp = isLive;
  const news = createNews({ past: told.past, clock: last.clock, isCut: found.isCut || told.forgotten.evidence > 0 });
  const interruption = now - last.at;
  let isWritten = false;

  return {
    folder,
    run,
    takenUp: left.run === undefined ? undefined : {
      ended: last.at,
      records: found.records,
      from: found.from,
      mark: isSameOutput ? left.mark : undefined,
    },
    told,
    news,
    files: () => openFiles(folder, left.run === undefined ? undefined : found.positions, failed),
    tape: (storedUpTo) => ({
      port,
      failed: tape.failed,
      use: {
        replay: isLive ? undefined : { storedUpTo: storedUpTo ?? Infinity, isReadAgain: options.grows },
        segmentSeconds: span / SEGMENTS,
      },
    }),
    live() {
      isLive = true;
      return Math.abs(interruption) >= NOTICED_SECONDS ? now : undefined;
    },
    caughtUp() {
      hasCaughtUp = true;
      news.live();
    },
    mark(clock, origin, sizes) {
      last = {
        // Until what comes in is seen again, the interruption lasts.
        at: isLive ? Date.now() / 1000 : last.at,
        clock: hasCaughtUp && Number.isFinite(clock) ? clock : Math.max(clock, last.clock),
        origin: Number.isNaN(origin) ? last.origin : origin,
        told: told.count(),
        sizes,
      };
      told.setMark(last);
      writeRun();
    },
    async close() {
      told.close();
      await close();
      lock.close();
    },
  };

  /** With the first mark: what the files have is known then. */
  function writeRun(): void {
    if (isWritten) return;
    isWritten = true;
    try {
      const width = Number.isFinite(windowWidth) ? windowWidth : null;
      writeRunFile(folder, { format: RUN_FORMAT, run: run.id, began: run.began, windowWidth: width, output });
    } catch (error) {
      failed(error);
    }
  }
}

function cannot(why: string): Left {
  return { why: { sentence: `The last run cannot go on: ${why}. A new one begins.`, isUsual: false } };
}
