// Serves partitions of runs elsewhere: one engine for each, in one thread.

import type { Step } from "../agent/profile/batch.ts";
import { readBatch } from "../agent/profile/flat/batch.ts";
import { unpackBatch } from "../agent/profile/flat/packed.ts";
import { BoundedMap } from "../agent/profile/bounded-map.ts";
import { beatInto } from "../agent/pulse.ts";
import type { Detector } from "./contract.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { FromJudge, ToJudge } from "./messages.ts";

/** More detectors than there will ever be: a call's number tells partition and detector. */
const DETECTORS_AT_MOST = 1024;

/** The number of a call in the thread's pulse. */
function callOf(partition: number, detector: number): number {
  return partition * DETECTORS_AT_MOST + detector + 1;
}

/** The partition and the detector (its index among those that run) of a call. */
export function readCall(call: number): { partition: number; detector: number } {
  return { partition: Math.floor(call / DETECTORS_AT_MOST), detector: call % DETECTORS_AT_MOST - 1 };
}

/** Facts of so many batches are kept: partitions of one run are about as far as each other. */
const FACTS_KEPT = 32;

/** Unpacks the facts of a batch, of which each partition of the run has its turn. */
function unpackingFacts(): (key: string, packed: Uint8Array) => readonly Step[] {
  const kept = new BoundedMap<string, readonly Step[]>(FACTS_KEPT);
  return (key, packed) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const { steps } = readBatch(unpackBatch(packed));
    kept.set(key, steps);
    return steps;
  };
}

/** Judges what comes by the port until the thread ends. */
export function servePartitions(detectors: readonly Detector[], pulse: SharedArrayBuffer, port: MessagePort): void {
  const beat = beatInto(pulse);
  const factsOf = unpackingFacts();
  const open = new Map<number, { judge: Judge; answered: number }>();
  port.onmessage = ({ data }: MessageEvent<ToJudge>) => {
    const { partition } = data;
    if (data.say === "open") {
      const watch = (detector: number): void => beat(detector < 0 ? 0 : callOf(partition, detector));
      open.set(partition, { judge: createJudge(detectors, data.start, watch), answered: data.answered });
      return;
    }
    const one = open.get(partition);
    if (one === undefined) return;
    if (data.say === "close") open.delete(partition);
    else if (data.say === "control") one.judge.control(data.control);
    else {
      const message = unpackBatch(data.packed);
      const judged = one.judge.judge(message, data.facts && factsOf(`${data.run} ${message.serial}`, data.facts));
      const text = judged.serial > one.answered ? JSON.stringify(judged) : undefined;
      port.postMessage({ partition, serial: judged.serial, text } satisfies FromJudge);
    }
  };
}
