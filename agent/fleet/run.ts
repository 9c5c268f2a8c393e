// What a run of a sensor tells those who judge for it: its card, by which they know whether they can; the state in which
// judging begins where its streams begin; and what changes while it goes on.

import type { Control, StartDetectors } from "../../detectors/messages.ts";
import { batchFormat } from "../profile/flat/packed.ts";
import { VERSION } from "../version.ts";

/** Who can judge for whom: those of one version with the same batches. */
export interface Kin {
  readonly version: string;
  readonly format: string;
}

export interface RunCard extends Kin {
  /** That of the run, a point, and what tells its lives apart, of a run that goes on after restarts; else any. */
  readonly id: string;
  /** Name of the sensor, and what it reads. */
  readonly sensor: string;
  readonly input: string;
  readonly partitions: number;
  /** Milliseconds without a sign of life after which a partition is anybody's. */
  readonly lease: number;
  /** Milliseconds after which a detector that has not come back is taken to hang. */
  readonly hang: number;
}

/** One who judges. */
export interface KnownJudge extends Kin {
  /** Its threads: its share is in proportion. */
  readonly workers: number;
}

/** Images in shared memory by their signatures. */
export interface ImageNames {
  readonly table: string | undefined;
  readonly asn: string | undefined;
  readonly country: string | undefined;
  readonly mayChange: boolean;
}

/** How judging begins after the batch `serial`. */
export interface RunState extends Omit<StartDetectors, "pulse" | "intel"> {
  readonly serial: number;
  readonly intel: ImageNames;
  /** Detectors that run but are switched off now; those of `disabled` do not run at all. */
  readonly off: readonly string[];
}

/** What changes, with the batch from which on it counts. */
export interface PlacedControl {
  readonly from: number;
  readonly control: ControlText;
}

/** As `Control`, with images by name. */
export type ControlText = Exclude<Control, { say: "intel" }> | { readonly say: "intel"; readonly intel: ImageNames };

/** As many as engines remember (detectors/questions.ts). */
const ANSWERS_KEPT = 16_384;

/** The id of a new life of a run. */
export function lifeOf(run: string = crypto.randomUUID()): string {
  return `${run}.${crypto.randomUUID().slice(0, 8)}`;
}

/** Whether two ids are those of lives of one run. */
export function isSameRun(one: string, other: string): boolean {
  return one.split(".")[0] === other.split(".")[0];
}

/** To be raised whenever what is in which stream changes. */
const STREAMS = 2;

/** What this program is kin to. */
export function ownKin(): Kin {
  return { version: VERSION, format: `${batchFormat()}-${STREAMS}` };
}

export function isKin(one: Kin, other: Kin): boolean {
  return one.version === other.version && one.format === other.format;
}

/** How somebody of another kin is called: by its version, unless that is the same. */
export function describeKin({ version, format }: Kin, other: Kin): string {
  return version === other.version ? `smartshield ${version} with batches of form ${format}` : `smartshield ${version}`;
}

/** JSON in which a window over everything, of infinite width, is possible. */
export function stateText(state: RunState): string {
  return JSON.stringify({ ...state, windowWidth: Number.isFinite(state.windowWidth) ? state.windowWidth : null });
}

export function readState(text: string): RunState {
  const state = JSON.parse(text) as RunState & { windowWidth: number | null };
  return { ...state, windowWidth: state.windowWidth ?? Infinity };
}

/** The state after what has changed. */
export function stateAfter(state: RunState, control: ControlText): RunState {
  switch (control.say) {
    case "intel":
      return { ...state, intel: control.intel };
    case "answers":
      return { ...state, answers: [...state.answers, ...control.answers].slice(-ANSWERS_KEPT) };
    case "configure":
      return { ...state, settings: control.settings, off: control.disabled };
    case "whitelist":
      return { ...state, whitelist: control.entries };
    case "facts":
      return { ...state, facts: control.facts };
  }
}

/** What brings somebody who has judged something already to a state that came later. */
export function controlsTo(state: RunState): ControlText[] {
  return [
    { say: "facts", facts: state.facts },
    { say: "intel", intel: state.intel },
    { say: "configure", settings: state.settings, disabled: state.off },
    { say: "whitelist", entries: state.whitelist },
    { say: "answers", answers: state.answers, unanswered: [] },
  ];
}
