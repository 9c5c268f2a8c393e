// What is said to the thread that looks for leaks, and what it answers. Plain data.

import type { Leak } from "../../record/leak.ts";

/** A file of rules. */
export interface RuleFile {
  readonly name: string;
  readonly source: string;
}

/** Main to the thread; comes with one port for each dissector. */
export interface StartSearch {
  readonly say: "start";
  /** YARA-X as WebAssembly: the thread may read no file. */
  readonly engine: Uint8Array<ArrayBuffer>;
  /** Rules beside the built-in ones. */
  readonly rules: readonly RuleFile[];
}

/** The thread to main: a file that cannot be used, in one sentence. */
export interface RulesRefused {
  readonly say: "refused";
  readonly sentence: string;
}

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
  /** Pieces that were suspicious but not looked at one by one, because too many were. */
  readonly notScanned: number;
}
