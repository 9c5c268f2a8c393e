// Which run what is beside this file belongs to, and whether somebody is at it right now.

import { join } from "node:path";

/** What a run must have in common with the one that it takes up, and what it takes over. */
export interface RunFile {
  /** To be raised whenever what stands beside this file changes its form. */
  readonly format: typeof RUN_FORMAT;
  /** The id of the run, and when it began: Unix seconds of the clock on the wall. */
  readonly run: string;
  readonly began: number;
  /** Seconds; null for one window over everything. */
  readonly windowWidth: number | null;
  /** Whole path of the directory of its results. */
  readonly output: string;
}

export const RUN_FORMAT = 1;
const NAME = "run.json";
const FILE_MODE = 0o600;

/** The run file of a folder; undefined when there is none, or none that is whole. */
export function readRunFile(folder: string): RunFile | { readonly format: unknown } | undefined {
  try {
    const found: unknown = JSON.parse(Deno.readTextFileSync(join(folder, NAME)));
    return typeof found === "object" && found !== null && "format" in found ? found : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes it; whoever reads sees the old one or the new one. */
export function writeRunFile(folder: string, run: RunFile): void {
  const beside = join(folder, `${NAME}.part`);
  Deno.writeTextFileSync(beside, `${JSON.stringify(run)}\n`, { mode: FILE_MODE });
  Deno.renameSync(beside, join(folder, NAME));
}

/** Takes it away: what is there cannot be taken up. */
export function removeRunFile(folder: string): void {
  try {
    Deno.removeSync(join(folder, NAME));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Keeps others out of the folder until the file is closed, or the process ends; undefined when somebody is there. */
export function lockFolder(folder: string): Deno.FsFile | undefined {
  const file = Deno.openSync(join(folder, "lock"), { write: true, create: true, mode: FILE_MODE });
  if (file.tryLockSync(true)) return file;
  file.close();
  return undefined;
}
