// The whitelists of a run: read from their files, and read anew while the run goes on.

import { InputError, systemReason } from "../../errors.ts";
import type { Entry } from "./entry.ts";
import { type Mistake, mistakeText } from "./file.ts";
import { flowEntries } from "./flows.ts";
import { type PackedEntries, packEntries } from "./pack.ts";
import { readWhitelists, type WhitelistTexts } from "./read.ts";

/** Where whitelists are, as in the configuration. */
export interface WhitelistSources {
  /** Files that the user writes: YAML, or the field's own format. */
  readonly files: readonly string[];
  /** Lists of popular domains. */
  readonly lists: readonly string[];
  /** Domains taken from each list. */
  readonly list_length: number;
}

/** What the threads of a run are given. */
export interface Whitelist {
  /** For those who judge; undefined without any entry. */
  readonly alerts: PackedEntries | undefined;
  /** For the router; undefined when no flow is ignored. */
  readonly flows: PackedEntries | undefined;
  readonly size: number;
  readonly mistakes: readonly Mistake[];
}

/** The whitelists of a run. */
export interface Whitelists {
  /** As they are in force. */
  current(): Whitelist;
  /**
   * Reads the files anew. What is good counts from then on; a file that cannot be read at all leaves everything as it was.
   * @returns sentences for the user.
   */
  reload(): string[];
  /** Looks at the files now and then, and reads them anew when one has changed. Returns what ends that. */
  watch(changed: (sentences: string[]) => void): () => void;
  /** Sentences about lines that could not be used; none when all is well. */
  complaints(): string[];
}

/** Own bound, against a path that names something else: about 5,000,000 entries. */
const LONGEST_FILE = 128 * 1024 * 1024;
/** Milliseconds between two looks at the files. Looking is a system call each, and also works where changes are not told. */
const WATCH_INTERVAL = 2000;
/** Sentences about single lines told in one go; the rest is counted. */
const MISTAKES_TOLD = 20;

/**
 * The content of the files.
 * @throws {InputError} when one cannot be read at all.
 */
export function whitelistTexts({ files, lists, list_length }: WhitelistSources): WhitelistTexts {
  const read = (file: string) => ({ file, text: textOf(file) });
  return { files: files.map(read), lists: lists.map(read), list_length };
}

function textOf(file: string): string {
  try {
    if (Deno.statSync(file).size > LONGEST_FILE) throw new Error("it is larger than 128 MiB");
    return Deno.readTextFileSync(file);
  } catch (error) {
    throw new InputError(`The whitelist ${file} cannot be read: ${systemReason(error)}.`);
  }
}

/**
 * Opens the whitelists of a run.
 * @throws {InputError} when a file cannot be read at all.
 */
export function openWhitelists(sources: WhitelistSources): Whitelists {
  const watched = [...sources.files, ...sources.lists];
  let current = load();
  let seen = states();

  function load(): Whitelist {
    const { entries, mistakes } = readWhitelists(whitelistTexts(sources));
    const pack = (some: readonly Entry[]) => some.length === 0 ? undefined : packEntries(some);
    return { alerts: pack(entries), flows: pack(flowEntries(entries)), size: entries.length, mistakes };
  }

  /** What tells whether a file has changed: editors write a new file in place of the old one. */
  function states(): string {
    return watched.map((file) => {
      try {
        const { mtime, size, ino } = Deno.statSync(file);
        return `${mtime?.getTime()} ${size} ${ino}`;
      } catch {
        return "gone";
      }
    }).join("\n");
  }

  function complaints(): string[] {
    const { mistakes, size } = current;
    if (mistakes.length === 0) return [];
    const sentences = mistakes.slice(0, MISTAKES_TOLD).map(mistakeText);
    const lines = counted(mistakes.length, "place", "places");
    const rest = mistakes.length > MISTAKES_TOLD ? " (smartshield whitelist check FILE tells all of them)" : "";
    return [...sentences, `The whitelists have ${lines} that cannot be used${rest}; ${entriesInForce(size)}.`];
  }

  function reload(): string[] {
    if (watched.length === 0) return [];
    seen = states();
    try {
      current = load();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return [`${error.message} The whitelists stay as they were.`];
    }
    return [...complaints(), `The whitelists were read anew: ${entriesInForce(current.size)}.`];
  }

  return {
    current: () => current,
    reload,
    watch(changed) {
      if (watched.length === 0) return () => {};
      const timer = setInterval(() => {
        if (states() !== seen) changed(reload());
      }, WATCH_INTERVAL);
      return () => clearInterval(timer);
    },
    complaints,
  };
}

function entriesInForce(entries: number): string {
  return entries === 1 ? "1 entry is in force" : `${entries.toLocaleString("en-GB")} entries are in force`;
}

function counted(number: number, one: string, many: string): string {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
}
