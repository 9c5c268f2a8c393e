// All intelligence at hand: which sources there are (feeds as fetched, files of the user's, what was added and taken out),
// and the table made of them, from the state directory when it is up to date, else made anew.

import { join } from "node:path";
import { InputError, systemReason } from "../errors.ts";
import { compile, type Source, type SourceReport } from "./compile.ts";
import { builtInFeeds, CatalogueError, readCatalogue } from "./feeds/catalogue.ts";
import type { Feed } from "./feeds/feed.ts";
import { builtInFiles, localFeed, OWN_FEED } from "./feeds/local.ts";
import { type IntelTable, openTable, TableError } from "./table/read.ts";
import { type Shelf, signature } from "./update/shelf.ts";
import type { FeedsThread } from "./update/thread.ts";

/** What the configuration says about intelligence. */
export interface LibrarySettings {
  /** A list of feeds instead of the built-in one; empty: the built-in one. */
  readonly feeds: string;
  /** A folder with files of indicators; empty: none. */
  readonly folder: string;
  /** Feeds that are not used, by name. */
  readonly disabled_feeds: readonly string[];
}

/** A source that is known but not read yet. */
interface Reference {
  readonly feed: Feed;
  readonly file: string;
  /** What tells whether it has changed. */
  readonly version: string;
  read(): Source | undefined;
}

export interface Library {
  /** The feeds in use, with an address. */
  readonly feeds: readonly Feed[];
  /** What all sources together are: another text as soon as one of them changes. */
  madeFrom(): string;
  /** Reads all sources; sentences about those that cannot be read go to `tell`. */
  sources(tell: (sentence: string) => void): Source[];
  /** The indicators that the user took out. */
  ignored(): Set<string>;
}

/** Bytes of lists of one's own from which on their table is kept: fewer are sooner read than a table. Own choice. */
const WORTH_KEEPING = 262_144;

/** Raised when what a table is made of is written or read differently: then all tables are made anew. */
const TABLE_CONTENT = 1;

/**
 * What there is, by the configuration and on the shelf (undefined when there is no state directory).
 * @throws {InputError} when the list of feeds or the folder cannot be used.
 */
export function openLibrary(settings: LibrarySettings, shelf: Shelf | undefined): Library {
  const disabled = new Set(settings.disabled_feeds);
  const feeds = readFeeds(settings.feeds);
  const unknown = settings.disabled_feeds.find((name) => !feeds.some((feed) => feed.name === name));
  if (unknown !== undefined) {
    throw new InputError(`There is no feed ${unknown} (intel.disabled_feeds); smartshield intel list names all.`);
  }
  const used = feeds.filter(({ name, enabled }) => enabled && !disabled.has(name));

  function references(): Reference[] {
    const built = builtInFiles().map(({ feed, file, text }) => textReference(feed, file, text));
    const own = shelf?.own() ?? "";
    return [
      ...built,
      ...own === "" ? [] : [textReference(OWN_FEED, "own.csv", own)],
      ...folderReferences(settings.folder),
      ...shelf === undefined ? [] : feedReferences(used, shelf),
    ];
  }

  return {
    feeds: used,
    madeFrom() {
      const versions = references().map(({ feed, version }) => [feed, version]);
      return signature(JSON.stringify([TABLE_CONTENT, versions, shelf?.ignored() ?? ""]));
    },
    sources(tell) {
      const sources: Source[] = [];
      for (const reference of references()) {
        const source = reference.read();
        if (source !== undefined) sources.push(source);
        else tell(`${reference.file} cannot be read any more, or was changed; it is not used.`);
      }
      return sources;
    },
    ignored: () => new Set((shelf?.ignored() ?? "").split("\n").filter((line) => line !== "")),
  };
}

function readFeeds(file: string): Feed[] {
  if (file === "") return builtInFeeds();
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    throw new InputError(`The list of feeds ${file} (intel.feeds) cannot be read: ${systemReason(error)}.`);
  }
  try {
    return readCatalogue(text, file);
  } catch (error) {
    throw error instanceof CatalogueError ? new InputError(error.message) : error;
  }
}

