// What is said to the thread that looks for leaks, and what it answers. Plain data.

import type { Leak } from "../../record/leak.ts";

/** A file of rules. */
export interface RuleFile {
  readonly name: string;
  readonly source: string;
}

/**
 * Calls of the engine as the thread's pulse tells them: scanning with all rules together, or with the built-in ones where
 * files are tried one by one; and from FIRST_FILE on, with one file of the user's, in their order. Compiling has the same
 * number below zero.
 */
export const ALL_RULES = 1;
export const FIRST_FILE = 2;

/** Main to the thread. */
export type ToSearch =
  /** Comes with one port for each dissector. */
  | {
    readonly say: "start";
    /** Rules beside the built-in ones. */
    readonly rules: readonly RuleFile[];
    /** Scan with one file after the other, so that the pulse tells which one takes its time. */
    readonly isOneByOne: boolean;
    readonly pulse: SharedArrayBuffer;
  }
  /** YARA-X as WebAssembly, when it was asked for: the thread may read no file. */
  | { readonly say: "engine"; readonly engine: Uint8Array<ArrayBuffer> };

/** The thread to main. */
export type FromSearch =
  /** There is something to look at: the engine is wanted. */
  | { readonly say: "engine" }
  /** A file that cannot be used, in one sentence. */
  | { readonly say: "refused"; readonly name: string; readonly sentence: string }
  /** Something could not be looked at, for the first time, in one sentence. */
  | { readonly say: "failed"; readonly sentence: string }
  /** The engine cannot go on, and what is out is not answered any more; `call` is what was being called, 0 for nothing. */
  | { readonly say: "broken"; readonly call: number; readonly reason: string };

/** A dissector to the thread. */
export interface ScanBatch {
  readonly serial: number;
  readonly buffer: ArrayBuffer;
  readonly length: number;
  /** Start and end of each piece, one after the other. */
  readonly bounds: readonly number[];
}

/** What matched in a piece. */
export interface Hit extends Pick<Leak, "rule" | "metadata" | "excerpt"> {
  readonly piece: number;
}

/** The thread to a dissector. */
export interface Scanned {
  readonly serial: number;
  readonly hits: readonly Hit[];
  /** Pieces that were suspicious but not looked at one by one, because too many were, or that the engine failed at. */
  readonly notScanned: number;
}
