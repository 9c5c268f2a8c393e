// The dissector thread: permissions none, because it parses hostile bytes. Bytes of the input come in from main; steps of
// the stream go straight to the detector workers, in batches that are the same for any number of workers.

import { createFlowFilter, type FlowFilter } from "../evidence/whitelist/flows.ts";
import type { PackedEntries } from "../evidence/whitelist/pack.ts";
import type { Step } from "../profile/batch.ts";
import { createFactJournal } from "../profile/fact-journal.ts";
import { createNewAddresses, type NewAddresses } from "../profile/new-addresses.ts";
import { ALL_WORKERS, createRouter, type Router } from "../profile/router.ts";
import { SET_BACK_SECONDS } from "../record/set-back.ts";
import type { AnyRecord } from "../record/schema.ts";
import { createFileFilter } from "../source/interface/file-filter.ts";
import { createIntake, type IntakeCounters } from "../source/interface/intake.ts";
import { createInput, type Input, type InputEnd } from "../source/input.ts";
import type { PacketHandler } from "../source/reader.ts";
import { addUp } from "./add-up.ts";
import { createRecordKeeper, type RecordKeeper } from "./kept-records.ts";
import { type Outlet, toFleet, toWorkers } from "./outlet.ts";
import { replay } from "./replay.ts";
import { countingLeaks, createLeakSearch, type LeakSearch } from "./leaks/search.ts";
import type { DissectorReport, FromDissector, InputProgress, TapeUse, ToDissector } from "./messages.ts";
import { createTaping, type Taping } from "./taping.ts";
import { leadShares, serveShare, type ShareReport, type Shares } from "./share.ts";
import { createSuccession, type Succession } from "./succession.ts";

/**
 * A batch goes out when it holds this many steps, or when the bytes in hand are used up: at once when nothing more may
 * come for a while, but after so many buffers when they are full, as those of a file are. A message costs more than many
 * steps do.
 */
const STEPS_PER_BATCH = 1024;
const BUFFERS_PER_BATCH = 4;
/** Seconds of stream time after which workers hear of it though there is no record for them. */
const CLOCK_STEP = 1;
const thread = self as unknown as {
  postMessage(message: FromDissector, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToDissector>) => void) | null;
};

let outlet: Outlet;
let router: Router;
const journal = createFactJournal();
let flowFilter: FlowFilter | undefined;
let dissectors: Succession;
let input: Input;
let intake: { counters(): IntakeCounters } | undefined;
/** Other dissectors that take a part of the flows of busy interfaces. */
let shares: Shares | undefined;
/** The search for leaks, also that of a share. */
let leaks: LeakSearch | undefined;
/** Keeps records in the store and on the tape; undefined when they are not kept. */
let kept: RecordKeeper | undefined;
let taping: Taping | undefined;
let keepRecords = false;
let records: AnyRecord[] = [];
let hosts: NewAddresses | undefined;
let serial = 0;
const progress: InputProgress = { packets: 0, bytes: 0, records: 0 };
let stepsWaiting = 0;
/** Buffers that were full, since the last batch. */
let fullBuffers = 0;
let flushedClock = -Infinity;
let first = NaN;
let last = NaN;
/**
 * Records read from logs before the first bytes are used up: the run begins with the earliest of them, which need not be
 * the first, as a connection is written down when it ends.
 */
let beginning: [record: AnyRecord, writtenAt: number][] | undefined = [];
let isBeginning = false;
/** Called when a worker has caught up. */
let resume: (() => void)[] = [];
/** Called when main knows that what was on the tape has passed. */
let goLive: ((since: number | undefined) => void) | undefined;

function push(worker: number, step: Step): void {
  if (worker === ALL_WORKERS) {
    journal.note(step.fact!);
    flowFilter?.learn(step.fact!);
  }
  outlet.push(worker, step);
  stepsWaiting++;
}

