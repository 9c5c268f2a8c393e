// The detector workers: starts them, tells them what changes while a run goes on, and replaces one whose detector does not
// come back. None of them has any permission.

import type { DetectorHealth } from "../../detectors/engine.ts";
import type { BatchJudged, ToDetectors } from "../../detectors/messages.ts";
import type { Whitelist } from "../evidence/whitelist/whitelist.ts";
import type { Answer, Question } from "../intel/enrich/question.ts";
import type { IntelImages } from "../intel/intel.ts";
import type { Fact } from "../profile/facts.ts";
import { createPulse, type Pulse, PULSE_INTERVAL } from "../pulse.ts";
import { DETECTOR_URL } from "../thread-urls.ts";
import type { ThreadOptions } from "./types.ts";

interface DetectorThread {
  thread: Worker;
  pulse: Pulse;
  /** A detector hangs; another thread takes over. */
  isLeft: boolean;
  disabled: string[];
  health: DetectorHealth[];
  counters: Record<string, number>;
}

export interface DetectorEvents {
  /** A worker has judged a batch. */
  judged(worker: number, batch: BatchJudged): void;
  failed(reason: Error): void;
  warning(sentence: string): void;
  /** What the traffic has taught so far, for a worker that takes over. */
  facts(): Promise<readonly Fact[]>;
  /** A worker was replaced; `port` is the dissector's way to the new one. */
  replaced(worker: number, port: MessagePort): void;
}

export interface DetectorThreads {
  /** The dissector's ways to the workers, in their order; to a fleet there is one. */
  readonly ports: readonly MessagePort[];
  whitelist(now: Whitelist): void;
  useIntel(newer: IntelImages): void;
  answer(answers: readonly Answer[], unanswered: readonly Question[]): void;
  configure(settings: ThreadOptions["detectors"], disabled: readonly string[]): void;
  health(): DetectorHealth[];
  /** Detectors that hung and were switched off. */
  readonly hung: readonly string[];
  counters(): Record<string, number>[];
  stop(): Promise<void>;
}

/** Starts as many workers as `options.router.workers` says. */
export function startDetectors(options: ThreadOptions, events: DetectorEvents): DetectorThreads {
  const workers: DetectorThread[] = [];
  const hung: string[] = [];
  let { detectors: settings, disabled, whitelist } = options;
  let intel: IntelImages = options.intel ?? { table: undefined, asn: undefined, mayChange: false };

  function start(index: number, port: MessagePort, disabled: string[], facts: readonly Fact[]): DetectorThread {
    const thread = new Worker(options.detectorUrl ?? DETECTOR_URL, {
      type: "module",
      name: `detectors-${index + 1}`,
      deno: { permissions: "none" },
    });
    const pulse = createPulse();
    const start: ToDetectors = {
      say: "start",
      pulse: pulse.memory,
      settings,
      windowWidth: options.windowWidth,
      live: options.live,
      repeats: options.repeats ?? false,
      disabled,
      whitelist: whitelist?.alerts,
      intel,
      asked: options.lookups?.asked ?? [],
      answers: options.lookups?.remembered() ?? [],
      facts,
    };
    thread.onmessage = ({ data: text }: MessageEvent<string>) => {
      const batch = readJudged(text);
      const worker = workers[index]!;
      if (batch.news !== undefined) Object.assign(worker, batch.news);
      if (batch.questions !== undefined) options.lookups?.ask?.(batch.questions);
      events.judged(index, batch);
    };
    thread.onerror = (event) => {
      event.preventDefault();
      events.failed(new Error(`A detector worker failed: ${event.message}`));
    };
    thread.postMessage(start, [port]);
    return {
      thread,
      pulse,
      isLeft: false,
      disabled,
      health: [],
      counters: {},
    };
  }

  function tellAll(message: ToDetectors): void {
    for (const { thread } of workers) thread.postMessage(message);
  }

  /** Takes a hanging worker away and lets a new one, without the detector that hangs, go on with what was not judged yet. */
  async function replace(index: number, name: string): Promise<void> {
    const old = workers[index]!;
    old.thread.terminate();
    old.isLeft = true;
    hung.push(name);
    const facts = await events.facts();
    const { port1, port2 } = new MessageChannel();
    workers[index] = start(index, port1, [...old.disabled, name], facts);
    workers[index].thread.postMessage({ say: "configure", settings, disabled } satisfies ToDetectors);
    events.replaced(index, port2);
    events.warning(
      `Detector ${name} did not come back within ${options.hangSeconds} s and was switched off for the profiles of worker ${
        index + 1
      }; what the other detectors had counted for them so far starts anew. Please report this.`,
    );
  }

  const watchdog = setInterval(() => {
    const now = performance.now();
    for (const [index, worker] of workers.entries()) {
      if (worker.isLeft || worker.pulse.look(now) <= options.hangSeconds * 1000) continue;
      const running = worker.pulse.running();
      const active = options.detectorNames.filter((name) => !worker.disabled.includes(name));
      void replace(index, active[running - 1] ?? `number ${running}`);
    }
  }, PULSE_INTERVAL);

  const ports = Array.from({ length: options.router.workers }, (_, index) => {
    const { port1, port2 } = new MessageChannel();
    workers.push(start(index, port1, [...options.disabled], []));
    return port2;
  });

  return {
    ports,
    whitelist(now) {
      whitelist = now;
      tellAll({ say: "whitelist", entries: now.alerts });
    },
    useIntel(newer) {
      intel = newer;
      tellAll({ say: "intel", intel });
    },
    answer: (answers, unanswered) => tellAll({ say: "answers", answers, unanswered }),
    configure(now, switchedOff) {
      settings = now;
      disabled = switchedOff;
      tellAll({ say: "configure", settings, disabled });
    },
    health: () => mergeHealth(workers.map(({ health }) => health)),
    hung,
    counters: () => workers.map(({ counters }) => counters),
    stop() {
      clearInterval(watchdog);
      for (const { thread } of workers) thread.terminate();
      return Promise.resolve();
    },
  };
}

/** What a worker says of a batch. */
export function readJudged(text: string): BatchJudged {
  const batch = JSON.parse(text) as BatchJudged;
  // JSON knows neither of the two: no record yet, and what comes after all else.
  batch.origin ??= NaN;
  for (const placed of batch.evidence) placed.clock ??= Infinity;
  return batch;
}

/** The health of every detector over all workers. */
export function mergeHealth(shares: readonly DetectorHealth[][]): DetectorHealth[] {
  const merged = new Map<string, DetectorHealth>();
  for (const share of shares) {
    for (const { name, failures, firstFailure, atRest } of share) {
      const sum = merged.get(name) ?? { name, failures: 0, firstFailure: undefined, atRest: false };
      merged.set(name, {
        name,
        failures: sum.failures + failures,
        firstFailure: sum.firstFailure ?? firstFailure,
        atRest: sum.atRest || atRest,
      });
    }
  }
  return [...merged.values()];
}
