// What a detector is: one file says everything about one kind of finding. It declares what it reads, what it raises and
// its thresholds, and judges records one at a time. It reads no clock, no file, no network; all it may know comes with
// the context. It keeps plain data only (structured-cloneable), per profile or per profile and window, bounded.

import type { Kind, RecordOf } from "../agent/record/schema.ts";
import type { EvidenceType, Finding, ThreatLevel } from "../agent/evidence/evidence.ts";
import type { Answer, Asked, Question } from "../agent/intel/enrich/question.ts";
import type { Intel } from "../agent/intel/intel.ts";
import type { NetworkPicture } from "../agent/profile/network.ts";

/** One threshold or switch of a detector, as the configuration file documents it. */
export interface Setting<Value = number | boolean | string | readonly string[]> {
  readonly value: Value;
  /** "seconds", "bytes", "attempts", …; empty for switches and words. */
  readonly unit: string;
  readonly meaning: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** For words: those allowed. For numbers: words allowed instead of a number. */
  readonly words?: readonly string[];
}

/** The settings of one detector by their names (snake_case, as in the configuration file). */
export type Settings = Readonly<Record<string, Setting>>;

type Widen<V> = V extends number ? number
  : V extends boolean ? boolean
  : V extends string ? string
  : V extends readonly string[] ? readonly string[]
  : V;

/** What `smartshield explain` tells of one type of finding: plain sentences for somebody who has to decide what to do. */
export interface Explanation {
  /** What it means for the user: what was seen, and what an attacker would want with it. */
  readonly meaning: string;
  /** The levels with which it is raised; where it is told on both ends, those of both. */
  readonly threats: readonly ThreatLevel[];
  /** ATT&CK technique ids (https://attack.mitre.org), for instance T1046; techniques.ts has their names. */
  readonly techniques: readonly string[];
  /** What looks the same and is harmless. */
  readonly falsePositives: string;
  /** The first steps. */
  readonly whatToDo: string;
}

/** The values in force: the file's, or the default that stands beside each setting. */
export type ValuesOf<S extends Settings> = { readonly [K in keyof S]: Widen<S[K]["value"]> };

/** Which end of the traffic the profile in hand is: it opened the connection, or it was connected to. */
export type Role = "client" | "server";

/** What one detector tells the others about a profile in a window. */
export type Mark = "port_scanner";

/** All that a detector may know and do while it judges one record or one timer. Valid only during the call. */
export interface Context<Values, Memory, WindowMemory> {
  /** The IP whose behaviour is judged. */
  readonly profile: string;
  readonly role: Role;
  /** Number of the time window that holds the record. */
  readonly window: number;
  /** Stream time: the newest time seen in the traffic, Unix seconds. */
  readonly now: number;
  /** Stream time since which all was seen: the run began then, or went on after an interruption. */
  readonly started: number;
  /** True on an interface or a growing input, false on a finished file. */
  readonly live: boolean;
  readonly settings: Values;
  readonly network: NetworkPicture;
  /** What is known from outside about addresses, names, files and programs. */
  readonly intel: Intel;
  /** This detector's memory of the profile. */
  readonly memory: Memory;
  /** This detector's memory of the profile in this window; gone when the window closes. */
  readonly windowMemory: WindowMemory;
  /**
   * Calls `timer(note, context)` for this profile and window when stream time has advanced by `seconds` (> 0). At the end
   * of the input all timers still waiting are called in the order of their times. `note` is plain data.
   */
  after(seconds: number, note: unknown): void;
  /** Raises a finding; several at once are the same finding told on both ends, and name each other. */
  raise(...findings: readonly Finding[]): void;
  /**
   * Asks the world outside; `answered(note, answer, context)` is called for this profile and window when there is an
   * answer: at once from what is remembered, else between two batches. Without an answer (switched off, offline, the service
   * fails) nothing is called, so nothing may depend on it. `note` is plain data.
   */
  ask(question: Question, note: unknown): void;
  /** Whether questions of a kind can have an answer at all: who prepares much for one asks this first. */
  mayAnswer(kind: Asked): boolean;
  /** Leaves a mark on the profile in this window, for detectors that come later in the list. */
  mark(mark: Mark): void;
  marked(mark: Mark): boolean;
}

type Judge<K extends Kind, C> = (record: RecordOf<K>, context: C) => void;

/** A detector with the types of its settings and memories. */
export interface Definition<S extends Settings, Memory, WindowMemory> {
  /** Kebab-case, as the file is called. */
  readonly name: string;
  /** One sentence for the user: what it finds and why that matters. */
  readonly summary: string;
  /** The evidence types that it may raise, each explained; raising another one is an error. */
  readonly raises: { readonly [Type in EvidenceType]?: Explanation };
  readonly settings: S;
  /** Roles in which the profile is judged; ["client"] unless said otherwise. "server" needs `analysis_direction: all`. */
  readonly roles?: readonly Role[];
  /** A new memory for a profile, for a profile and window. */
  readonly memory?: () => Memory;
  readonly windowMemory?: () => WindowMemory;
  /** One function per kind of record that it reads. */
  readonly on: { readonly [K in Kind]?: Judge<K, Context<ValuesOf<S>, Memory, WindowMemory>> };
  readonly timer?: (note: unknown, context: Context<ValuesOf<S>, Memory, WindowMemory>) => void;
  /** The answer to a question that it asked. */
  readonly answered?: (note: unknown, answer: Answer, context: Context<ValuesOf<S>, Memory, WindowMemory>) => void;
  /** Newer intelligence is there: called for each profile that the detector has a memory of, before the next record. */
  readonly intelArrived?: (context: Context<ValuesOf<S>, Memory, WindowMemory>) => void;
  /** The profile's window is over (no record of it is expected any more). */
  readonly windowClosed?: (context: Context<ValuesOf<S>, Memory, WindowMemory>) => void;
}

/** A detector as the engine sees it. */
// deno-lint-ignore no-explicit-any
export type Detector = Definition<any, any, any>;

/** Declares a detector; only there to infer the types of its settings and memories. */
export function defineDetector<const S extends Settings, Memory = undefined, WindowMemory = undefined>(
  definition: Definition<S, Memory, WindowMemory>,
): Definition<S, Memory, WindowMemory> {
  return definition;
}

/** The kinds of records that some of these detectors read. */
export function kindsRead(detectors: readonly Detector[]): Kind[] {
  return [...new Set(detectors.flatMap(({ on }) => Object.keys(on) as Kind[]))];
}

/** The values in force for a detector: its defaults, overlaid with what the configuration says. */
export function settingsInForce(
  detector: Detector,
  configured: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(detector.settings as Settings)) {
    values[name] = configured[name] ?? setting.value;
  }
  return values;
}
