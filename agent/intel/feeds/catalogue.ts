// Reads a list of feeds (config/feeds.yaml, or one of the user's). All that is wrong is said at once, with file, line, key
// and what would be right.

import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import builtIn from "../../../config/feeds.yaml" with { type: "text" };
import { INDICATOR_KINDS, type IndicatorKind, type Level, LEVELS } from "../indicator.ts";
import { type Columns, type Feed, FEED_FORMATS, type FeedFormat } from "./feed.ts";

/** A list of feeds that cannot be used; `message` has one sentence a line. */
export class CatalogueError extends Error {
  override name = "CatalogueError";
}

/** The feeds that come with the program. */
export function builtInFeeds(): Feed[] {
  return readCatalogue(builtIn, "config/feeds.yaml");
}

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const COLUMNS: readonly (keyof Columns)[] = ["indicator", "kind", "description", "level", "tags", "date", "removed"];
/** Names that stand for what is no feed: what the user adds, and what comes with the program. */
export const RESERVED_NAMES = ["own", "built-in"];

/** What a value must be, and what it is then. */
interface Rule {
  right: string;
  fits(value: unknown): boolean;
}

const oneOf = (words: readonly string[]): Rule => ({
  right: `one of ${words.join(", ")}`,
  fits: (value) => words.includes(value as string),
});

const RULES: Readonly<Record<string, Rule>> = {
  name: {
    right: "lower-case letters, digits and hyphens, at most 64",
    fits: (value) => typeof value === "string" && NAME.test(value) && !RESERVED_NAMES.includes(value),
  },
  url: {
    right: "an address that begins with https://",
    fits: (value) => typeof value === "string" && isAllowed(value),
  },
  format: oneOf(FEED_FORMATS),
  kind: oneOf(INDICATOR_KINDS),
  level: oneOf(LEVELS),
  confidence: {
    right: "a number above 0, at most 1",
    fits: (value) => typeof value === "number" && value > 0 && value <= 1,
  },
  tags: {
    right: "a list of words",
    fits: (value) => Array.isArray(value) && value.every((tag) => typeof tag === "string" && tag !== ""),
  },
  licence: { right: "a text", fits: (value) => typeof value === "string" && value !== "" },
  separator: { right: "one character", fits: (value) => typeof value === "string" && value.length === 1 },
  days: { right: "a number of days above 0", fits: (value) => typeof value === "number" && value > 0 },
  enabled: { right: "true or false", fits: (value) => typeof value === "boolean" },
  columns: {
    right: `names, numbers or paths for some of ${COLUMNS.join(", ")}`,
    fits: (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value) &&
      Object.entries(value).every(([key, at]) =>
        (COLUMNS as readonly string[]).includes(key) && (typeof at === "string" || (Number.isInteger(at) && at >= 1))
      ),
  },
};
const NECESSARY = ["name", "url", "format", "level", "licence"];

/** Over TLS; without it only from this machine, where nobody is on the way. */
function isAllowed(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "https:" ||
    (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)));
}

/**
 * The feeds in a text.
 * @throws {CatalogueError} with every mistake and its place.
 */
export function readCatalogue(text: string, file: string): Feed[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const mistakes: string[] = [];
  const place = (node: Node | null | undefined): string =>
    `${file}:${node?.range ? lines.linePos(node.range[0]).line : 1}`;
  for (const error of document.errors) {
    const reason = error.message.split("\n")[0]!.replace(/ at line.*/, "");
    mistakes.push(`${file}:${lines.linePos(error.pos[0]).line}: this is not YAML: ${reason}`);
  }
  const list = isMap(document.contents) ? document.contents.get("feeds", true) as unknown : undefined;
  if (mistakes.length === 0 && !isSeq(list)) mistakes.push(`${file}:1: there is no list named feeds`);
  const feeds: Feed[] = [];
  for (const item of isSeq(list) ? list.items as Node[] : []) {
    if (!isMap(item)) {
      mistakes.push(`${place(item)}: a feed must be a list of keys and values`);
      continue;
    }
    const before = mistakes.length;
    const values: Record<string, unknown> = {};
    for (const { key, value } of item.items as { key: Node; value: Node | null }[]) {
      const name = isScalar(key) ? String(key.value) : "?";
      const rule = RULES[name];
      const plain: unknown = value === null
        ? null
        : (value as Node & { toJS(document: unknown): unknown }).toJS(document);
      if (rule === undefined) {
        mistakes.push(`${place(key)}: ${name} is not a key of a feed; there are ${Object.keys(RULES).join(", ")}`);
      } else if (!rule.fits(plain)) {
        mistakes.push(`${place(key)}: ${name} is ${JSON.stringify(plain)} but must be ${rule.right}`);
      } else values[name] = plain;
    }
    for (const name of NECESSARY) {
      if (!item.has(name)) mistakes.push(`${place(item)}: the feed ${String(values["name"] ?? "")} lacks ${name}`);
    }
    if (feeds.some(({ name }) => name === values["name"])) {
      mistakes.push(`${place(item)}: there are two feeds named ${values["name"]}`);
    }
    if (mistakes.length === before) feeds.push(feedOf(values));
  }
  if (mistakes.length > 0) throw new CatalogueError(mistakes.join("\n"));
  return feeds;
}

function feedOf(values: Readonly<Record<string, unknown>>): Feed {
  return {
    name: values["name"] as string,
    url: values["url"] as string,
    format: values["format"] as FeedFormat,
    kind: values["kind"] as IndicatorKind | undefined,
    level: values["level"] as Level,
    confidence: (values["confidence"] ?? 1) as number,
    tags: (values["tags"] ?? []) as string[],
    licence: values["licence"] as string,
    columns: values["columns"] as Columns | undefined,
    separator: values["separator"] as string | undefined,
    days: values["days"] as number | undefined,
    enabled: (values["enabled"] ?? true) as boolean,
  };
}

/** The hosts that these feeds come from, with their ports, as Deno's permissions name them. */
export function hostsOf(feeds: readonly Feed[]): string[] {
  const hosts = feeds.filter(({ url }) => url !== undefined).map(({ url }) => {
    const { hostname, port, protocol } = new URL(url!);
    return `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
  });
  return [...new Set(hosts)].sort();
}
