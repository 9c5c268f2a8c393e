// The threads of a run: one dissector and some detector workers, none with any permission. Starts them, connects them,
// feeds the dissector, puts evidence back into stream order, and replaces a worker whose detector does not come back.

import { compareEvidence, type DetectorHealth, type PlacedEvidence } from "../detectors/engine.ts";
import { type BatchJudged, HEARTBEAT_CALLS, HEARTBEAT_DETECTOR, type ToDetectors } from "../detectors/messages.ts";
import type { RuleFile, RulesRefused, StartSearch } from "./dissect/leaks/messages.ts";
import type { DissectorSettings } from "./dissect/dissector.ts";
import type { DissectorReport, FromDissector, InputProgress, ToDissector } from "./dissect/messages.ts";
import type { Evidence, Repeat } from "./evidence/evidence.ts";
import type { Whitelist } from "./evidence/whitelist/whitelist.ts";
import { createMerger } from "./evidence/merge.ts";
import type { Answer, Asked, Question } from "./intel/enrich/question.ts";
import type { IntelImages } from "./intel/intel.ts";
import type { Fact } from "./profile/facts.ts";
import type { RouterOptions } from "./profile/router.ts";
import type { AnyRecord } from "./record/schema.ts";
import type { FilePrograms } from "./source/interface/file-filter.ts";
import type { CaptureCounts, CaptureSettings, FromCapture, Reception, ToCapture } from "./source/interface/messages.ts";
import { localPicture } from "./source/interface/system.ts";
import { LIBC_PATHS } from "../ffi/libc.ts";
import { LIBPCAP_PATHS } from "../ffi/libpcap.ts";
import type { FileEnd, InputStream, SaidFormat } from "./source/input.ts";
import { describeWarning } from "./source/warnings.ts";
import { HEADROOM_BYTES } from "./source/unpack.ts";
import { InputError } from "./errors.ts";
import { CAPTURE_URL, DETECTOR_URL, DISSECTOR_URL, LEAKS_URL } from "./thread-urls.ts";

/** How far the stream has come. */
export interface Progress extends InputProgress {
  /** Stream time, Unix seconds. */
  clock: number;
}

export interface ThreadOptions {
  /** What is read: one stream for a file, several for a folder of logs. */
  streams: readonly InputStream[];
  /** What the user says it is. */
  said?: SaidFormat | undefined;
  /** The input is still being written: its streams are told as they come up. */
  grows?: boolean;
  /** Filters for captures, by link type. */
  filter?: FilePrograms | undefined;
  /** Interfaces that are watched instead of an input, and how. */
  interfaces?: {
    names: readonly string[];
    settings: CaptureSettings;
    /** Dissectors that share the flows of each interface; 1 or more. */
    dissectors: number;
  } | undefined;
  router: RouterOptions;
  dissector: DissectorSettings;
  /** Settings by detector name. */
  detectors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Names of the detectors in the order of their list: what a heartbeat's number means. */
  detectorNames: readonly string[];
  disabled: readonly string[];
  windowWidth: number;
  live: boolean;
  /** Tell every repeat of evidence, for scorers that want each. */
  repeats?: boolean;
  /** The user's whitelists, if any. */
  whitelist?: Whitelist | undefined;
  /** What is known from outside, as shared memory. */
  intel?: IntelImages | undefined;
  /** Who answers questions to the world outside: `ask` is missing when only what is remembered is answered. */
  lookups?: {
    /** Kinds of questions that somebody answers. */
    asked: readonly Asked[];
    remembered(): readonly Answer[];
    ask?: ((questions: readonly Question[]) => void) | undefined;
  } | undefined;
  /** Leaks are looked for: the engine, and rules beside the built-in ones. */
  leaks?: { engine: Uint8Array<ArrayBuffer>; rules: readonly RuleFile[] } | undefined;
  /** The way of records to the store, if they are kept. */
  store?: MessagePort | undefined;
  /** Hand on the records themselves, for logs. */
  keepRecords: boolean;
  /** Tell the hosts that appear, each once in so many seconds. */
  tellHosts?: number | undefined;
  /** Seconds after which a detector that has not come back is taken to hang. */
  hangSeconds: number;
  /** Entry module of the detector workers. */
  detectorUrl?: URL;
}