function flush(lastBatch: boolean): void {
  // The input has come further than what is sent until all that has waited for the beginning has passed.
  if (!isBeginning) kept?.send({ origin: router.origin(), clock: router.clock() }, lastBatch);
  // On a silent wire time alone goes on, and with it what detectors wait for.
  const clockMoved = router.clock() - flushedClock >= CLOCK_STEP && !Number.isNaN(router.origin());
  if (stepsWaiting === 0 && !clockMoved && !lastBatch) return;
  flushedClock = router.clock();
  serial++;
  outlet.send({ serial, origin: router.origin(), clock: router.clock(), last: lastBatch });
  const newHosts = hosts?.take() ?? [];
  thread.postMessage({
    say: "batch",
    serial,
    clock: router.clock(),
    progress: { ...progress },
    records,
    hosts: newHosts,
  });
  records = [];
  stepsWaiting = 0;
  fullBuffers = 0;
}

function emit(record: AnyRecord, now: number): void {
  progress.records++;
  router.route(record, now, push);
  if (keepRecords) records.push(record);
  kept?.take(record, router.profileOf(record), router.clock());
  hosts?.note(record, router.clock());
  if (stepsWaiting >= STEPS_PER_BATCH) flush(false);
}

/** A worker has caught up. */
function goOn(): void {
  const waiting = resume;
  resume = [];
  for (const go of waiting) go();
}

/** Ignores flows by these entries from now on. */
function ignoreFlows(entries: PackedEntries | undefined): void {
  flowFilter = entries === undefined ? undefined : createFlowFilter(entries);
  if (flowFilter !== undefined) { for (const fact of journal.facts()) flowFilter.learn(fact); }
  router.ignore(flowFilter?.ignores);
}

/** Waits until no worker is too far behind. */
async function roomForMore(): Promise<void> {
  while (!outlet.hasRoom()) {
    await new Promise<void>((resolve) => resume.push(resolve));
  }
  await kept?.room();
}

async function start(message: Extract<ToDissector, { say: "start" }>, ports: readonly MessagePort[]): Promise<void> {
  const firstShare = message.fleet ? 1 : message.router.workers;
  const firstLeaks = firstShare + message.shares;
  const firstKept = firstLeaks + (message.leaks ? 1 : 0);
  const firstTape = firstKept + (message.store ? 1 : 0);
  const firstInterface = firstTape + (message.tape === undefined ? 0 : 1);
  outlet = message.fleet
    ? toFleet(ports[0]!, message.router.workers, goOn)
    : toWorkers(ports.slice(0, message.router.workers), goOn);
  router = createRouter(message.router);
  if (message.leaks) leaks = createLeakSearch(ports[firstLeaks]!, (record) => emit(record, router.clock()));
  dissectors = createSuccession({ emit, settings: message.settings, leaks: leaks?.scan });
  keepRecords = message.keepRecords;
  const store = message.store ? ports[firstKept] : undefined;
  taping = message.tape === undefined ? undefined : createTaping(ports[firstTape]!, {
    segmentSeconds: message.tape.segmentSeconds,
    snapshot: () => ({ origin: router.origin(), facts: journal.facts() }),
    positions: () => input.positions(),
  });
  if (store !== undefined || taping !== undefined) kept = createRecordKeeper({ store, taping, live: message.live });
  hosts = message.tellHosts === undefined ? undefined : createNewAddresses(message.tellHosts);
  const passes = message.filter === undefined ? undefined : createFileFilter(message.filter);
  const onPacket: PacketHandler = (buffer, offset, capturedLength, originalLength, ts, linkType) => {
    if (passes !== undefined && !passes(buffer, offset, capturedLength, originalLength, linkType)) return;
    if (progress.packets++ === 0) {
      if (Number.isNaN(first)) first = ts;
      router.begin(ts);
    }
    last = ts;
    progress.bytes += originalLength;
    dissectors.current.frame(buffer, offset, capturedLength, originalLength, ts, linkType);
  };
  if (message.whitelist !== undefined) ignoreFlows(message.whitelist);
  // What comes in waits where it is until what was interrupted has been taken up.
  if (taping !== undefined && message.tape?.replay !== undefined) await takeUp(taping, message.tape.replay);
  const interfaces = ports.slice(firstInterface);
  if (message.shares > 0) shares = startShares(ports.slice(firstShare, firstLeaks));
  if (interfaces.length > 0) {
    intake = createIntake(interfaces, {
      packet: onPacket,
      clock(now) {
        dissectors.current.advance(now);
        router.tick(Math.min(now, shares?.clock() ?? Infinity));
      },
      setBack(now) {
        dissectors.next();
        clockSetBack(now);
      },
      async taken() {
        leaks?.collect();
        leaks?.scanInTime(dissectors.current, router.clock());
        flush(false);
        await roomForMore();
      },
      end: finish,
    });
  }
  input = createInput({
    streams: message.streams,
    said: message.said,
    grows: message.grows,
    onPacket,
    onRecord(record, writtenAt) {
      if (beginning === undefined) take(record, writtenAt);
      else beginning.push([record, writtenAt]);
    },
    // At the end of a file all are told; who follows one may never come to its end.
    ...(message.grows ? { onWarning: (warning) => thread.postMessage({ say: "warning", warning }) } : {}),
  });
}

