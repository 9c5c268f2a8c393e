// What a feed is: where it comes from, how it is written, and how much its word counts.

import type { IndicatorKind, Level } from "../indicator.ts";

/** How feeds are written; docs/intelligence.md describes each. */
export const FEED_FORMATS = ["list", "hosts", "csv", "zeek-intel", "json"] as const;

export type FeedFormat = typeof FEED_FORMATS[number];

/** Where in a line or object something stands: a column's name, its number counted from 1, or a path such as "ip.v4". */
export type Column = string | number;

/** Columns of CSV and members of JSON objects that mean something to us. */
export interface Columns {
  /** Else the first column that holds an indicator. */
  readonly indicator?: Column | undefined;
  readonly kind?: Column | undefined;
  readonly description?: Column | undefined;
  readonly level?: Column | undefined;
  readonly tags?: Column | undefined;
  /** When it was listed: with `days`, older ones are left out. */
  readonly date?: Column | undefined;
  /** When it is filled, the indicator was taken off the list. */
  readonly removed?: Column | undefined;
}

export interface Feed {
  /** Short and lower-case: it names files, too. */
  readonly name: string;
  /** Where it is published; undefined for files of our own. */
  readonly url?: string | undefined;
  readonly format: FeedFormat;
  /** What its indicators are, where their looks leave it open; else each is what it looks like. */
  readonly kind?: IndicatorKind | undefined;
  readonly level: Level;
  /** How reliable it is, 0..1. */
  readonly confidence: number;
  readonly tags: readonly string[];
  /** The terms under which it may be used, as far as its publisher states them. */
  readonly licence: string;
  readonly columns?: Columns | undefined;
  /** Separator of CSV; found out unless said. */
  readonly separator?: string | undefined;
  /** Days after which an indicator with a date no longer counts. */
  readonly days?: number | undefined;
  /** False: not fetched unless the user asks for it. */
  readonly enabled: boolean;
  /** The user's own word, which beats all lists. */
  readonly decides?: boolean | undefined;
}
