// How judging begins where a run's streams begin, and what has changed since: all that somebody needs besides batches.

import type { Control, StartDetectors } from "../../../detectors/messages.ts";
import type { IntelImages } from "../../intel/intel.ts";
import type { Fact } from "../../profile/facts.ts";
import { signatureOf } from "../images.ts";
import { type ControlText, type ImageNames, type PlacedControl, type RunState, stateAfter } from "../run.ts";
import type { Entry } from "./held.ts";

export interface Changes {
  readonly state: RunState;
  /** What is looked up in by the state or by what has changed since, by signature. */
  readonly images: ReadonlyMap<string, SharedArrayBuffer>;
  /** As it is written: images by their names, under which they are known from now on. */
  textOf(control: Control): ControlText;
  /** Notes what changes after the batch `serial`; the entry is for the streams of all partitions. */
  note(text: ControlText, serial: number): Entry;
  /** The streams begin after the batch `serial` now, before which the traffic has taught these facts. */
  beginAfter(serial: number, facts: readonly Fact[]): void;
  /** The streams begin anew after the batch `serial`, with all that has changed. */
  beginAnew(serial: number, facts: readonly Fact[]): void;
}

/** Numbers in the ids of what changes, behind that of the batch before it; batches have 0, the beginning of a stream 1. */
const FIRST_NUMBER = 2;

export function createChanges(start: Omit<StartDetectors, "pulse">): Changes {
  const images = new Map<string, SharedArrayBuffer>();
  let number = FIRST_NUMBER;
  let controls: PlacedControl[] = [];
  /** Named, and perhaps not noted yet. */
  let latest: ImageNames | undefined;
  let state: RunState = { ...start, serial: 0, intel: nameImages(start.intel), off: [] };

  function nameImages({ table, asn, country, mayChange }: IntelImages): ImageNames {
    const name = (image: SharedArrayBuffer | undefined): string | undefined => {
      if (image === undefined) return undefined;
      const signature = signatureOf(image);
      images.set(signature, image);
      return signature;
    };
    return latest = { table: name(table), asn: name(asn), country: name(country), mayChange };
  }

  function begin(serial: number, facts: readonly Fact[], isPast: (control: PlacedControl) => boolean): void {
    state = {
      ...controls.filter(isPast).reduce((state, { control }) => stateAfter(state, control), state),
      serial,
      facts,
    };
    controls = controls.filter((control) => !isPast(control));
    const used = new Set<unknown>(
      [state.intel, latest ?? {}, ...controls.map(({ control }) => control.say === "intel" ? control.intel : {})]
        .flatMap((names) => Object.values(names)),
    );
    for (const signature of images.keys()) if (!used.has(signature)) images.delete(signature);
  }

  return {
    get state() {
      return state;
    },
    images,
    textOf: (control) => control.say === "intel" ? { say: "intel", intel: nameImages(control.intel) } : control,
    note(text, serial) {
      controls.push({ from: serial + 1, control: text });
      return {
        id: `${serial}-${number++}`,
        serial,
        field: "c",
        bytes: new TextEncoder().encode(JSON.stringify(text)),
        clock: -Infinity,
      };
    },
    beginAfter: (serial, facts) => begin(serial, facts, ({ from }) => from <= serial + 1),
    beginAnew: (serial, facts) => begin(serial, facts, () => true),
  };
}
