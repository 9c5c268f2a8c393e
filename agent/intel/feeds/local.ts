// Files of indicators that nobody publishes for us: those that come with the program, those in a folder of the user's, and
// those that the user added one by one. What a file holds is told by its name.

import builtInJa3 from "../../../config/local_intel/ja3.csv" with { type: "text" };
import type { Feed } from "./feed.ts";

/** One text of indicators and how to read it. */
export interface LocalFile {
  readonly feed: Feed;
  /** What messages call it. */
  readonly file: string;
  readonly text: string;
}

/** The columns of the field's own lists: indicator, level, words, tags. */
const OWN_COLUMNS = { indicator: 1, level: 2, description: 3, tags: 4 } as const;

/** What a file's name says of its content, the first that fits; the rest of the name is free. */
const BY_NAME: readonly (readonly [pattern: RegExp, feed: Partial<Feed>])[] = [
  [/\.intel$/, { format: "zeek-intel" }],
  [/\.json$/, { format: "json" }],
  [/hosts(\.txt)?$/, { format: "hosts" }],
  [/tor[-_]?exits?.*\.(txt|csv)$/, { format: "list", kind: "tor_exit", level: "info" }],
  [/(netset|ipset|txt|list)$/, { format: "list" }],
  [/ja3s.*\.csv$/, { format: "csv", kind: "ja3s", columns: OWN_COLUMNS }],
  [/ja3.*\.csv$/, { format: "csv", kind: "ja3", columns: OWN_COLUMNS }],
  [/ja4.*\.csv$/, { format: "csv", kind: "ja4", columns: OWN_COLUMNS }],
  [/jarm.*\.csv$/, { format: "csv", kind: "jarm", columns: OWN_COLUMNS }],
  [/(ssl|cert).*\.csv$/, { format: "csv", kind: "certificate", columns: OWN_COLUMNS }],
  [/(known[-_]?(fp|good)).*\.csv$/, { format: "csv", kind: "known_good" }],
  [/\.csv$/, { format: "csv", columns: OWN_COLUMNS }],
];

/** How to read a file of the user's folder; undefined when its name says nothing. */
export function localFeed(name: string): Feed | undefined {
  const lower = name.toLowerCase();
  const known = BY_NAME.find(([pattern]) => pattern.test(lower));
  return known === undefined ? undefined : {
    name,
    format: "list",
    level: "medium",
    confidence: 1,
    tags: [],
    licence: "your own",
    enabled: true,
    ...known[1],
  };
}

/** The file names that are understood, for messages. */
export const LOCAL_NAMES = "*.csv, *.txt, *.netset, *.ipset, *.intel, *.json, hosts";

/** What comes with the program. */
export function builtInFiles(): LocalFile[] {
  return [{
    feed: { ...localFeed("ja3.csv")!, name: "built-in", licence: "Apache-2.0" },
    file: "config/local_intel/ja3.csv",
    text: builtInJa3,
  }];
}

/** The indicators that the user added: CSV with all columns. */
export const OWN_FEED: Feed = {
  name: "own",
  format: "csv",
  level: "high",
  confidence: 1,
  tags: [],
  licence: "your own",
  enabled: true,
  decides: true,
  separator: ",",
  columns: { indicator: 1, kind: 2, level: 3, description: 4 },
};