/** Takes up the run that is on the tape; returns when main knows which batch was the last of it. */
async function takeUp(taping: Taping, { storedUpTo, isReadAgain }: NonNullable<TapeUse["replay"]>): Promise<void> {
  const records = await replay(taping, router, push, {
    record(record, now, ordinal) {
      router.route(record, now, push);
      kept!.again(record, router.profileOf(record), ordinal, storedUpTo);
      if (stepsWaiting >= STEPS_PER_BATCH) flush(false);
    },
    passed: roomForMore,
  });
  flush(false);
  kept!.send({ origin: router.origin(), clock: router.clock() }, true);
  first = router.origin();
  last = router.clock();
  // What the store has and the tape has not is read again, with its ordinals; from a wire it is not to be had.
  if (!isReadAgain && Number.isFinite(storedUpTo)) kept!.goOnAbove(storedUpTo);
  const hosts = router.counters().profiles;
  router.countAnew();
  thread.postMessage({ say: "replayed", serial, records, hosts });
  const since = await new Promise<number | undefined>((resolve) => goLive = resolve);
  if (since === undefined) return;
  // What is read has a time of its own, which no clock here sets.
  if (!isReadAgain && since < router.clock() - SET_BACK_SECONDS) clockSetBack(since);
  else router.recall([{ fact: "watching", since: Math.max(since, router.clock()) }], push);
}

/** Takes what other dissectors make of their part of the flows. */
function startShares(ports: readonly MessagePort[]): Shares {
  return leadShares(ports, {
    packets(count, bytes, from, to) {
      if (progress.packets === 0) {
        if (Number.isNaN(first)) first = from;
        router.begin(from);
      }
      last = Number.isNaN(last) ? to : Math.max(last, to);
      progress.packets += count;
      progress.bytes += bytes;
    },
    record: emit,
    setBack: clockSetBack,
    async taken() {
      flush(false);
      await roomForMore();
    },
  });
}

/** A record that was read from a log. */
function take(record: AnyRecord, writtenAt: number): void {
  last = Number.isNaN(last) ? record.ts : Math.max(last, record.ts);
  emit(record, writtenAt);
}

/** The first bytes are used up: the run begins with the earliest record in them. */
function begin(): void {
  const waiting = beginning ?? [];
  beginning = undefined;
  if (waiting.length === 0) return;
  const earliest = waiting.reduce((earliest, [{ ts }]) => Math.min(earliest, ts), Infinity);
  if (Number.isNaN(first)) first = earliest;
  router.begin(earliest);
  isBeginning = true;
  for (const [record, writtenAt] of waiting) take(record, writtenAt);
  isBeginning = false;
}

