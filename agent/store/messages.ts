// What main and the dissector say to the thread of the store, and what it answers. Plain data.

import type { Alert, Evidence } from "../evidence/evidence.ts";
import type { Place } from "./place.ts";
import type { Retention, StoredBlock, StoredRun, Writing } from "./store.ts";

/** Main to the thread. */
export type ToStore =
  /** The first; comes with one port to the dissector if records are kept. */
  | { say: "open"; place: Place; journal: string; run: StoredRun; retention: Retention; progress: string | undefined }
  /** What is kept beside them. */
  | { say: "facts"; facts: Facts }
  /** Evidence, alerts and blocks in the order in which they came. JSON text: cheaper than a structured clone. */
  | { say: "found"; text: string }
  /** How the run stands: its origin, or its end. */
  | { say: "run"; run: StoredRun }
  /** Write what has come so far, and tell the counts. */
  | { say: "settle" }
  /** Write what is left and close. */
  | { say: "close" };

/** What `found` holds; `standing`: what the evidence's window has come to, and what makes an alert. */
export type Found = readonly (
  | { readonly evidence: Evidence; readonly standing?: { readonly score: number; readonly threshold: number } }
  | { readonly alert: Alert }
  | { readonly block: NewBlock }
)[];

/** A block that begins, goes on for longer, or has ended: as it stands now. */
export type NewBlock = Omit<StoredBlock, "sensor">;

/** What is known beside the findings: the newest counts, and nothing depends on it. */
export type Facts = Pick<Writing, "peers" | "opinions" | "answers">;

/** Ordinals of the last record, evidence and alert of a run that the store has. */
export type RunProgress = Record<"records" | "evidence" | "alerts", number>;

/** What the store has taken and what it could not. */
export interface StoreCounts {
  records: number;
  evidence: number;
  alerts: number;
  /** Records that were given up because the store could not be written. */
  records_not_stored: number;
  /** Evidence and alerts that could be written neither to the store nor to the journal, or not yet. */
  findings_not_stored: number;
  /** Evidence and alerts that wait in the journal. */
  findings_in_journal: number;
}

export const NOTHING_STORED: Readonly<StoreCounts> = {
  records: 0,
  evidence: 0,
  alerts: 0,
  records_not_stored: 0,
  findings_not_stored: 0,
  findings_in_journal: 0,
};

/** How many of the records and findings that came, the first ones, are stored, in the journal, or given up; and which. */
export interface Settled {
  readonly records: number;
  readonly findings: number;
  readonly counts: StoreCounts;
}

/** The thread to main. */
export type FromStore =
  /** `problem` is one sentence when the store cannot be used at all. */
  | { say: "opened"; problem: undefined; before: RunProgress; blocks: readonly StoredBlock[] }
  | { say: "opened"; problem: string }
  | { say: "warning"; sentence: string }
  /** How it stands: after each writing. */
  | { say: "stands"; settled: Settled }
  | { say: "settled"; counts: StoreCounts }
  | { say: "closed" };
