// Where feeds are kept: the folder `intel` of the state directory. Every file is replaced in one step, so that nobody ever
// reads half of one.
//
//   feeds.json       what is known of each feed          own.csv      indicators that the user added
//   feeds/NAME       the text of each feed as accepted   ignored.csv  indicators that the user took out of the lists
//   feeds/NAME.part  the beginning of a transfer         table        the compiled table

import { createHash } from "node:crypto";
import { join } from "node:path";
import { InputError, systemReason } from "../../errors.ts";
import type { BadLine } from "../feeds/parse.ts";

/** What is known of one feed. Times in Unix seconds. */
export interface FeedState {
  url: string;
  /** When it was asked for last, and when what is kept was fetched. */
  checked: number;
  fetched?: number | undefined;
  etag?: string | undefined;
  lastModified?: string | undefined;
  /** Of what was accepted: signature (SHA-256), bytes, indicators, lines that could not be used and the first of them. */
  sha256?: string | undefined;
  bytes?: number | undefined;
  accepted?: number | undefined;
  bad?: number | undefined;
  examples?: readonly BadLine[] | undefined;
  /** The sensor that fetched it, where several share what they fetch and it was not this one. */
  sensor?: string | undefined;
  /** Failures since it last went well, why the last one, and when it may be asked again. */
  failures: number;
  reason?: string | undefined;
  notBefore?: number | undefined;
  /** What `NAME.part` is the beginning of. */
  partial?: string | undefined;
}

export type FeedStates = Record<string, FeedState>;

export interface Shelf {
  readonly directory: string;
  states(): FeedStates;
  writeStates(states: FeedStates): void;
  /** The text of a feed as it was accepted; undefined when there is none, or it is not what was accepted. */
  feed(name: string, sha256: string): Uint8Array<ArrayBuffer> | undefined;
  writeFeed(name: string, bytes: Uint8Array): void;
  part(name: string): Uint8Array<ArrayBuffer> | undefined;
  /** Without bytes: there is none any more. */
  writePart(name: string, bytes: Uint8Array | undefined): void;
  /** The lines of own.csv and ignored.csv; empty when there is no such file. */
  own(): string;
  writeOwn(text: string): void;
  ignored(): string;
  writeIgnored(text: string): void;
  table(): SharedArrayBuffer | undefined;
  writeTable(table: SharedArrayBuffer): void;
}

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** SHA-256 in hexadecimal. */
export function signature(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The shelf in a state directory. Nothing is made before something is written. */
export function openShelf(stateDirectory: string): Shelf {
  const directory = join(stateDirectory, "intel");
  const path = (...names: string[]): string => join(directory, ...names);

  function read(file: string): Uint8Array<ArrayBuffer> | undefined {
    try {
      return Deno.readFileSync(file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
      throw new InputError(`${file} cannot be read: ${systemReason(error)}.`);
    }
  }

  function readText(name: string): string {
    const bytes = read(path(name));
    return bytes === undefined ? "" : new TextDecoder().decode(bytes);
  }

  function write(file: string, bytes: Uint8Array | string): void {
    const fresh = `${file}.new`;
    try {
      Deno.mkdirSync(path("feeds"), { recursive: true, mode: DIRECTORY_MODE });
      const options = { write: true, create: true, truncate: true, mode: FILE_MODE };
      using opened = Deno.openSync(fresh, options);
      const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
      for (let at = 0; at < all.length;) at += opened.writeSync(all.subarray(at));
      opened.syncSync();
      Deno.renameSync(fresh, file);
    } catch (error) {
      throw new InputError(`${file} cannot be written: ${systemReason(error)}.`);
    }
  }

  return {
    directory,
    states() {
      const text = readText("feeds.json");
      if (text === "") return {};
      try {
        return JSON.parse(text) as FeedStates;
      } catch {
        // What it says can be found out again by fetching.
        return {};
      }
    },
    writeStates: (states) => write(path("feeds.json"), `${JSON.stringify(states, undefined, 1)}\n`),
    feed(name, sha256) {
      const bytes = read(path("feeds", name));
      return bytes !== undefined && signature(bytes) === sha256 ? bytes : undefined;
    },
    writeFeed: (name, bytes) => write(path("feeds", name), bytes),
    part: (name) => read(path("feeds", `${name}.part`)),
    writePart(name, bytes) {
      const file = path("feeds", `${name}.part`);
      if (bytes !== undefined) return write(file, bytes);
      try {
        Deno.removeSync(file);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    },
    own: () => readText("own.csv"),
    writeOwn: (text) => write(path("own.csv"), text),
    ignored: () => readText("ignored.csv"),
    writeIgnored: (text) => write(path("ignored.csv"), text),
    table() {
      try {
        using file = Deno.openSync(path("table"));
        const { size } = file.statSync();
        const table = new SharedArrayBuffer(size);
        const bytes = new Uint8Array(table) as unknown as Uint8Array<ArrayBuffer>;
        for (let at = 0; at < size;) {
          const read = file.readSync(bytes.subarray(at));
          if (read === null) return undefined;
          at += read;
        }
        return table;
      } catch {
        // Whatever is wrong with it: it can be made again.
        return undefined;
      }
    },
    writeTable(table) {
      write(path("table"), new Uint8Array(table));
    },
  };
}
