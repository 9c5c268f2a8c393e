// What reading a whitelist file gives: its good entries, and one sentence for everything that could not be used.

import type { Entry } from "./entry.ts";

/** Something in a file that cannot be used. */
export interface Mistake {
  readonly file: string;
  readonly line: number;
  /** What is wrong and what would be right; no full stop. */
  readonly sentence: string;
}

/** A whitelist file as read. */
export interface WhitelistFile {
  readonly entries: readonly Entry[];
  /** Subjects ("kind value") that the file takes out of the files before it. */
  readonly removed: readonly string[];
  readonly mistakes: readonly Mistake[];
}

/** The sentence with its place, as compilers write it. */
export function mistakeText({ file, line, sentence }: Mistake): string {
  return `${file}:${line}: ${sentence}.`;
}

/** What makes two entries be about the same: their kind and value. */
export function subjectKey({ kind, value, subdomains }: Pick<Entry, "kind" | "value" | "subdomains">): string {
  return `${kind} ${subdomains} ${value}`;
}