async function finish(): Promise<void> {
  const end = await input.finish();
  begin();
  const others = await shares?.over ?? [];
  dissectors.current.finish();
  await leaks?.finish(dissectors.current);
  flush(true);
  await kept?.finish({ origin: router.origin(), clock: router.clock() });
  thread.postMessage({ say: "done", batches: serial, counters: report(end, others) });
}

/** What was counted, of the shares only once they are over. */
function report(end: InputEnd, others: readonly ShareReport[]): DissectorReport {
  return {
    dissector: addUp(countingLeaks(dissectors.counters(), leaks), ...others.map((other) => other.dissector)),
    recordsNotKept: kept?.givenUp() ?? 0,
    router: router.counters(),
    end,
    intake: intake === undefined ? undefined : addUp(intake.counters(), ...others.map((other) => other.intake)),
    progress,
    first,
    last,
  };
}

/** The input is silent: time goes on by so many seconds, and with it what detectors and flows wait for. */
function tick(seconds: number): void {
  const now = Math.max(router.clock(), last) + seconds;
  if (!Number.isFinite(now)) return;
  dissectors.current.advance(now);
  router.tick(now);
}

/** The clock was set back; where several dissectors watch, each hears of it, and the stream follows the first. */
function clockSetBack(now: number): void {
  const by = router.clock() - now;
  if (by < SET_BACK_SECONDS) return;
  // What was judged by the old time is told before what is judged by the new one.
  flush(false);
  router.setBack(now, push);
  kept?.startOver({ origin: router.origin(), clock: now });
  flushedClock = -Infinity;
  first = Math.min(first, now);
  last = now;
  thread.postMessage({ say: "setBack", by });
}

/** Messages are worked off one after the other, also those that have to wait; but not the news that they may wait for. */
let working: Promise<void> = Promise.resolve();

thread.onmessage = ({ data, ports }) => {
  if (data.say === "share") {
    const [leader, ...others] = ports;
    leaks = serveShare(data.settings, leader!, data.leaks ? others.shift() : undefined, others);
  } else if (data.say === "leaks") leaks?.moved(ports[0]);
  else if (data.say === "replaced") outlet.replaced(data.worker, ports[0]!);
  else if (data.say === "storeFailed") kept?.storeFailed(data.accounted);
  else if (data.say === "tapeFailed") taping?.failed();
  else if (data.say === "live") goLive?.(data.since);
  else if (data.say === "network") router.know(data.localNetwork, data.gateway, push);
  else if (data.say === "facts") thread.postMessage({ say: "facts", facts: journal.facts() });
  else if (data.say === "soFar") thread.postMessage({ say: "soFar", counters: report(input.soFar(), []) });
  else {
    working = working.then(async () => {
      if (data.say === "start") await start(data, ports);
      else if (data.say === "whitelist") ignoreFlows(data.entries);
      else if (data.say === "bytes") {
        await roomForMore();
        await input.push(data.stream, new Uint8Array(data.buffer), data.start, data.end);
        if (progress.packets > 0 || (beginning?.length ?? 0) > 0) begin();
        await leaks?.settle(1);
        fullBuffers = data.end < data.buffer.byteLength ? BUFFERS_PER_BATCH : fullBuffers + 1;
        if (fullBuffers >= BUFFERS_PER_BATCH) flush(false);
        thread.postMessage({ say: "spent", buffer: data.buffer, wants: input.wants() }, [data.buffer]);
      } else if (data.say === "over") {
        await input.fileOver(data.stream, data.end);
        flush(false);
        thread.postMessage({ say: "noted", wants: input.wants() });
      } else if (data.say === "end") await finish();
      else {
        await roomForMore();
        if (data.say === "next") input.next(data.stream, data.file, data.mark);
        else if (data.say === "pause") input.pause(data.stream);
        else if (data.say === "release") input.release(data.pieces);
        else tick(data.seconds);
        leaks?.collect();
        leaks?.scanInTime(dissectors.current, router.clock());
        flush(false);
        thread.postMessage({ say: "noted", wants: input.wants() });
      }
    });
  }
};