/** What main hears, always in stream order. */
export interface ThreadEvents {
  evidence(evidence: Evidence, clock: number): void;
  /** Evidence that came again; where that is told as well, before it. */
  repeat?(repeat: Repeat, clock: number): void;
  records(records: readonly AnyRecord[]): void;
  /** Hosts that appeared in the traffic, where they are to be told. */
  hosts?(addresses: readonly string[]): void;
  /** What the system knows of our network, at the start and when it changes: our gateway. */
  gateway?(ip: string): void;
  progress(progress: Progress): void;
  /** Something the user must know; one sentence. */
  warning(sentence: string): void;
}

/** What was counted by the threads over the whole run. */
export interface ThreadReport extends DissectorReport {
  health: DetectorHealth[];
  /** Detectors that hung and were switched off. */
  hung: string[];
  engines: Record<string, number>[];
  /** What the kernel counted of each interface that was watched. */
  captured: readonly CaptureCounts[];
}

export interface Threads {
  /** Unix seconds of the first record; NaN before it. */
  origin(): number;
  /** A buffer to fill from `HEADROOM_BYTES` on, as soon as one is free. */
  buffer(): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the dissector `length` bytes of a stream that were read into the buffer. */
  push(stream: number, buffer: Uint8Array<ArrayBuffer>, length: number): void;
  /** Takes a buffer back that was not needed. */
  giveBack(buffer: Uint8Array<ArrayBuffer>): void;
  /** The current file of a stream is over. */
  fileOver(stream: number, end?: FileEnd): void;
  /** Of an input that grows: the file that a stream goes on with, or that a new stream of the next number begins with. */
  next(stream: number, file: string): void;
  /** A stream that grows has no more for now. */
  pause(stream: number): void;
  /** What came with the first so many pieces waits no longer for streams that are paused. */
  release(pieces: number): void;
  /** The input is silent: stream time goes on by so many seconds. */
  tick(seconds: number): void;
  /** The stream whose bytes are wanted next, -1 when nothing more is; answered when all that was given has been read. */
  wants(): Promise<number>;
  /** These whitelists count from now on. */
  whitelist(now: Whitelist): void;
  /** Newer intelligence counts from each detector worker's next batch on. */
  useIntel(intel: IntelImages): void;
  /** Hands answers, and questions that nobody could answer, to the detectors, which hear of them at their next batch. */
  answer(answers: readonly Answer[], unanswered: readonly Question[]): void;
  /** Resolves when all that the dissector has sent so far was judged, or a thread has failed. */
  judged(): Promise<void>;
  /** Settings by detector name, and names of detectors that are switched off, from now on. */
  configure(settings: ThreadOptions["detectors"], disabled: readonly string[]): void;
  /** The filter of what is captured from now on. */
  filter(expression: string | undefined): void;
  /** Rejected when a thread fails; kept when all is over. */
  readonly failed: Promise<void>;
  /** The input is over: resolves when every record was judged and all evidence delivered. */
  finish(): Promise<ThreadReport>;
  /** What was counted by now. */
  soFar(): Promise<ThreadReport>;
  stop(): void;
}

/** Bytes of the capture handed over at once: the size at which reading is fastest (docs/performance.md). */
const CHUNK_BYTES = 1024 * 1024;
/** Buffers in circulation: one being read into, one being dissected, one waiting, and one to spare. */
const BUFFERS = 4;
/** Numbers of fan-out groups that a process keeps for its interfaces. */
const INTERFACES_PER_PROCESS = 16;
/** Milliseconds between two looks at whether all was judged. */
const MERGE_INTERVAL = 20;
/** Milliseconds between two looks at the heartbeats. */
const WATCH_INTERVAL = 500;

