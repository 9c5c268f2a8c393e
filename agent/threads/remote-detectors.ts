// Detectors elsewhere: what those of this process are told and tell, by way of a fleet's Redis (docs/fleet.md).

import type { DetectorHealth } from "../../detectors/engine.ts";
import type { BatchJudged } from "../../detectors/messages.ts";
import type { Fleet } from "../fleet/sensor/client.ts";
import { type DetectorEvents, type DetectorThreads, mergeHealth, readJudged } from "./detectors.ts";
import type { ThreadOptions } from "./types.ts";

/** Begins the run in the fleet, with as many partitions as `options.router.workers` says. */
export function startRemoteDetectors(fleet: Fleet, options: ThreadOptions, events: DetectorEvents): DetectorThreads {
  const partitions = Array.from({ length: options.router.workers }, () => ({
    health: [] as DetectorHealth[],
    counters: {} as Record<string, number>,
  }));
  const hung: string[] = [];
  const { port1, port2 } = new MessageChannel();
  fleet.start(
    {
      settings: options.detectors,
      windowWidth: options.windowWidth,
      live: options.live,
      repeats: options.repeats ?? false,
      disabled: [...options.disabled],
      whitelist: options.whitelist?.alerts,
      intel: options.intel ?? { table: undefined, asn: undefined, mayChange: false },
      asked: options.lookups?.asked ?? [],
      answers: options.lookups?.remembered() ?? [],
      facts: [],
    },
    {
      partitions: partitions.length,
      hang: options.hangSeconds * 1000,
      replays: options.tape?.use.replay !== undefined,
    },
    port1,
    {
      judged(partition, text) {
        const batch: BatchJudged = readJudged(text);
        if (batch.news !== undefined) Object.assign(partitions[partition]!, batch.news);
        if (batch.questions !== undefined) options.lookups?.ask?.(batch.questions);
        events.judged(partition, batch);
      },
      hung(partition, detector) {
        hung.push(detector);
        events.warning(
          `Detector ${detector} did not come back within ${options.hangSeconds} s and was switched off for the profiles of partition ${
            partition + 1
          }. Please report this.`,
        );
      },
      facts: events.facts,
      warning: events.warning,
      failed: events.failed,
    },
  );
  return {
    ports: [port2],
    whitelist: (now) => fleet.control({ say: "whitelist", entries: now.alerts }),
    useIntel: (intel) => fleet.control({ say: "intel", intel }),
    answer: (answers, unanswered) => fleet.control({ say: "answers", answers, unanswered }),
    configure: (settings, disabled) => fleet.control({ say: "configure", settings, disabled }),
    health: () => mergeHealth(partitions.map(({ health }) => health)),
    hung,
    counters: () => partitions.map(({ counters }) => counters),
    stop: () => fleet.close(),
  };
}
