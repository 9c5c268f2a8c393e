// Reads whitelists from the texts of their files.

import type { Entry } from "./entry.ts";
import { type Mistake, subjectKey, type WhitelistFile } from "./file.ts";
import { readDomainList } from "./list.ts";
import { readReferenceFormat } from "./reference.ts";
import { readYamlFormat } from "./yaml.ts";

/** The content of the files. */
export interface WhitelistTexts {
  /** What the user wrote: YAML, or the field's own format. */
  readonly files: readonly { readonly file: string; readonly text: string }[];
  /** Lists of popular domains. */
  readonly lists: readonly { readonly file: string; readonly text: string }[];
  /** Domains taken from each list. */
  readonly list_length: number;
}

/** All that the files say. */
export interface ReadWhitelist {
  readonly entries: readonly Entry[];
  readonly mistakes: readonly Mistake[];
}

/** Reads the texts. A later file may take out entries of an earlier one (a line with # before it). */
export function readWhitelists(texts: WhitelistTexts): ReadWhitelist {
  let entries: Entry[] = [];
  const mistakes: Mistake[] = [];
  const take = (read: WhitelistFile): void => {
    // One by one: a list may hold more than fit on the stack as arguments.
    for (const entry of read.entries) entries.push(entry);
    for (const mistake of read.mistakes) mistakes.push(mistake);
  };
  for (const { file, text } of texts.files) {
    const read = readWhitelistText(text, file);
    if (read.removed.length > 0) {
      const removed = new Set(read.removed);
      entries = entries.filter((entry) => !removed.has(subjectKey(entry)));
    }
    take(read);
  }
  for (const { file, text } of texts.lists) take(readDomainList(text, file, texts.list_length));
  return { entries, mistakes };
}

/** Reads a file in whichever of the two forms it is: lines with commas, or YAML. */
export function readWhitelistText(text: string, file: string): WhitelistFile {
  const sound = text.startsWith("\ufeff") ? text.slice(1) : text;
  return looksLikeYaml(sound, file) ? readYamlFormat(sound, file) : readReferenceFormat(sound, file);
}

/** By the name where it tells, else by a line that only YAML has. */
function looksLikeYaml(text: string, file: string): boolean {
  if (/\.ya?ml$/i.test(file)) return true;
  if (/\.(?:conf|csv)$/i.test(file)) return false;
  return /^[ \t]*whitelist[ \t]*:/m.test(text);
}