interface DetectorThread {
  thread: Worker;
  heartbeat: Int32Array;
  seenCalls: number;
  /** When the call now running was first seen, milliseconds of performance.now(). */
  since: number;
  disabled: string[];
  health: DetectorHealth[];
  counters: Record<string, number>;
}

/** Starts the threads. */
export function startThreads(options: ThreadOptions, events: ThreadEvents): Threads {
  const count = options.router.workers;
  const merger = createMerger<PlacedEvidence>(count, compareEvidence);
  const dissector = new Worker(DISSECTOR_URL, { type: "module", name: "dissector", deno: { permissions: "none" } });
  const workers: DetectorThread[] = [];
  const hung: string[] = [];
  let whitelist = options.whitelist;
  let intel: IntelImages = options.intel ?? { table: undefined, asn: undefined, mayChange: false };
  const free: Uint8Array<ArrayBuffer>[] = [];
  let buffers = 0;
  let bufferWanted: ((buffer: Uint8Array<ArrayBuffer>) => void) | undefined;
  /** Messages with input that were not answered yet, and the answer to the last one. */
  let unread = 0;
  let wanted = 0;
  let wantsAsked: ((stream: number) => void) | undefined;
  let factsWanted: ((facts: Fact[]) => void) | undefined;
  let soFarWanted: ((counters: DissectorReport) => void)[] = [];
  let { detectors: settings, disabled } = options;
  let origin = NaN;
  /** Serial of the last batch that the dissector has sent. */
  let sent = 0;
  let captured: readonly CaptureCounts[] = [];
  let done: { batches: number; counters: DissectorReport } | undefined;
  let fail!: (reason: Error) => void;
  let settle!: (report: ThreadReport) => void;
  const report = new Promise<ThreadReport>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  report.catch(() => {});

  /** What main's own work on an event throws (a full disk, say) ends the run in an orderly way. */
  function guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  const tell = (message: ToDissector, transfer: Transferable[] = []): void => dissector.postMessage(message, transfer);

  function startWorker(index: number, port: MessagePort, disabled: string[], facts: readonly Fact[]): DetectorThread {
    const thread = new Worker(options.detectorUrl ?? DETECTOR_URL, {
      type: "module",
      name: `detectors-${index + 1}`,
      deno: { permissions: "none" },
    });
    const heartbeat = new SharedArrayBuffer(8);
    const start: ToDetectors = {
      say: "start",
      heartbeat,
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
      const data = JSON.parse(text) as BatchJudged;
      const worker = workers[index]!;
      if (data.news !== undefined) Object.assign(worker, data.news);
      // JSON knows neither of the two: no record yet, and what comes after all else.
      origin = data.origin ?? NaN;
      for (const placed of data.evidence) placed.clock ??= Infinity;
      if (data.questions !== undefined) options.lookups?.ask?.(data.questions);
      guard(() => {
        for (const { evidence, repeat, clock } of merger.add(index, data.serial, data.evidence)) {
          if (repeat !== undefined) events.repeat?.(repeat, clock);
          if (evidence !== undefined) events.evidence(evidence, clock);
        }
        settleIfDone();
      });
    };
    thread.onerror = (event) => {
      event.preventDefault();
      fail(new Error(`A detector worker failed: ${event.message}`));
    };
    thread.postMessage(start, [port]);
    return {
      thread,
      heartbeat: new Int32Array(heartbeat),
      seenCalls: -1,
      since: 0,
      disabled,
      health: [],
      counters: {},
    };
  }

  /** Looks until no batch is under way: only asked at the end of an input. */
  async function merged(): Promise<void> {
    while (count > 0 && merger.complete() < sent) await new Promise((resolve) => setTimeout(resolve, MERGE_INTERVAL));
  }

  function settleIfDone(): void {
    if (done === undefined || (count > 0 && merger.complete() < done.batches)) return;
    settle(reportOf(done.counters));
  }

  function reportOf(counters: DissectorReport): ThreadReport {
    return {
      ...counters,
      health: mergeHealth(workers.map(({ health }) => health)),
      hung,
      captured,
      engines: workers.map(({ counters }) => counters),
    };
  }

  /** Takes a hanging worker away and lets a new one, without the detector that hangs, go on with what was not judged yet. */
  async function replace(index: number, name: string): Promise<void> {
    const old = workers[index]!;
    old.thread.terminate();
    old.since = Infinity;
    hung.push(name);
    const facts = await new Promise<Fact[]>((resolve) => {
      factsWanted = resolve;
      tell({ say: "facts" });
    });
    const { port1, port2 } = new MessageChannel();
    workers[index] = startWorker(index, port1, [...old.disabled, name], facts);
    workers[index].thread.postMessage({ say: "configure", settings, disabled } satisfies ToDetectors);
    tell({ say: "replaced", worker: index }, [port2]);
    events.warning(
      `Detector ${name} did not come back within ${options.hangSeconds} s and was switched off for the profiles of worker ${
        index + 1
      }; what the other detectors had counted for them so far starts anew. Please report this.`,
    );
  }

  const watchdog = setInterval(() => {
    const now = performance.now();
    for (const [index, worker] of workers.entries()) {
      const running = worker.heartbeat[HEARTBEAT_DETECTOR]!;
      const calls = worker.heartbeat[HEARTBEAT_CALLS]!;
      if (running === 0 || calls !== worker.seenCalls) {
        worker.seenCalls = calls;
        worker.since = now;
      } else if (now - worker.since > options.hangSeconds * 1000) {
        const active = options.detectorNames.filter((name) => !worker.disabled.includes(name));
        void replace(index, active[running - 1] ?? `number ${running}`);
      }
    }
  }, WATCH_INTERVAL);

  function answered(wants: number): void {
    wanted = wants;
    if (--unread > 0) return;
    wantsAsked?.(wants);
    wantsAsked = undefined;
  }

  dissector.onerror = (event) => {
    event.preventDefault();
    fail(new Error(`The dissector failed: ${event.message}`));
  };
  dissector.onmessage = ({ data }: MessageEvent<FromDissector>) => {
    switch (data.say) {
      case "spent": {
        const buffer = new Uint8Array(data.buffer);
        if (bufferWanted !== undefined) bufferWanted(buffer);
        else free.push(buffer);
        bufferWanted = undefined;
        answered(data.wants);
        break;
      }
      case "noted":
        answered(data.wants);
        break;
      case "batch":
        sent = data.serial;
        guard(() => {
          if (options.keepRecords) events.records(data.records);
          if (data.hosts.length > 0) events.hosts?.(data.hosts);
          events.progress({ ...data.progress, clock: data.clock });
        });
        break;
      case "facts":
        factsWanted?.(data.facts);
        break;
      case "warning":
        events.warning(`${describeWarning(data.warning)}.`);
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

  /** The capture thread: it may use two libraries of the system and nothing else. */
  function startCapture({ names, settings, dissectors }: NonNullable<ThreadOptions["interfaces"]>): Worker {
    const thread = new Worker(CAPTURE_URL, {
      type: "module",
      name: "capture",
      deno: { permissions: { ffi: [...LIBC_PATHS, ...LIBPCAP_PATHS] } },
    });
    thread.onerror = (event) => {
      event.preventDefault();
      fail(new Error(`The capture thread failed: ${event.message}`));
    };
    thread.onmessage = ({ data }: MessageEvent<FromCapture>) => {
      switch (data.say) {
        case "refused":
          fail(new InputError(data.sentence));
          break;
        case "warning":
          events.warning(data.sentence);
          break;
        case "state":
          // Every share tells it; once is enough.
          if (data.state !== "receiving" && data.reception < names.length) {
            events.warning(`The interface ${data.interface} is ${data.state}; waiting for it to come back.`);
          }
          break;
        case "system": {
          const { networks, gateway } = localPicture(data.picture, names);
          tell({
            say: "network",
            localNetwork: networks[0],
            gateway: gateway === undefined ? undefined : { ip: gateway.ip, mac: gateway.mac },
          });
          if (gateway !== undefined) events.gateway?.(gateway.ip);
          break;
        }
        case "filter":
          events.warning(
            data.problem === undefined
              ? `The filter in force is now ${data.filter === undefined ? "none" : `"${data.filter}"`}.`
              : `The filter "${data.filter ?? ""}" cannot be used: ${data.problem}. The old one stays in force.`,
          );
          break;
        case "counts":
        case "stopped":
          captured = data.counts;
          break;
      }
    };
    const receptions: Reception[] = [];
    const receivers: MessagePort[] = [];
    for (let share = 0; share < dissectors; share++) {
      const takers: MessagePort[] = [];
      for (const [index, name] of names.entries()) {
        const { port1, port2 } = new MessageChannel();
        receivers.push(port1);
        takers.push(port2);
        // Groups belong to the network namespace: the process number keeps ours apart from another program's.
        const group = (Deno.pid * INTERFACES_PER_PROCESS + index) & 0xffff;
        receptions.push({ interface: name, fanoutGroup: dissectors === 1 ? undefined : group });
      }
      // The first dissector leads and gets its ports with its start.
      if (share === 0) ports.push(...takers);
      else shares.push(startShare(share, takers));
    }
    const start: ToCapture = { say: "start", receptions, settings };
    thread.postMessage(start, receivers);
    return thread;
  }

  /** The thread that looks for leaks, for all dissectors. */
  function startLeaks({ engine, rules }: NonNullable<ThreadOptions["leaks"]>, toDissectors: MessagePort[]): Worker {
    const thread = new Worker(LEAKS_URL, { type: "module", name: "leaks", deno: { permissions: "none" } });
    thread.onerror = (event) => {
      event.preventDefault();
      fail(new Error(`The thread that looks for leaks failed: ${event.message}`));
    };
    thread.onmessage = ({ data }: MessageEvent<RulesRefused>) => events.warning(data.sentence);
    thread.postMessage({ say: "start", engine, rules } satisfies StartSearch, [...toDissectors, engine.buffer]);
    return thread;
  }

  /** A dissector that hands its records to the first one. */
  function startShare(share: number, receptions: readonly MessagePort[]): Worker {
    const thread = new Worker(DISSECTOR_URL, {
      type: "module",
      name: `dissector-${share + 1}`,
      deno: { permissions: "none" },
    });
    thread.onerror = (event) => {
      event.preventDefault();
      fail(new Error(`A dissector failed: ${event.message}`));
    };
    const { port1, port2 } = new MessageChannel();
    sharePorts.push(port2);
    const start: ToDissector = { say: "share", settings: options.dissector, leaks: options.leaks !== undefined };
    thread.postMessage(start, [port1, ...leaksPort(), ...receptions]);
    return thread;
  }

  /** One end of a channel to the thread that looks for leaks, if there is one. */
  function leaksPort(): MessagePort[] {
    if (options.leaks === undefined) return [];
    const { port1, port2 } = new MessageChannel();
    leaksPorts.push(port1);
    return [port2];
  }

  const ports: MessagePort[] = [];
  const leaksPorts: MessagePort[] = [];
  const shares: Worker[] = [];
  const sharePorts: MessagePort[] = [];
  for (let index = 0; index < count; index++) {
    const { port1, port2 } = new MessageChannel();
    workers.push(startWorker(index, port1, [...options.disabled], []));
    ports.push(port2);
  }
  const capture = options.interfaces === undefined ? undefined : startCapture(options.interfaces);
  ports.splice(count, 0, ...sharePorts, ...leaksPort(), ...(options.store === undefined ? [] : [options.store]));
  const leaks = options.leaks === undefined ? undefined : startLeaks(options.leaks, leaksPorts);
  tell({
    say: "start",
    shares: sharePorts.length,
    leaks: leaks !== undefined,
    store: options.store !== undefined,
    live: options.live,
    settings: options.dissector,
    router: options.router,
    keepRecords: options.keepRecords,
    tellHosts: options.tellHosts,
    streams: options.streams,
    said: options.said,
    grows: options.grows ?? false,
    filter: options.filter,
  }, ports);
  if (whitelist?.flows !== undefined) tell({ say: "whitelist", entries: whitelist.flows });

  return {
    origin: () => origin,
    buffer() {
      const ready = free.pop();
      if (ready !== undefined) return Promise.resolve(ready);
      if (buffers < BUFFERS) {
        buffers++;
        return Promise.resolve(new Uint8Array(HEADROOM_BYTES + CHUNK_BYTES));
      }
      return Promise.race([
        new Promise<Uint8Array<ArrayBuffer>>((resolve) => bufferWanted = resolve),
        // A thread that failed never gives its buffer back.
        report.then(() => new Uint8Array(0)),
      ]);
    },
    push(stream, buffer, length) {
      unread++;
      tell({ say: "bytes", stream, buffer: buffer.buffer, start: HEADROOM_BYTES, end: HEADROOM_BYTES + length }, [
        buffer.buffer,
      ]);
    },
    giveBack: (buffer) => void free.push(buffer),
    fileOver(stream, end = "whole") {
      unread++;
      tell({ say: "over", stream, end });
    },
    next(stream, file) {
      unread++;
      tell({ say: "next", stream, file });
    },
    pause(stream) {
      unread++;
      tell({ say: "pause", stream });
    },
    release(pieces) {
      unread++;
      tell({ say: "release", pieces });
    },
    tick(seconds) {
      unread++;
      tell({ say: "tick", seconds });
    },
    wants() {
      if (unread === 0) return Promise.resolve(wanted);
      // A thread that failed never answers.
      return Promise.race([new Promise<number>((resolve) => wantsAsked = resolve), report.then(() => -1)]);
    },
    whitelist(now) {
      whitelist = now;
      for (const { thread } of workers) {
        thread.postMessage({ say: "whitelist", entries: now.alerts } satisfies ToDetectors);
      }
      tell({ say: "whitelist", entries: now.flows });
    },
    useIntel(newer) {
      intel = newer;
      for (const { thread } of workers) thread.postMessage({ say: "intel", intel } satisfies ToDetectors);
    },
    answer(answers, unanswered) {
      for (const { thread } of workers) {
        thread.postMessage({ say: "answers", answers, unanswered } satisfies ToDetectors);
      }
    },
    judged: () => Promise.race([merged(), report.then(() => {})]),
    configure(now, switchedOff) {
      settings = now;
      disabled = switchedOff;
      for (const { thread } of workers) {
        thread.postMessage({ say: "configure", settings, disabled } satisfies ToDetectors);
      }
    },
    filter(expression) {
      capture?.postMessage({ say: "filter", filter: expression } satisfies ToCapture);
    },
    failed: report.then(() => {}),
    finish() {
      if (capture === undefined) tell({ say: "end" });
      else capture.postMessage({ say: "stop" } satisfies ToCapture);
      return report;
    },
    soFar() {
      tell({ say: "soFar" });
      const counted = new Promise<DissectorReport>((resolve) => soFarWanted.push(resolve));
      return Promise.race([counted.then(reportOf), report]);
    },
    stop() {
      clearInterval(watchdog);
      capture?.terminate();
      dissector.terminate();
      for (const share of shares) share.terminate();
      leaks?.terminate();
      for (const { thread } of workers) thread.terminate();
    },
  };
}

/** The health of every detector over all workers. */
function mergeHealth(shares: readonly DetectorHealth[][]): DetectorHealth[] {
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
