// Reads whitelists in the field's own format (whitelist.conf): lines of four words separated by commas.
//
//   "IoCType","IoCValue","Direction","IgnoreType"
//   ; a comment
//   ip,192.0.2.7,both,alerts
//   organization,google,dst,alerts
//   #domain,example.com,both,both      takes the entry out again
//
// Of several lines about the same, the last one counts. A domain means this name alone, as long as it is not written
// with a dot or "*." in front: it never stands for its whole registered domain.

import { DIRECTIONS, type Entry, type EntryKind, IGNORES, quoted, readSubject } from "./entry.ts";
import { type Mistake, subjectKey, type WhitelistFile } from "./file.ts";

/** The words of the first column and what they mean. */
const TYPES: ReadonlyMap<string, EntryKind> = new Map([
  ["ip", "ip"],
  ["cidr", "cidr"],
  ["domain", "domain"],
  ["mac", "mac"],
  ["organization", "organisation"],
  ["organisation", "organisation"],
]);

const COLUMNS = 4;

/** Reads the text of such a file. */
export function readReferenceFormat(text: string, file: string): WhitelistFile {
  const entries = new Map<string, Entry>();
  const removed = new Set<string>();
  const mistakes: Mistake[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith(";")) continue;
    const commentedOut = line.startsWith("#");
    const result = readLine(commentedOut ? line.replace(/^#+/, "") : line);
    if (result === "header") continue;
    if ("wrong" in result) {
      // Behind a # it may be prose as well as an entry that is no longer wanted.
      if (!commentedOut) mistakes.push({ file, line: index + 1, sentence: result.wrong });
      continue;
    }
    const entry: Entry = { ...result, file, line: index + 1, listed: false };
    const key = subjectKey(entry);
    // Written anew, so that it stands at its last place.
    entries.delete(key);
    if (commentedOut) removed.add(key);
    else {
      removed.delete(key);
      entries.set(key, entry);
    }
  }
  return { entries: [...entries.values()], removed: [...removed], mistakes };
}

type Line = Omit<Entry, "file" | "line" | "listed">;

function readLine(line: string): Line | "header" | { wrong: string } {
  const columns = line.split(",").map((column) => column.trim().replace(/^"(.*)"$/, "$1").trim());
  const [type = "", value = "", direction = "", ignore = ""] = columns;
  if (type.toLowerCase() === "ioctype") return "header";
  if (columns.length !== COLUMNS) {
    return {
      wrong: `a line has ${COLUMNS} columns, this one has ${columns.length}; right would be one such as ` +
        "ip,192.0.2.7,both,alerts",
    };
  }
  const kind = TYPES.get(type.toLowerCase());
  if (kind === undefined) {
    return { wrong: `${quoted(type)} is no type; right would be ip, cidr, domain, mac or organization` };
  }
  const subject = readSubject(kind, value);
  if ("wrong" in subject) return subject;
  const end = DIRECTIONS.find((word) => word === direction.toLowerCase());
  if (end === undefined) return { wrong: `${quoted(direction)} is no direction; right would be ${orList(DIRECTIONS)}` };
  const what = IGNORES.find((word) => word === ignore.toLowerCase());
  if (what === undefined) return { wrong: `${quoted(ignore)} cannot be ignored; right would be ${orList(IGNORES)}` };
  return { ...subject, direction: end, ignore: what };
}

/** "a, b or c". */
export function orList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
