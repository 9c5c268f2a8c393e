// The threads of a run: dissectors, detector workers, and where they are wanted the capture and the search for leaks; none
// has a permission that it does not need. Starts them, connects them, and puts evidence back into stream order.

import { compareEvidence, type PlacedEvidence } from "../detectors/engine.ts";
import type { DissectorReport, FromDissector, ToDissector } from "./dissect/messages.ts";
import { createMerger } from "./evidence/merge.ts";
import type { Fact } from "./profile/facts.ts";
import { describeWarning } from "./source/warnings.ts";
import { DISSECTOR_URL } from "./thread-urls.ts";
import { startCapture } from "./threads/capture.ts";
import { type DetectorEvents, startDetectors } from "./threads/detectors.ts";
import { createFeeder } from "./threads/feeder.ts";
import { startLeaks } from "./threads/leaks.ts";
import { startRemoteDetectors } from "./threads/remote-detectors.ts";
import type { ThreadEvents, ThreadOptions, ThreadReport, Threads } from "./threads/types.ts";
import { timeSpan } from "./ui/style.ts";

export type { Progress, ThreadEvents, ThreadOptions, ThreadReport, Threads } from "./threads/types.ts";

/** Milliseconds between two looks at whether all was judged. */
const MERGE_INTERVAL = 20;

