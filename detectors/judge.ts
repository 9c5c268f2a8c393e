// One engine behind flat batches: takes a batch, gives what main is told of it. The same in a worker of this run and in one
// that judges for a fleet, so that both say the same.

import { openIntel } from "../agent/intel/intel.ts";
import type { Step } from "../agent/profile/batch.ts";
import { type BatchMessage, readBatch } from "../agent/profile/flat/batch.ts";
import { withFacts } from "../agent/profile/flat/shares.ts";
import type { Detector } from "./contract.ts";
import { createEngine } from "./engine.ts";
import type { BatchJudged, Control, StartDetectors } from "./messages.ts";

export interface Judge {
  /** Judges the next batch; facts that are not in it are put where they belong. */
  judge(message: BatchMessage, facts?: readonly Step[]): BatchJudged;
  /** Takes what has changed; it counts from the next batch on. */
  control(control: Control): void;
}

/** A judge at the beginning; `watch` is told before each call of a detector (its index) and after it (-1). */
export function createJudge(
  detectors: readonly Detector[],
  start: Omit<StartDetectors, "pulse">,
  watch: (detector: number) => void,
): Judge {
  const engine = createEngine({
    detectors: detectors.filter(({ name }) => !start.disabled.includes(name)),
    settings: start.settings,
    windowWidth: start.windowWidth,
    live: start.live,
    repeats: start.repeats,
    intel: openIntel(start.intel),
    asked: start.asked,
    answers: start.answers,
    watch,
  });
  engine.learn(start.facts);
  engine.whitelist(start.whitelist);
  let failuresTold = 0;

  return {
    judge(message, facts) {
      const read = readBatch(message);
      const batch = facts === undefined ? read : { ...read, steps: withFacts(facts, read.steps) };
      const evidence = engine.process(batch);
      const health = engine.health();
      const failures = health.reduce((sum, detector) => sum + detector.failures, 0);
      const questions = engine.questions();
      const isNews = failures !== failuresTold || batch.last;
      failuresTold = failures;
      return {
        serial: batch.serial,
        origin: batch.origin,
        evidence,
        ...questions.length === 0 ? {} : { questions },
        news: isNews ? { health, counters: engine.counters() } : undefined,
      };
    },
    control(control) {
      if (control.say === "intel") engine.useIntel(openIntel(control.intel));
      else if (control.say === "answers") engine.answer(control.answers, control.unanswered);
      else if (control.say === "configure") engine.configure(control.settings, control.disabled);
      else if (control.say === "whitelist") engine.whitelist(control.entries);
      else engine.learn(control.facts);
    },
  };
}
