// Reads a feed's text into indicators. A line that cannot be used costs that line: it is counted, and the first ones are
// told with their place.

import { type Indicator, type IndicatorKind, type Level, LEVELS, readIndicator } from "../indicator.ts";
import { parseCsv } from "./csv.ts";
import type { Feed } from "./feed.ts";
import { parseHosts } from "./hosts.ts";
import { parseJson } from "./json.ts";
import { parseList } from "./list.ts";
import { parseZeekIntel } from "./zeek-intel.ts";

/** What a parser found in one place: texts, not yet understood. */
export interface Entry {
  /** Counted from 1. */
  line: number;
  indicator: string;
  kind?: IndicatorKind | undefined;
  description?: string | undefined;
  level?: string | undefined;
  tags?: string | undefined;
}

/** What parsers hand on: entries, and lines that they could not even take apart. */
export interface Sink {
  entry(entry: Entry): void;
  /** `why`: a sentence without a full stop. */
  bad(line: number, why: string): void;
}

/** A line that could not be used. */
export interface BadLine {
  line: number;
  why: string;
}

/** What became of a feed's lines. */
export interface ParseReport {
  accepted: number;
  /** Lines that could not be used, or only in part. */
  bad: number;
  /** The first of them. */
  examples: BadLine[];
}

/** Bad lines told one by one; all are counted. */
const EXAMPLES = 5;
/** Characters of a description and of a tag that are kept. Own choices: a sentence, a word. */
const LONGEST_DESCRIPTION = 160;
const LONGEST_TAG = 32;

/**
 * Reads the text of a feed. `now` (Unix seconds) decides about indicators that have a date.
 * @throws {FeedError} when the whole is not what the format says.
 */
export function parseFeed(
  feed: Feed,
  text: string,
  now: number,
  take: (indicator: Indicator) => void,
): ParseReport {
  const report: ParseReport = { accepted: 0, bad: 0, examples: [] };
  const bad = (line: number, why: string): void => {
    report.bad++;
    if (report.examples.length < EXAMPLES) report.examples.push({ line, why });
  };
  const sink: Sink = {
    bad,
    entry({ line, indicator, kind, description, level, tags }) {
      const read = readIndicator(indicator, kind ?? feed.kind);
      if ("refused" in read) return bad(line, `${shorten(indicator, 64)}: ${read.refused}`);
      const said = level?.trim().toLowerCase();
      const known = said === undefined || said === "" ? undefined : LEVELS.find((one) => one === said);
      if (said !== undefined && said !== "" && known === undefined) {
        bad(line, `${shorten(said, 16)} is no level (${LEVELS.join(", ")}); ${feed.level} is taken instead`);
      }
      report.accepted++;
      take({
        ...read,
        level: known as Level | undefined,
        description: describe(description),
        tags: tags === undefined ? undefined : splitTags(tags),
      });
    },
  };
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  switch (feed.format) {
    case "list":
      parseList(plain, sink);
      break;
    case "hosts":
      parseHosts(plain, sink);
      break;
    case "csv":
      parseCsv(feed, plain, now, sink);
      break;
    case "zeek-intel":
      parseZeekIntel(plain, sink);
      break;
    case "json":
      parseJson(feed, plain, now, sink);
      break;
  }
  return report;
}

/** One line of words, without what terminals would obey. */
function describe(text: string | undefined): string | undefined {
  // deno-lint-ignore no-control-regex
  const plain = text?.replace(/[\x00-\x20\x7f-\x9f]+/g, " ").trim();
  return plain === undefined || plain === "" || plain === "-" ? undefined : shorten(plain, LONGEST_DESCRIPTION);
}

/** Words between commas, semicolons or bars, in whatever brackets and quotes. */
function splitTags(text: string): string[] | undefined {
  const tags = text.split(/[,;|]/).map((tag) => describe(tag.replace(/[[\]'"]/g, "")))
    .filter((tag) => tag !== undefined).map((tag) => tag.slice(0, LONGEST_TAG));
  return tags.length === 0 ? undefined : tags;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
