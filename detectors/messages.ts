// What the main thread, the dissector and a detector worker say to each other. Plain data; see docs/architecture.md.

import type { PackedEntries } from "../agent/evidence/whitelist/pack.ts";
import type { Answer, Asked, Question } from "../agent/intel/enrich/question.ts";
import type { IntelImages } from "../agent/intel/intel.ts";
import type { Fact } from "../agent/profile/facts.ts";
import type { DetectorHealth, PlacedEvidence } from "./engine.ts";

/** Main to a detector worker; the first of the two starts, each with a port, is the first. */
export type ToDetectors =
  /** Judges one share of the profiles; the port is the dissector's. */
  | ({ say: "start" } & StartDetectors)
  /** Judges partitions of runs elsewhere (docs/fleet.md); by the port it hears `ToJudge` and says `FromJudge`. */
  | { say: "partitions"; pulse: SharedArrayBuffer }
  | Control;

/** What changes while a run goes on; it counts from the next batch on. */
export type Control =
  /** Newer intelligence. */
  | { say: "intel"; intel: IntelImages }
  /** Answers to questions, and questions that nobody could answer. */
  | { say: "answers"; answers: readonly Answer[]; unanswered: readonly Question[] }
  /** Settings, and names of detectors that are switched off. */
  | { say: "configure"; settings: StartDetectors["settings"]; disabled: readonly string[] }
  /** Findings that these entries cover are marked. */
  | { say: "whitelist"; entries: PackedEntries | undefined }
  /** What the traffic has taught in batches that are not to be had any more. */
  | { say: "facts"; facts: readonly Fact[] };

/** To a worker that judges partitions, each with a number of its own. */
export type ToJudge =
  /** `answered`: the last batch that somebody has judged before; up to it batches only bring the state back. */
  | { say: "open"; partition: number; start: Omit<StartDetectors, "pulse">; answered: number }
  /**
   * The next batch, packed (agent/profile/flat/packed.ts), with the facts that belong to it, which are the same for all
   * partitions of the run; undefined when they are not to be had.
   */
  | { say: "batch"; partition: number; run: string; packed: Uint8Array<ArrayBuffer>; facts: Uint8Array | undefined }
  | { say: "control"; partition: number; control: Control }
  | { say: "close"; partition: number };

/** From a worker that judges partitions: once for every batch. */
export interface FromJudge {
  partition: number;
  serial: number;
  /** `BatchJudged` as JSON; undefined for a batch that was judged before. */
  text: string | undefined;
}

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
