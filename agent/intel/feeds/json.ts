// JSON: a list of objects, alone or somewhere inside an object, or one object a line. Which members mean what is said by
// the feed's entry, as paths ("ip.v4").

import type { Column, Feed } from "./feed.ts";
import { isOld } from "./csv.ts";
import { eachLine, FeedError } from "./lines.ts";
import type { Sink } from "./parse.ts";

/** Members that usually hold the indicator, where the feed's entry names none. */
const USUAL_INDICATORS = ["indicator", "ioc", "ioc_value", "value", "domain", "ip", "url", "sha256", "md5"];

/**
 * Reads JSON.
 * @throws {FeedError} when it is neither a JSON text nor JSON lines.
 */
export function parseJson(feed: Feed, text: string, now: number, sink: Sink): void {
  const whole = tryParse(text);
  if (whole !== undefined) {
    const items = listIn(whole.value);
    if (items === undefined) throw new FeedError("there is no list in it");
    for (const [at, item] of items.entries()) takeItem(feed, item, at + 1, now, sink);
    return;
  }
  let read = 0;
  eachLine(text, (line, number) => {
    const parsed = line.startsWith("{") ? tryParse(line) : undefined;
    if (parsed === undefined) return sink.bad(number, "it is no JSON object");
    read++;
    takeItem(feed, parsed.value, number, now, sink);
  });
  if (read === 0) throw new FeedError("it is no JSON, or cut off");
}

function tryParse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The list itself, or the longest list among the members of an object. */
function listIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return undefined;
  const lists = Object.values(value).filter((member) => Array.isArray(member));
  if (lists.length === 0) return [value];
  return lists.reduce((best, list) => list.length > best.length ? list : best);
}

function takeItem({ columns = {}, days }: Feed, item: unknown, line: number, now: number, sink: Sink): void {
  if (typeof item === "string") return sink.entry({ line, indicator: item });
  if (typeof item !== "object" || item === null) return sink.bad(line, "it is neither an object nor a text");
  const member = (column: Column | undefined): string | undefined =>
    column === undefined ? undefined : textAt(item, String(column));
  if (member(columns.removed) || isOld(member(columns.date), days, now)) return;
  const indicator = columns.indicator === undefined
    ? USUAL_INDICATORS.map((name) => textAt(item, name)).find((text) => text !== undefined)
    : member(columns.indicator);
  if (indicator === undefined || indicator === "") return sink.bad(line, "no member holds an indicator");
  sink.entry({
    line,
    indicator,
    description: member(columns.description ?? "description"),
    level: member(columns.level ?? "level"),
    tags: member(columns.tags ?? "tags"),
  });
}

/** The text or number at a path; a list of them as one text. */
function textAt(value: unknown, path: string): string | undefined {
  let at: unknown = value;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  if (Array.isArray(at)) return at.filter((each) => typeof each === "string").join(", ");
  return typeof at === "string" || typeof at === "number" ? String(at) : undefined;
}
