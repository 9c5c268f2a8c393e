// Reads lists of popular domains, as Tranco has them: "rank,domain" a line, or the domain alone, the most popular first.

import type { Entry } from "./entry.ts";
import { readSubject } from "./entry.ts";
import type { Mistake, WhitelistFile } from "./file.ts";

/** Mistakes told one by one; a file that is no such list would have one a line. */
const MISTAKES_TOLD = 20;

/** Reads the first `most` domains of a list. Each counts as a destination and for alerts only, and without the names below it. */
export function readDomainList(text: string, file: string, most: number): WhitelistFile {
  const entries: Entry[] = [];
  const mistakes: Mistake[] = [];
  let at = 0;
  for (let line = 1; at < text.length && entries.length < most; line++) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const words = text.slice(at, end).trim();
    at = end + 1;
    if (words === "" || words.startsWith("#") || words.startsWith(";")) continue;
    const comma = words.indexOf(",");
    const subject = readSubject("domain", comma < 0 ? words : words.slice(comma + 1));
    if ("wrong" in subject) {
      if (mistakes.length < MISTAKES_TOLD) mistakes.push({ file, line, sentence: subject.wrong });
      continue;
    }
    entries.push({ ...subject, direction: "dst", ignore: "alerts", file, line, listed: true });
  }
  return { entries, removed: [], mistakes };
}
