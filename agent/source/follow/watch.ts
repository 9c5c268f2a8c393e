// Which files of a growing input there are: looks again and again, and tells what has come up. It asks the file system
// instead of having itself told of changes, because network file systems, on which logs often lie, tell of none.

import { basename, dirname, join } from "node:path";
import { systemReason } from "../../errors.ts";
import { unpackedBeginning } from "../beginning.ts";
import { nameOfLog } from "../folder.ts";
import { firstPacketTime } from "../capture.ts";
import type { SaidFormat } from "../input.ts";
import type { LeftOut } from "../left-out.ts";
import { packingOf, recognise, RECOGNITION_BYTES } from "../recognise.ts";

/** Bytes at the beginning of a file by which it is known again: more than the headers that all files of a log begin with. */
export const HEAD_BYTES = 1024;

/** A file to be read. */
export interface Arrival {
  /** Files of the same log are one stream: "conn", "suricata", "capture". */
  readonly log: string;
  readonly path: string;
  readonly name: string;
  /** Time of its first line or packet, Unix seconds; NaN when there is none yet. */
  readonly first: number;
  /** By which the watch knows it. */
  readonly id: string;
  /** Its first bytes. */
  readonly head: Uint8Array;
}

export interface Watch {
  /** Looks at what is there: the files that have come up since, in the order of their times. */
  look(): Promise<readonly Arrival[]>;
  /** A file has been read to its end and another one goes on: should other content stand in it one day, that is a new file. */
  over(arrival: Arrival): void;
  /** A file that is being read was cut, and begins anew. */
  cut(arrival: Arrival): void;
  /** What was found since the last time and is left alone. */
  leftOut(): readonly LeftOut[];
}

interface Known {
  name: string;
  size: number;
  changed: number;
  /** Its first bytes when it was recognised. */
  head: Uint8Array;
  /** `waiting`: too short to be told what it is. `told`: to be read, or being read. `cut`: as it, but begun anew. */
  state: "waiting" | "told" | "cut" | "over" | "left";
}

/** What a stream was last seen to begin with. */
interface Stream {
  /** Names under which its files came up; a logger that rotates begins a new file under the old name. */
  readonly names: Set<string>;
  /** Latest of the first times, -Infinity without any. */
  newest: number;
}

