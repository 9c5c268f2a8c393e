// Opens what the user names: a file, a folder of logs, or standard input. Reads bytes in pieces; what they mean is found out
// where nothing is permitted (input.ts), but for which files of a folder are logs.

import { dirname, join } from "node:path";
import { InputError, systemReason } from "../errors.ts";
import { asItComes } from "./as-it-comes.ts";
import { planFolder } from "./folder.ts";
import { createWatch, type Watch } from "./follow/watch.ts";
import type { LeftOut } from "./left-out.ts";
import type { InputStream, SaidFormat } from "./input.ts";
import { unpackedBeginning } from "./beginning.ts";
import { recognise, RECOGNITION_BYTES } from "./recognise.ts";

/** The name under which standard input is spoken of. */
export const STANDARD_INPUT = "standard input";

export interface OpenInput {
  /** As the user named it. */
  readonly name: string;
  /** Bytes in all; 0 when unknown. */
  readonly size: number;
  readonly streams: readonly InputStream[];
  /** Files of a folder that are not read, and why. */
  readonly ignored: readonly LeftOut[];
  /** Of an input that is still being written: what finds its files. Its streams are not known beforehand. */
  readonly watch?: Watch;
  /** Fills `buffer` from `at` on with bytes of a stream's current file; how many, 0 at its end: the next call begins its next file. */
  read(stream: number, buffer: Uint8Array, at: number): Promise<number>;
  close(): void;
}

/** Reads until the buffer is full or the file is over: pieces of equal size make equal batches. */
async function fill(
  file: { read(into: Uint8Array): Promise<number | null> },
  buffer: Uint8Array,
  at: number,
): Promise<number> {
  let filled = at;
  while (filled < buffer.length) {
    const count = await file.read(buffer.subarray(filled));
    if (count === null || count === 0) break;
    filled += count;
  }
  return filled - at;
}

/**
 * Opens a file or a folder of logs. `said` is what the user says it is; without it, it must be recognised.
 * @throws {InputError} when it is not there, may not be read, is empty, or is nothing that can be analysed.
 */
export async function openInput(path: string, said?: SaidFormat): Promise<OpenInput> {
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) return await openFolder(path, said);
    if (info.isFile && info.size === 0) throw new InputError(`${path} is empty: there is nothing to analyse.`);
    if (info.isFile && said === undefined) await refuseUnknown(path);
    return openStreams(path, info.isFile ? info.size : 0, [{ files: [path] }], "", []);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path} cannot be read: ${systemReason(error)}.`);
  }
}

/**
 * Opens a file or a folder that is still being written: it may be empty, or not there yet if its folder is.
 * @throws {InputError} when it can never be followed.
 */
export async function openFollowed(path: string, said?: SaidFormat): Promise<OpenInput> {
  if (said === "nfdump") {
    throw new InputError("Files of nfdump cannot be followed: read them with --nfdump once they are written.");
  }
  const isFolder = (await statOf(path))?.isDirectory ?? false;
  if (!isFolder && !((await statOf(dirname(path)))?.isDirectory)) {
    throw new InputError(`${path} cannot be followed: its folder does not exist.`);
  }
  if (!isFolder && said === undefined && (await statOf(path))?.isFile) await refuseUnknown(path, true);
  return { ...openNothing(path), watch: createWatch(path, isFolder, said) };
}

/** What the system knows of a path; undefined when there is nothing. */
async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new InputError(`${path} cannot be read: ${systemReason(error)}.`);
  }
}

/** Standard input as an input. */
export function openStandardInput(): OpenInput {
  const read = asItComes(Deno.stdin);
  return {
    name: STANDARD_INPUT,
    size: 0,
    streams: [{ files: [STANDARD_INPUT] }],
    ignored: [],
    read: (_, buffer, at) => read(buffer, at),
    close: () => {},
  };
}

/** No input at all: what is watched comes another way. */
export function openNothing(name: string): OpenInput {
  return { name, size: 0, streams: [], ignored: [], read: () => Promise.resolve(0), close: () => {} };
}

/** The first bytes of a file. */
async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await Deno.open(path);
  try {
    const first = new Uint8Array(RECOGNITION_BYTES);
    return first.subarray(0, await fill(file, first, 0));
  } finally {
    file.close();
  }
}

/** Refuses what is nothing that can be analysed before anything is written. What cannot be unpacked is found out later. */
async function refuseUnknown(path: string, grows = false): Promise<void> {
  const first = unpackedBeginning(await beginningOf(path));
  // What still grows may yet become something.
  if (first === undefined || (grows && first.length < RECOGNITION_BYTES)) return;
  const format = recognise(first);
  if (format.is === "unknown") throw new InputError(`${path} cannot be analysed: ${format.reason}.`);
}

async function openFolder(path: string, said: SaidFormat | undefined): Promise<OpenInput> {
  const entries: { name: string; first: Uint8Array }[] = [];
  const sizes = new Map<string, number>();
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (!isFile) continue;
    entries.push({ name, first: await beginningOf(join(path, name)) });
    sizes.set(name, (await Deno.stat(join(path, name))).size);
  }
  const { streams, ignored } = planFolder(entries, said);
  if (streams.length === 0) {
    throw new InputError(
      said === undefined
        ? `${path} holds nothing that can be read: no captures, no logs of Zeek, Suricata or Argus, no nfdump files.`
        : `${path} holds ${NONE_OF[said]}.`,
    );
  }
  const size = streams.flatMap(({ files }) => files).reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  return openStreams(
    path,
    size,
    streams.map(({ files, from }) => from === undefined ? { files } : { files, from }),
    path,
    ignored,
  );
}

/** What is said of a folder that has nothing of what it was said to hold. */
const NONE_OF: Readonly<Record<SaidFormat, string>> = {
  capture: "no packet capture",
  zeek: "no log of Zeek that can be read",
  suricata: "no events of Suricata (eve.json)",
  argus: "no flows of Argus",
  nfdump: "no file of nfdump",
};

function openStreams(
  name: string,
  size: number,
  streams: readonly InputStream[],
  folder: string,
  ignored: OpenInput["ignored"],
): OpenInput {
  const places = streams.map(() => ({ file: undefined as Deno.FsFile | undefined, next: 0 }));
  return {
    name,
    size,
    streams,
    ignored,
    async read(stream, buffer, at) {
      const place = places[stream]!;
      const files = streams[stream]!.files;
      if (place.file === undefined) {
        if (place.next >= files.length) return 0;
        place.file = await Deno.open(join(folder, files[place.next]!));
      }
      const count = await fill(place.file, buffer, at);
      if (count === 0) {
        place.file.close();
        place.file = undefined;
        place.next++;
      }
      return count;
    },
    close() {
      for (const { file } of places) file?.close();
    },
  };
}
