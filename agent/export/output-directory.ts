// The directory that a run writes into: made if it is missing, refused if it is somebody else's, and emptied of what an
// earlier run of ours left, unless it goes on with that.
//
//     alerts/alerts.log   alerts/alerts.json   zeek/<kind>.log   summary.json   run.log
//
// A directory is ours if its run.log begins with `RUN_LOG_MARKER`: that line is written before anything else, so also a
// run that was cut short leaves it, which cannot be said of summary.json.

import { join } from "node:path";
import { InputError, systemReason } from "../errors.ts";
import { ownedByOthers } from "../owner.ts";
import { KINDS } from "../record/schema.ts";
import { openToGoOn } from "./append.ts";
import { createLineWriter, type LineWriter, writeError } from "./line-writer.ts";

export interface Output {
  /** The directory as it was given. */
  readonly directory: string;
  /** run.log, which holds its first line already. */
  readonly runLog: LineWriter;
  /** Starts one of the files of the layout, such as "alerts/alerts.log". */
  lines(name: string): LineWriter;
  /** Writes one of the files of the layout as a whole; whoever reads it sees the old content or the new, never a part. */
  replace(name: string, text: string): void;
  /** The files started so far, in the order of their start. */
  files(): string[];
  /** What root should know before it trusts what it will find there, as a sentence. */
  readonly danger: string | undefined;
}

/** First line of our run.log. */
export const RUN_LOG_MARKER = "# smartshield run log";

const RUN_LOG = "run.log";
/** What the name of a file ends with until it is whole. */
const UNFINISHED = ".part";
const FOLDERS = ["alerts", "zeek"] as const;
/** Every file that a run may write. */
const OUR_FILES = [
  "alerts/alerts.log",
  "alerts/alerts.json",
  ...KINDS.map((kind) => `zeek/${kind}.log`),
  ...["p2p_reports.log", "p2p.log"].flatMap((name) => [name, `${name}.1`]),
  "summary.json",
  `summary.json${UNFINISHED}`,
  ...["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.journal"],
  RUN_LOG,
];

/** What is found on a network is nobody's business but the owner's and the group's. */
const DIRECTORY_MODE = 0o750;
const FILE_MODE = 0o640;

/**
 * Makes `directory` ready. Throws an `InputError` if it is a file, cannot be written, or holds something and is not ours,
 * unless `force` is set: then files with our names are replaced. Other files are never touched. With `goOn`, what is added
 * stands behind what an earlier run has written.
 */
export function openOutput(directory: string, options: { force: boolean; goOn?: boolean }): Output {
  const files: string[] = [];
  const goesOn = prepare(directory, options);

  /** Opens a file that is to be written, behind what is there if that is wanted. */
  function open(path: string): Deno.FsFile {
    try {
      if (goesOn) return openToGoOn(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    // Never through a link that somebody put there. Always at the end, also after logrotate has cut the file down to nothing.
    return Deno.openSync(path, { append: true, createNew: true, mode: FILE_MODE });
  }

  function lines(name: string): LineWriter {
    const path = join(directory, name);
    try {
      const folder = FOLDERS.find((one) => name.startsWith(`${one}/`));
      if (folder !== undefined) makeFolder(join(directory, folder));
      const file = open(path);
      files.push(name);
      return createLineWriter(file, path);
    } catch (error) {
      throw error instanceof InputError ? error : writeError(path, error);
    }
  }

  function replace(name: string, text: string): void {
    const path = join(directory, name);
    const beside = `${path}${UNFINISHED}`;
    try {
      remove(beside);
      const file = Deno.openSync(beside, { write: true, createNew: true, mode: FILE_MODE });
      const writer = createLineWriter(file, path);
      writer.line(text);
      writer.close();
      Deno.renameSync(beside, path);
      if (!files.includes(name)) files.push(name);
    } catch (error) {
      throw error instanceof InputError ? error : writeError(path, error);
    }
  }

  const runLog = lines(RUN_LOG);
  if (!goesOn) runLog.line(RUN_LOG_MARKER);
  runLog.flush();
  // Also sudo in one's own folder is this: it is told, not refused.
  const owner = ownedByOthers(directory);
  const danger = owner === undefined ? undefined : `The output directory ${directory} ${owner}.`;
  return { directory, runLog, lines, replace, files: () => [...files], danger };
}

/** Whether there is something of an earlier run to go on with. */
function prepare(directory: string, { force, goOn = false }: { force: boolean; goOn?: boolean }): boolean {
  let goesOn = false;
  try {
    makeDirectory(directory);
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    const areOurs = isOurs(directory);
    goesOn = goOn && areOurs;
    if (names.length > 0 && !force && !areOurs) {
      throw new InputError(
        `The output directory ${directory} holds files that are not smartshield's; choose another one, ` +
          "or add --force to write beside them.",
      );
    }
    for (const folder of FOLDERS) if (names.includes(folder)) makeFolder(join(directory, folder));
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Deno.errors.AlreadyExists ? "it is a file" : systemReason(error);
    throw new InputError(`The output directory ${directory} cannot be used: ${reason}.`);
  }
  for (const name of goesOn ? [] : OUR_FILES) remove(join(directory, name));
  for (const folder of FOLDERS) removeIfEmpty(join(directory, folder));
  return goesOn;
}

/** Makes a directory if there is none. */
function makeDirectory(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
}

/** Makes a folder of the layout; a link in its place would let others choose where we write. */
function makeFolder(path: string): void {
  makeDirectory(path);
  if (Deno.lstatSync(path).isSymlink) {
    throw new InputError(`The output directory ${path} cannot be used: it is a link that leads elsewhere.`);
  }
}

function isOurs(directory: string): boolean {
  try {
    using file = Deno.openSync(join(directory, RUN_LOG), { read: true });
    const start = new Uint8Array(RUN_LOG_MARKER.length);
    const length = file.readSync(start);
    return length === start.length && new TextDecoder().decode(start) === RUN_LOG_MARKER;
  } catch {
    return false;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw writeError(path, error);
  }
}

function removeIfEmpty(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Not there, or something of somebody else's is in it.
  }
}