function textReference(feed: Feed, file: string, text: string): Reference {
  return {
    feed,
    file,
    version: signature(text),
    read: () => ({ feed, file, bytes: new TextEncoder().encode(text), fetched: 0 }),
  };
}

/** The files of the user's folder, in the order of their names. */
function folderReferences(folder: string): Reference[] {
  if (folder === "") return [];
  let names: string[];
  try {
    names = [...Deno.readDirSync(folder)].filter(({ isFile, isSymlink }) => isFile || isSymlink).map(({ name }) =>
      name
    );
  } catch (error) {
    throw new InputError(`The folder ${folder} (intel.folder) cannot be read: ${systemReason(error)}.`);
  }
  return names.sort().flatMap((name): Reference[] => {
    const feed = localFeed(name);
    const file = join(folder, name);
    // Others may lie beside them: what is no list of indicators is none of our business, and `intel list` says so.
    if (feed === undefined || name.startsWith(".")) return [];
    let version = "";
    try {
      const { size, mtime } = Deno.statSync(file);
      version = `${size} ${mtime?.getTime()}`;
    } catch {
      // Told when it is to be read.
    }
    return [{
      feed,
      file,
      version,
      read() {
        try {
          return { feed, file, bytes: Deno.readFileSync(file), fetched: 0 };
        } catch {
          return undefined;
        }
      },
    }];
  });
}

/** The files of a folder whose names say nothing, for the user to know. */
export function filesNotUnderstood(folder: string): string[] {
  if (folder === "") return [];
  return [...Deno.readDirSync(folder)].filter(({ name, isFile }) => isFile && localFeed(name) === undefined)
    .map(({ name }) => name).sort();
}

function feedReferences(feeds: readonly Feed[], shelf: Shelf): Reference[] {
  const states = shelf.states();
  return feeds.flatMap((feed): Reference[] => {
    const state = states[feed.name];
    if (state?.sha256 === undefined || state.url !== feed.url) return [];
    const { sha256, fetched = 0 } = state;
    return [{
      feed,
      file: feed.name,
      // With an age limit, what counts depends on the day on which it was fetched.
      version: `${sha256} ${feed.days === undefined ? "" : fetched}`,
      read() {
        const bytes = shelf.feed(feed.name, sha256);
        return bytes === undefined ? undefined : { feed, file: feed.name, bytes, fetched };
      },
    }];
  });
}

/** The table in force. */
export interface Loaded {
  readonly table: SharedArrayBuffer;
  readonly open: IntelTable;
  /** What became of the sources, when the table had to be made. */
  readonly reports: readonly SourceReport[] | undefined;
}

/**
 * The table of a library: that on the shelf when it is up to date, else a new one, which is put there. What came from the
 * network is read by `thread`, which has no rights; without feeds that is not needed. `isExpected`: that the table is out of
 * date is no news.
 */
export async function loadTable(
  library: Library,
  shelf: Shelf | undefined,
  thread: () => FeedsThread,
  tell: (sentence: string) => void,
  isExpected = false,
): Promise<Loaded> {
  const madeFrom = library.madeFrom();
  const kept = shelf?.table();
  if (kept !== undefined) {
    try {
      const open = openTable(kept, { check: true });
      if (open.facts.madeFrom === madeFrom) return { table: kept, open, reports: undefined };
      if (!isExpected) tell("Threat intelligence has changed since its table was made; the table is made anew.");
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      tell(
        `The table of threat intelligence in ${shelf!.directory} cannot be used, ${error.message}; it is made anew.`,
      );
    }
  }
  const sources = library.sources(tell);
  const ignored = library.ignored();
  const fetched = sources.some(({ feed }) => feed.url !== undefined);
  const { table, reports } = fetched
    ? await thread().compile(sources, ignored, madeFrom)
    : compile(sources, ignored, madeFrom);
  for (const { file, failed, feed } of reports.map((report, i) => ({ ...report, feed: sources[i]!.feed }))) {
    if (failed !== undefined) tell(`${file} cannot be used as ${feed.format}: ${failed}.`);
  }
  const size = sources.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (fetched || kept !== undefined || size >= WORTH_KEEPING) shelf?.writeTable(table);
  return { table, open: openTable(table, { check: false }), reports };
}