/** Starts the threads. */
export function startThreads(options: ThreadOptions, events: ThreadEvents): Threads {
  const count = options.router.workers;
  const merger = createMerger<PlacedEvidence>(count, compareEvidence);
  let origin = NaN;
  /** Serial of the last batch that the dissector has sent. */
  let sent = 0;
  /** What was on the tape has been sent, and is still being judged. */
  let replayed: { serial: number; records: number; hosts: number } | undefined;
  /** Stream time at the end of the batches that were sent and, but for the first, may not be judged yet. */
  const clocks: { serial: number; clock: number }[] = [];
  let done: { batches: number; counters: DissectorReport } | undefined;
  let factsWanted: ((facts: readonly Fact[]) => void) | undefined;
  let soFarWanted: ((counters: DissectorReport) => void)[] = [];
  let failed!: (reason: Error) => void;
  let settle!: (report: ThreadReport) => void;
  const report = new Promise<ThreadReport>((resolve, reject) => {
    settle = resolve;
    failed = reject;
  });
  report.catch(() => {});
  const { warning } = events;

  /** What main's own work on an event throws (a full disk, say) ends the run in an orderly way. */
  function guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function startDissector(name: string): Worker {
    const thread = new Worker(DISSECTOR_URL, { type: "module", name, deno: { permissions: "none" } });
    thread.onerror = (event) => {
      event.preventDefault();
      failed(new Error(`The ${name} failed: ${event.message}`));
    };
    return thread;
  }
  const dissector = startDissector("dissector");
  const tell = (message: ToDissector, transfer: Transferable[] = []): void => dissector.postMessage(message, transfer);
  const { spent, answered, ...feeding } = createFeeder(tell, report);

  const toldByDetectors: DetectorEvents = {
    judged(worker, batch) {
      origin = batch.origin;
      guard(() => {
        for (const { evidence, repeat, clock } of merger.add(worker, batch.serial, batch.evidence)) {
          if (repeat !== undefined) events.repeat?.(repeat, clock);
          if (evidence !== undefined) events.evidence(evidence, clock);
        }
        tellReplayed();
        settleIfDone();
      });
    },
    failed,
    warning,
    facts() {
      tell({ say: "facts" });
      return new Promise((resolve) => factsWanted = resolve);
    },
    replaced: (worker, port) => tell({ say: "replaced", worker }, [port]),
  };
  const detectors = options.fleet === undefined
    ? startDetectors(options, toldByDetectors)
    : startRemoteDetectors(options.fleet, options, toldByDetectors);

  /** What was taken up is judged to its end: from here on the run goes on as if nothing had been. */
  function tellReplayed(): void {
    if (replayed === undefined || (count > 0 && merger.complete() < replayed.serial)) return;
    const { records, hosts } = replayed;
    replayed = undefined;
    events.replayed?.(records, hosts);
  }

  function settleIfDone(): void {
    if (done === undefined || (count > 0 && merger.complete() < done.batches)) return;
    settle(reportOf(done.counters));
  }

  function reportOf(counters: DissectorReport): ThreadReport {
    return {
      ...counters,
      health: detectors.health(),
      hung: [...detectors.hung],
      sharesNotJudged: options.fleet?.givenUp() ?? 0,
      captured: capture?.counts() ?? [],
      engines: detectors.counters(),
    };
  }

  /** Looks until no batch is under way: only asked at the end of an input. */
  async function merged(): Promise<void> {
    while (count > 0 && merger.complete() < sent) await new Promise((resolve) => setTimeout(resolve, MERGE_INTERVAL));
  }

  dissector.onmessage = ({ data }: MessageEvent<FromDissector>) => {
    switch (data.say) {
      case "spent":
        spent(data.buffer);
        answered(data.wants);
        break;
      case "noted":
        answered(data.wants);
        break;
      case "batch":
        sent = data.serial;
        clocks.push(data);
        guard(() => {
          if (options.keepRecords) events.records(data.records);
          if (data.hosts.length > 0) events.hosts?.(data.hosts);
          events.progress({ ...data.progress, clock: data.clock });
        });
        break;
      case "replayed":
        // The dissector waits for the answer: nothing later can have been judged yet.
        replayed = data;
        guard(() => {
          tell({ say: "live", since: events.live?.() });
          options.fleet?.live();
          tellReplayed();
        });
        break;
      case "facts":
        factsWanted?.(data.facts);
        break;
      case "warning":
        warning(`${describeWarning(data.warning)}.`);
        break;
      case "setBack":
        warning(
          `The clock of this machine was set back by ${
            timeSpan(data.by)
          }: what was under way was judged, and watching ` +
            "begins anew at the new time.",
        );
        break;
      case "soFar":
        for (const wanted of soFarWanted) wanted(data.counters);
        soFarWanted = [];
        break;
      case "done":
        done = { batches: data.batches, counters: data.counters };
        settleIfDone();
        break;
    }
  };

  const capture = options.interfaces === undefined ? undefined : startCapture(options.interfaces, {
    failed,
    warning,
    network(localNetwork, gateway) {
      tell({ say: "network", localNetwork, gateway });
      if (gateway !== undefined) events.gateway?.(gateway.ip);
    },
  });
  // The first dissector leads, the others hand it their records.
  const [receptions = [], ...others] = capture?.receptions ?? [];
  const leaks = options.leaks === undefined ? undefined : startLeaks(options.leaks, 1 + others.length, {
    warning,
    moved(ports) {
      for (const [index, thread] of [dissector, ...shares.map(({ thread }) => thread)].entries()) {
        thread.postMessage({ say: "leaks" } satisfies ToDissector, ports === undefined ? [] : [ports[index]!]);
      }
    },
  });
  const [toLeaks, ...othersToLeaks] = (leaks?.ports ?? []).map((port) => [port]);
  const shares = others.map((receptions, index) => {
    const thread = startDissector(`dissector ${index + 2}`);
    const { port1, port2 } = new MessageChannel();
    const start: ToDissector = { say: "share", settings: options.dissector, leaks: leaks !== undefined };
    thread.postMessage(start, [port1, ...othersToLeaks[index] ?? [], ...receptions]);
    return { thread, port: port2 };
  });
  const { store, tape, whitelist } = options;
  tell({
    say: "start",
    fleet: options.fleet !== undefined,
    shares: shares.length,
    leaks: leaks !== undefined,
    store: store !== undefined,
    live: options.live,
    settings: options.dissector,
    router: options.router,
    keepRecords: options.keepRecords,
    tellHosts: options.tellHosts,
    streams: options.streams,
    said: options.said,
    grows: options.grows ?? false,
    filter: options.filter,
    whitelist: whitelist?.flows,
    tape: tape?.use,
  }, [
    ...detectors.ports,
    ...shares.map(({ port }) => port),
    ...toLeaks ?? [],
    ...store === undefined ? [] : [store.port],
    ...tape === undefined ? [] : [tape.port],
    ...receptions,
  ]);
  void store?.failed.then((accounted) => tell({ say: "storeFailed", accounted }));
  void tape?.failed.then(() => tell({ say: "tapeFailed" }));

  return {
    ...feeding,
    origin: () => origin,
    judgedClock() {
      const complete = count > 0 ? merger.complete() : sent;
      while (clocks.length > 1 && clocks[1]!.serial <= complete) clocks.shift();
      return clocks.length > 0 && clocks[0]!.serial <= complete ? clocks[0]!.clock : -Infinity;
    },
    whitelist(now) {
      detectors.whitelist(now);
      tell({ say: "whitelist", entries: now.flows });
    },
    useIntel: detectors.useIntel,
    answer: detectors.answer,
    configure: detectors.configure,
    // What was not read yet was not sent either.
    judged: () => Promise.race([feeding.wants().then(merged), report.then(() => {})]),
    filter: (expression) => capture?.filter(expression),
    failed: report.then(() => {}),
    finish() {
      if (capture === undefined) tell({ say: "end" });
      else capture.finish();
      return report;
    },
    soFar() {
      tell({ say: "soFar" });
      const counted = new Promise<DissectorReport>((resolve) => soFarWanted.push(resolve));
      return Promise.race([counted.then(reportOf), report]);
    },
    stop() {
      capture?.stop();
      dissector.terminate();
      for (const { thread } of shares) thread.terminate();
      leaks?.stop();
      return detectors.stop();
    },
  };
}
