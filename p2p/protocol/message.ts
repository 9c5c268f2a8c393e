// The messages of /smartshield/1, as plain data. How they look on the wire is wire.ts's business; docs/peers.md describes
// both for those who want to write a peer of their own.

import type { Indicator, IndicatorKind } from "../indicator.ts";

/** Name of the protocol; a change that old peers would misread gets a new number. */
export const PROTOCOL = "/smartshield/1";
/** Said in the hello; raised when something is added that old peers may ignore. */
export const MINOR_VERSION = 0;

/** What somebody thinks of an indicator. */
export interface Judgement {
  /** 0 (harmless) to 1 (malicious). */
  readonly score: number;
  /** 0 (no idea) to 1 (certain). */
  readonly confidence: number;
  /** Seconds since it was found. */
  readonly age: number;
}

export type Message =
  /** The first message in both directions: the minor version, and the kinds of indicators that are understood. */
  | { readonly type: "hello"; readonly version: number; readonly kinds: readonly IndicatorKind[] }
  /** What do you think of this? The number comes back in the answer. */
  | { readonly type: "request"; readonly request: number; readonly indicator: Indicator }
  /** Confidence 0: nothing that could be said. */
  | { readonly type: "answer"; readonly request: number; readonly judgement: Judgement }
  /** I have found this myself. */
  | { readonly type: "report"; readonly indicator: Indicator; readonly judgement: Judgement }
  /** I have found this myself, and it was enough for an alert. */
  | { readonly type: "blame"; readonly indicator: Indicator; readonly judgement: Judgement }
  /** What I said of this was wrong. */
  | { readonly type: "retract"; readonly indicator: Indicator }
  /** I am ending. */
  | { readonly type: "goodbye" };

export type MessageType = Message["type"];

/** Bytes that make no message; one sentence for the log. A value, never an exception. */
export interface Malformed {
  readonly type: "malformed";
  readonly problem: string;
}

/** A message type from a later minor version, to be passed over. */
export interface Unknown {
  readonly type: "unknown";
}
