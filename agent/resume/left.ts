// What an earlier run has left, and whether it can be taken up.

import { readRunFile, RUN_FORMAT, type RunFile } from "./run-file.ts";
import { type Mark, readMark } from "./told.ts";

/** What there is to take up, or why there is nothing; `why` is a sentence. */
export type Left =
  | { readonly run: RunFile; readonly mark: Mark; readonly why?: undefined }
  | {
    readonly run?: undefined;
    readonly mark?: undefined;
    readonly why: { readonly sentence: string; readonly isUsual: boolean } | undefined;
  };

export interface LeftOptions {
  /** Seconds, Infinity for one window over everything; a run with others is another one. */
  readonly windowWidth: number;
  /** Unix seconds of the clock on the wall. */
  readonly now: number;
  /** Seconds for which a run can be taken up after its end. */
  readonly oldest: number;
}

const nothing = (sentence: string, isUsual: boolean): Left => ({ why: { sentence, isUsual } });

/** Looks at what is in a folder. */
export function readLeft(folder: string, { windowWidth, now, oldest }: LeftOptions): Left {
  const run = readRunFile(folder);
  if (run === undefined) return { why: undefined };
  if (!isRunFile(run)) {
    return nothing(
      "The last run was kept by another version of smartshield and cannot go on: a new one begins.",
      false,
    );
  }
  const mark = readMark(folder);
  if (mark === undefined) return nothing("The last run left no word of how far it had come: a new one begins.", true);
  if ((run.windowWidth ?? Infinity) !== windowWidth) {
    return nothing("The time windows have another width than those of the last run: a new one begins.", false);
  }
  const hours = (seconds: number): string => `${(seconds / 3600).toFixed(1)} hours`;
  if (now - mark.at > oldest) {
    const sentence = `The last run ended ${hours(now - mark.at)} ago, more than ${hours(oldest)}: a new one begins.`;
    return nothing(sentence, true);
  }
  return { run, mark };
}

function isRunFile(run: RunFile | { readonly format: unknown }): run is RunFile {
  return run.format === RUN_FORMAT;
}
