// What is known of an indicator from all feeds that name it, and how it is written down in the table.

import type { IndicatorKind, Level } from "../indicator.ts";

/** What the feeds say of one indicator, taken together. */
export interface Verdict {
  /** The highest that any feed gives it; the user's own word if there is one. */
  readonly level: Level;
  /** How reliable the best of the feeds is, 0..1. */
  readonly confidence: number;
  /** Names of the feeds that list it. */
  readonly feeds: readonly string[];
  readonly tags: readonly string[];
  /** What a feed says about it; empty when none says anything. */
  readonly description: string;
}

/** An indicator that was found. */
export interface Match extends Verdict {
  readonly kind: IndicatorKind;
  /** The indicator as it is listed: a network around an address, a domain above a name. */
  readonly indicator: string;
  /** Whether exactly what was asked for is listed, and not a network or a domain above it. */
  readonly exact: boolean;
}

/** One feed's word on one indicator. */
export interface Mention {
  feed: string;
  level: Level;
  confidence: number;
  tags: readonly string[];
  description: string;
  /** The user's own word, which decides about the level whatever lists say. */
  decides: boolean;
}
