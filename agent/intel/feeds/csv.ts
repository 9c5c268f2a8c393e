// CSV of all sorts: whatever separator, with or without a header, the header sometimes behind a "#". Columns are named by
// the feed's entry; where it names none, the first column that holds an indicator is the one.

import { INDICATOR_KINDS, LEVELS, readIndicator } from "../indicator.ts";
import type { Column, Feed } from "./feed.ts";
import { eachLine, LONGEST_LINE } from "./lines.ts";
import type { Sink } from "./parse.ts";

/** Heads of columns that hold words about an indicator, the best first. */
const DESCRIPTIONS = [
  "description",
  "desc",
  "note",
  "notes",
  "reason",
  "listingreason",
  "malware",
  "threat",
  "family",
  "app",
  "campaign",
];
/** Heads of columns that may look like indicators and are none: where one was reported, not where it is. */
const NOT_INDICATORS = [
  "reference",
  "references",
  "source",
  "link",
  "report",
  "url_reference",
  "family",
  "campaign",
  "feed",
];
const SEPARATORS = [",", ";", "\t", "|"];
/** Seconds in a day. */
const DAY = 86_400;

/** Reads CSV. */
export function parseCsv(feed: Feed, text: string, now: number, sink: Sink): void {
  const { columns = {} } = feed;
  let separator = feed.separator;
  let head: string[] | undefined;
  let first = true;

  const headOf = (line: string): string[] =>
    splitCells(line, separator ?? separatorOf(line))?.map((cell) => cell.trim().toLowerCase()) ?? [];
  const place = (column: Column | undefined): number =>
    column === undefined ? -1 : typeof column === "number" ? column - 1 : head?.indexOf(column.toLowerCase()) ?? -1;

  function row(line: string, number: number): void {
    const cells = splitCells(line, separator!);
    if (cells === undefined) return sink.bad(number, "a quotation mark is not closed");
    const cell = (column: Column | undefined): string | undefined => cells[place(column)];
    if (cell(columns.removed) || isOld(cell(columns.date), feed.days, now)) return;
    const at = columns.indicator === undefined ? findIndicator(cells, head, feed) : place(columns.indicator);
    const indicator = cells[at]?.trim() ?? "";
    if (at < 0 || indicator === "") return sink.bad(number, "no column holds an indicator");
    sink.entry({
      line: number,
      indicator,
      kind: INDICATOR_KINDS.find((kind) => kind === cell(columns.kind)?.trim()),
      description: cell(columns.description) ?? describe(cells, head, at),
      level: cell(columns.level) ?? cells[head?.findIndex((name) => name === "level" || name === "threat_level") ?? -1],
      tags: cell(columns.tags) ?? cells[head?.indexOf("tags") ?? -1],
    });
  }

  eachLine(text, (line, number) => {
    if (line.startsWith("#") || line.startsWith("//")) {
      // The last comment before the data often names the columns.
      if (first) head = named(headOf(line.replace(/^[#/ ]+/, ""))) ?? head;
      return;
    }
    if (line.length > LONGEST_LINE) return sink.bad(number, "the line is too long");
    separator ??= separatorOf(line);
    if (first) {
      first = false;
      const cells = splitCells(line, separator);
      // A header has no indicator: a list without one must not lose its first line.
      if (cells !== undefined && findIndicator(cells, undefined, feed) < 0) {
        head = headOf(line);
        return;
      }
    }
    row(line, number);
  });
}

/** The cells as heads of columns, if they can be: several words that are different. */
function named(cells: string[]): string[] | undefined {
  return cells.length >= 2 && new Set(cells).size === cells.length &&
      cells.every((cell) => /^[a-z][a-z0-9 _.()-]*$/.test(cell))
    ? cells
    : undefined;
}

/** The separator that occurs most often outside of quotation marks. */
function separatorOf(line: string): string {
  const outside = line.replace(/"[^"]*"/g, "");
  const counts = SEPARATORS.map((separator) => outside.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}

/** The cells of a line (RFC 4180); undefined when a quotation mark is not closed. */
export function splitCells(line: string, separator: string): string[] | undefined {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    while (line[at] === " ") at++;
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at);
      cells.push(line.slice(at, end < 0 ? undefined : end));
      if (end < 0) return cells;
      at = end + 1;
      continue;
    }
    let cell = "";
    for (;;) {
      const quote = line.indexOf('"', at + 1);
      if (quote < 0) return undefined;
      cell += line.slice(at + 1, quote);
      at = quote + 1;
      if (line[at] !== '"') break;
      cell += '"';
    }
    cells.push(cell);
    const end = line.indexOf(separator, at);
    if (end < 0) return cells;
    at = end + 1;
  }
}

/** The first column that holds an indicator; -1 for none, and for a line about an e-mail address. */
function findIndicator(cells: readonly string[], head: readonly string[] | undefined, { kind }: Feed): number {
  for (const [at, cell] of cells.entries()) {
    if (head !== undefined && NOT_INDICATORS.includes(head[at] ?? "")) continue;
    const text = cell.trim();
    if (text.includes("@") && !text.includes("/")) return -1;
    if (text !== "" && "kind" in readIndicator(text, kind)) return at;
  }
  return -1;
}

/** The words about an indicator: the best named column, else, without a header, the longest of those behind it. */
function describe(
  cells: readonly string[],
  head: readonly string[] | undefined,
  indicator: number,
): string | undefined {
  if (head !== undefined) {
    const name = DESCRIPTIONS.find((one) => head.includes(one) && head.indexOf(one) !== indicator);
    return name === undefined ? undefined : cells[head.indexOf(name)];
  }
  const words = cells.slice(indicator + 1).map((cell) => cell.trim())
    .filter((cell) => /[a-z]/i.test(cell) && !LEVELS.some((level) => level === cell.toLowerCase()));
  return words.reduce<string | undefined>((best, cell) => cell.length > (best?.length ?? 0) ? cell : best, undefined);
}

/** Whether a date (anything that Date understands, or Unix seconds) is more than `days` ago. */
export function isOld(date: string | undefined, days: number | undefined, now: number): boolean {
  if (date === undefined || days === undefined) return false;
  const seconds = /^[0-9]{9,11}$/.test(date) ? Number(date) : Date.parse(date) / 1000;
  return now - seconds > days * DAY;
}
