// Serves a list of detectors in a worker: takes batches straight from the dissector, gives evidence to main.

import { openIntel } from "../agent/intel/intel.ts";
import { type BatchMessage, readBatch } from "../agent/profile/flat/batch.ts";
import { beatInto } from "../agent/pulse.ts";
import type { Detector } from "./contract.ts";
import { createEngine, type Engine } from "./engine.ts";
import type { BatchJudged, StartDetectors, ToDetectors } from "./messages.ts";

const thread = self as unknown as {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent<ToDetectors>) => void) | null;
};

/** Makes the thread it is called in a detector worker. */
export function serve(detectors: readonly Detector[]): void {
  let engine: Engine;
  thread.onmessage = ({ data, ports }) => {
    if (data.say === "start") engine = start(data, ports[0]!);
    else if (data.say === "intel") engine.useIntel(openIntel(data.intel));
    else if (data.say === "answers") engine.answer(data.answers, data.unanswered);
    else if (data.say === "configure") engine.configure(data.settings, data.disabled);
    else engine.whitelist(data.entries);
  };

  function start(data: StartDetectors, fromDissector: MessagePort): Engine {
    const beat = beatInto(data.pulse);
    const engine = createEngine({
      detectors: detectors.filter(({ name }) => !data.disabled.includes(name)),
      settings: data.settings,
      windowWidth: data.windowWidth,
      live: data.live,
      repeats: data.repeats,
      intel: openIntel(data.intel),
      asked: data.asked,
      answers: data.answers,
      watch: (detector) => beat(detector + 1),
    });
    engine.learn(data.facts);
    engine.whitelist(data.whitelist);
    let failuresTold = 0;
    fromDissector.onmessage = ({ data }: MessageEvent<BatchMessage>) => {
      const batch = readBatch(data);
      const evidence = engine.process(batch);
      const health = engine.health();
      const failures = health.reduce((sum, detector) => sum + detector.failures, 0);
      const questions = engine.questions();
      const isNews = failures !== failuresTold || batch.last;
      failuresTold = failures;
      const judged: BatchJudged = {
        serial: batch.serial,
        origin: batch.origin,
        evidence,
        ...questions.length === 0 ? {} : { questions },
        news: isNews ? { health, counters: engine.counters() } : undefined,
      };
      // Main first: a batch that the dissector may forget must have reached main.
      thread.postMessage(JSON.stringify(judged));
      fromDissector.postMessage(batch.serial);
    };
    return engine;
  }
}