/** Watches a folder, or one file and whatever comes to stand under its name. `said` is what the user says it is. */
export function createWatch(path: string, isFolder: boolean, said: SaidFormat | undefined): Watch {
  const folder = isFolder ? path : dirname(path);
  const known = new Map<string, Known>();
  const streams = new Map<string, Stream>();
  let program: SaidFormat | undefined = said;
  let leftOut: LeftOut[] = [];

  async function names(): Promise<string[]> {
    if (!isFolder) return [basename(path)];
    const found: string[] = [];
    try {
      for await (const { name, isDirectory } of Deno.readDir(folder)) if (!isDirectory) found.push(name);
    } catch (error) {
      // It may come again.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return found.sort();
  }

  function leave(entry: Known, reason: string, isUsual = false): undefined {
    entry.state = "left";
    leftOut.push({ name: entry.name, reason, isUsual });
  }

  /** What a file is, as far as it can be told by now. */
  function examine(id: string, entry: Known, bytes: Uint8Array): Arrival | undefined {
    entry.head = bytes.slice(0, HEAD_BYTES);
    entry.state = "waiting";
    const beginning = unpackedBeginning(bytes);
    if (beginning === undefined) return leave(entry, "it cannot be unpacked");
    const format = recognise(beginning, true);
    if (format.is === "unknown") {
      return beginning.length >= RECOGNITION_BYTES ? leave(entry, format.reason) : undefined;
    }
    if (format.is === "packed") return leave(entry, "it is packed more than once");
    if (format.is === "nfdump") return leave(entry, "files of nfdump cannot be followed");
    program ??= format.is;
    if (format.is !== program) return leave(entry, `the input is followed as ${PROGRAMS[program]}`);
    const log = nameOfLog(format, entry.name);
    if (log === "") return undefined;
    if (format.is === "zeek" && format.kind === undefined) {
      return leave(entry, `no records are made of ${log} log`, true);
    }
    const first = format.is === "capture" ? firstPacketTime(beginning) : "first" in format ? format.first : undefined;
    return { log, path: join(folder, entry.name), name: entry.name, first: first ?? NaN, id, head: entry.head };
  }

  /** Whether a file of a log goes on with it; others are copies and older parts of what was read, or cannot be told yet. */
  function goesOn({ id, log, name, first }: Arrival): boolean {
    const entry = known.get(id)!;
    const stream = streams.get(log);
    // A logger that rotates begins a new file under the old name; a packed one there is what was read, packed since.
    const isRenewed = stream !== undefined && stream.names.has(name) && packingOf(entry.head) === undefined;
    if (stream !== undefined && !isRenewed && !(first > stream.newest)) {
      if (!Number.isNaN(first)) leave(entry, "it is not newer than what was read of this log", true);
      return false;
    }
    entry.state = "told";
    const names = stream?.names ?? new Set();
    names.add(name);
    if (names.size > MAXIMUM_NAMES) names.delete(names.values().next().value!);
    const newest = Math.max(stream?.newest ?? -Infinity, Number.isNaN(first) ? -Infinity : first);
    streams.set(log, { names, newest });
    return true;
  }

  /** Takes note of how a file begins since it was cut: what it is copied to the next time is none of what comes then. */
  function beginsAnew(id: string, entry: Known, bytes: Uint8Array): void {
    const found = examine(id, entry, bytes);
    const stream = found === undefined ? undefined : streams.get(found.log);
    entry.state = found === undefined || Number.isNaN(found.first) ? "cut" : "told";
    if (stream !== undefined && found!.first > stream.newest) stream.newest = found!.first;
  }

  async function lookAt(name: string, present: Set<string>): Promise<Arrival | undefined> {
    const full = join(folder, name);
    const info = await Deno.stat(full);
    if (!info.isFile) return undefined;
    const id = info.ino === null ? name : `${info.dev}:${info.ino}`;
    const changed = info.mtime?.getTime() ?? 0;
    present.add(id);
    let entry = known.get(id);
    if (entry === undefined) {
      entry = { name, size: -1, changed: NaN, head: new Uint8Array(0), state: "waiting" };
      known.set(id, entry);
    }
    const isSame = entry.size === info.size && entry.changed === changed;
    entry.name = name;
    entry.size = info.size;
    entry.changed = changed;
    if (entry.state === "cut" && info.size > 0) {
      beginsAnew(id, entry, await readBeginning(full, RECOGNITION_BYTES));
      return undefined;
    }
    if (isSame || info.size === 0) return undefined;
    if (entry.state === "waiting") return examine(id, entry, await readBeginning(full, RECOGNITION_BYTES));
    if (entry.state !== "over") return undefined;
    // A ring of captures writes over its oldest file: it is another one from then on.
    const isKnown = startsWith(await readBeginning(full, HEAD_BYTES), entry.head);
    return isKnown ? undefined : examine(id, entry, await readBeginning(full, RECOGNITION_BYTES));
  }

  return {
    async look() {
      const present = new Set<string>();
      const arrivals: Arrival[] = [];
      for (const name of await names()) {
        try {
          const found = await lookAt(name, present);
          if (found !== undefined) arrivals.push(found);
        } catch (error) {
          // Renamed or removed while it was looked at: the next look shows.
          if (error instanceof Deno.errors.NotFound) continue;
          leftOut.push({ name, reason: systemReason(error), isUsual: false });
        }
      }
      // What is gone is forgotten, so that memory follows what is there.
      for (const id of known.keys()) if (!present.has(id)) known.delete(id);
      // One without a line was begun last.
      const time = ({ first }: Arrival): number => Number.isNaN(first) ? Infinity : first;
      arrivals.sort((a, b) => time(a) === time(b) ? (a.name < b.name ? -1 : 1) : time(a) - time(b));
      return arrivals.filter(goesOn);
    },
    over({ id }) {
      const entry = known.get(id);
      if (entry !== undefined) entry.state = "over";
    },
    cut({ id }) {
      const entry = known.get(id);
      if (entry !== undefined) entry.state = "cut";
    },
    leftOut() {
      const told = leftOut;
      leftOut = [];
      return told;
    },
  };
}

/** Names of files of one log that are remembered; the oldest goes. */
const MAXIMUM_NAMES = 1000;

const PROGRAMS: Readonly<Record<SaidFormat, string>> = {
  zeek: "logs of Zeek",
  suricata: "events of Suricata",
  argus: "flows of Argus",
  nfdump: "files of nfdump",
  capture: "captures",
};

async function readBeginning(path: string, bytes: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(bytes);
  let filled = 0;
  while (filled < bytes) {
    const count = await file.read(buffer.subarray(filled));
    if (count === null || count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** Whether `bytes` begin with `head`. */
export function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return bytes.length >= head.length && head.every((byte, at) => bytes[at] === byte);
}
