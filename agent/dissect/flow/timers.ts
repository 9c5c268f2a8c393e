// When flows end: a wheel of buckets, each a list of flows through their records. A flow stands in the bucket of the time
// at which it was due when last looked at; packets only move that time away, so they need not touch the wheel. When the
// packet clock passes a bucket, the flows in it that are still not due are put where they now belong.

import { DUE, FLOW_DOUBLES, FLOW_WORDS, LAST, NEXT, PREVIOUS } from "./layout.ts";
import type { FlowTable } from "./table.ts";

/** Seconds per bucket. The exact time is tested when a packet arrives; this is only how late silence is noticed. */
const TICK = 0.25;
/** Buckets, a power of two: one turn is 17 minutes, so a quiet connection is looked at four times in its hour. */
const BUCKETS = 4096;
const IN_BUCKET = 0x80000000;
const NONE = 0xffffffff;
/** Flows looked at for the one silent for longest when the table is full. */
const EVICTION_CANDIDATES = 16;

export interface TimerWheel {
  /** First flow of each bucket, or -1. */
  readonly heads: Int32Array;
  /** Ticks since 1970 of the bucket that is being filled up; NaN before the first packet. */
  tick: number;
  /** Flows taken out of a bucket, while they are put in order. */
  due: number[];
}

/** Unix seconds at which a flow is over if nothing more comes. */
export type DueTime = (flow: number) => number;

export function createTimerWheel(): TimerWheel {
  return { heads: new Int32Array(BUCKETS).fill(-1), tick: NaN, due: [] };
}

/** Puts a flow into the bucket of the time it is due. */
export function startTimer(wheel: TimerWheel, table: FlowTable, flow: number, due: number): void {
  const { heads } = wheel;
  const { words } = table;
  // Beyond the horizon it waits in the last bucket, from where it is put on again.
  const tick = Math.min(Math.max(Math.floor(due / TICK), wheel.tick), wheel.tick + BUCKETS - 1);
  const bucket = tick & (BUCKETS - 1);
  const next = heads[bucket]!;
  const at = flow * FLOW_WORDS;
  words[at + NEXT] = next >= 0 ? next : NONE;
  words[at + PREVIOUS] = (bucket | IN_BUCKET) >>> 0;
  if (next >= 0) words[next * FLOW_WORDS + PREVIOUS] = flow;
  heads[bucket] = flow;
}

/** Takes a flow out of its bucket. */
export function stopTimer(wheel: TimerWheel, table: FlowTable, flow: number): void {
  const { words } = table;
  const at = flow * FLOW_WORDS;
  const next = words[at + NEXT]!;
  const previous = words[at + PREVIOUS]!;
  if (next !== NONE) words[next * FLOW_WORDS + PREVIOUS] = previous;
  if (previous >= IN_BUCKET) wheel.heads[previous & (BUCKETS - 1)] = next === NONE ? -1 : next;
  else words[previous * FLOW_WORDS + NEXT] = next;
}

/** Calls `end` for every flow that is due by `now`, bucket by bucket, those of one bucket in the order of their time. */
export function advanceTimers(
  wheel: TimerWheel,
  table: FlowTable,
  now: number,
  dueTime: DueTime,
  end: (flow: number) => void,
): void {
  const target = Math.floor(now / TICK);
  if (!(wheel.tick < target)) {
    if (Number.isNaN(wheel.tick)) wheel.tick = target;
    return;
  }
  const turn = Math.min(target - wheel.tick, BUCKETS);
  const first = wheel.tick;
  // From here on the buckets that lie behind are those of the next turn.
  wheel.tick = target;
  for (let i = 0; i < turn; i++) emptyBucket(wheel, table, (first + i) & (BUCKETS - 1), now, dueTime, end);
}

function emptyBucket(
  wheel: TimerWheel,
  table: FlowTable,
  bucket: number,
  now: number,
  dueTime: DueTime,
  end: (flow: number) => void,
): void {
  let flow = wheel.heads[bucket]!;
  if (flow < 0) return;
  wheel.heads[bucket] = -1;
  const { due } = wheel;
  due.length = 0;
  while (flow >= 0) {
    const next = table.words[flow * FLOW_WORDS + NEXT]!;
    const time = dueTime(flow);
    // Where `end` takes a flow out of the wheel, it must find it in one.
    startTimer(wheel, table, flow, time);
    if (time <= now) due.push(flow);
    flow = next === NONE ? -1 : next;
  }
  if (due.length > 1) due.sort((a, b) => dueTime(a) - dueTime(b) || a - b);
  for (const ended of due) end(ended);
}

/** The flow that has been silent for longest among those due next. There must be one. */
export function oldestFlow(wheel: TimerWheel, table: FlowTable): number {
  let oldest = -1;
  let oldestTime = Infinity;
  let candidates = 0;
  for (let i = 0; i < BUCKETS && candidates < EVICTION_CANDIDATES; i++) {
    let flow = wheel.heads[(wheel.tick + i) & (BUCKETS - 1)]!;
    while (flow >= 0 && candidates < EVICTION_CANDIDATES) {
      const next = table.words[flow * FLOW_WORDS + NEXT]!;
      const last = table.doubles[flow * FLOW_DOUBLES + LAST]!;
      if (last < oldestTime) {
        oldest = flow;
        oldestTime = last;
      }
      candidates++;
      flow = next === NONE ? -1 : next;
    }
  }
  return oldest;
}

/** Sets the time at which a flow is over whatever happens. */
export function endAt(wheel: TimerWheel, table: FlowTable, flow: number, due: number): void {
  table.doubles[flow * FLOW_DOUBLES + DUE] = due;
  stopTimer(wheel, table, flow);
  startTimer(wheel, table, flow, due);
}

/** Brings the time at which a flow is over whatever happens forward to `due`, if that is sooner. */
export function endBy(wheel: TimerWheel, table: FlowTable, flow: number, due: number): void {
  if (table.doubles[flow * FLOW_DOUBLES + DUE]! > due) endAt(wheel, table, flow, due);
}
