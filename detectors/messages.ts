// What the main thread, the dissector and a detector worker say to each other. Plain data; see docs/architecture.md.

import type { PackedEntries } from "../agent/evidence/whitelist/pack.ts";
import type { Answer, Asked, Question } from "../agent/intel/enrich/question.ts";
import type { IntelImages } from "../agent/intel/intel.ts";
import type { Fact } from "../agent/profile/facts.ts";
import type { DetectorHealth, PlacedEvidence } from "./engine.ts";

/** Main to a detector worker; the start is the first, and comes with the port to the dissector. */
export type ToDetectors =
  | ({ say: "start" } & StartDetectors)
  /** Newer intelligence; it counts from the next batch on. */
  | { say: "intel"; intel: IntelImages }
  /** Answers to questions, and questions that nobody could answer; they count from the next batch on. */
  | { say: "answers"; answers: readonly Answer[]; unanswered: readonly Question[] }
  /** Settings, and names of detectors that are switched off, from the next batch on. */
  | { say: "configure"; settings: StartDetectors["settings"]; disabled: readonly string[] }
  /** Findings that these entries cover are marked from the next batch on. */
  | { say: "whitelist"; entries: PackedEntries | undefined };

/** How a detector worker begins. */
export interface StartDetectors {
  /** Memory of the thread's pulse: the detector being called is its index + 1. */
  pulse: SharedArrayBuffer;
  settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  windowWidth: number;
  live: boolean;
  /** Pass on every repeat of evidence that counts. */
  repeats: boolean;
  /** Names of detectors not to run: switched off by the user, or found hanging. */
  disabled: readonly string[];
  /** The user's whitelist, if any. */
  whitelist: PackedEntries | undefined;
  /** What is known from outside. */
  intel: IntelImages;
  /** Questions to the world outside that somebody answers, and what was answered in earlier runs. */
  asked: readonly Asked[];
  answers: readonly Answer[];
  /** What earlier records taught, for a worker that takes over from one that hung. */
  facts: readonly Fact[];
}

/** A detector worker to main, once for every batch; as JSON text, which costs a third of a structured clone. */
export interface BatchJudged {
  serial: number;
  /** Unix seconds of the first record of the run. */
  origin: number;
  evidence: PlacedEvidence[];
  /** Asked for the first time by this worker. */
  questions?: Question[];
  /** How the detectors are and what was counted: when one has failed, and with the last batch. */
  news: { health: DetectorHealth[]; counters: Record<string, number> } | undefined;
}
