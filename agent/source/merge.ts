// Merges several logs by the time at which each line was written, so that the records of a run come in the order in which
// they became known. Nothing is waited for that need not be: of each log, what was read and not yet handed on is kept.
//
// A log that somebody has sorted is in the order of its time stamps and no longer in that of writing: a connection of an
// hour stands an hour before its end. So each log is merged by whichever of the two orders it keeps better.

import type { AnyRecord } from "../record/schema.ts";
import type { RecordHandler } from "./record-reader.ts";

/** Records of one log that are kept while others are waited for; more are handed on before their time, and counted. */
const MAXIMUM_KEPT = 250_000;

/** Handed-on places at the front of a queue after which it is cut. */
const CUT_AFTER = 4096;

interface Queue {
  records: AnyRecord[];
  /** When each was written, should the log be in the order of writing. */
  times: number[];
  /** The piece of input that each came with. */
  pieces: number[];
  /** First place that was not handed on. */
  head: number;
  /** Time of the last record handed on: none is earlier than the one above it, whatever its own times say. */
  latest: number;
  /** Records that came, and that were handed on. */
  added: number;
  handedOn: number;
  /** Of the last record that came, and how often one was earlier than the one above it: by time stamp, by writing. */
  lastStamp: number;
  lastWritten: number;
  stampsBack: number;
  writtenBack: number;
  over: boolean;
  /** Nothing more comes for now. */
  paused: boolean;
}

export interface Merger {
  /** One more log, of the next number. */
  open(): void;
  /** Takes the next record of a log. */
  add(log: number, record: AnyRecord, writtenAt: number): void;
  /** Hands on what is not to be waited for. */
  drain(): void;
  /** No more records come from a log. */
  over(log: number): void;
  /** No more records come from a log for now; until it is resumed, the others wait for it only as long as they are held. */
  pause(log: number): void;
  /** More may come from a log again. */
  resume(log: number): void;
  /** What is added from now on came with this piece of input. */
  piece(number: number): void;
  /** What came with this piece or earlier waits no longer for logs that are paused. */
  release(piece: number): void;
  /** The log whose records are needed next; -1 when all are over (or paused). */
  wants(): number;
  /** Records of a log that came, and that were handed on. */
  counts(log: number): { readonly added: number; readonly handedOn: number };
  /** Records handed on before their time. */
  early(): number;
}

function emptyQueue(): Queue {
  return {
    records: [],
    times: [],
    pieces: [],
    head: 0,
    latest: -Infinity,
    added: 0,
    handedOn: 0,
    lastStamp: -Infinity,
    lastWritten: -Infinity,
    stampsBack: 0,
    writtenBack: 0,
    over: false,
    paused: false,
  };
}

/**
 * Merges `count` logs; among records of the same time, the log of the lower number is first. With `holds`, as for logs that
 * grow, records wait for paused logs, too, until they are released: a line of another log may be on its way.
 */
export function createMerger(count: number, onRecord: RecordHandler, holds = false): Merger {
  const queues = Array.from({ length: count }, emptyQueue);
  const isAlone = count === 1 && !holds;
  /** Of a log alone: enough was read to know which order it keeps. */
  let isKnown = false;
  let piece = 0;
  let released = holds ? -1 : Infinity;
  let early = 0;

  /** The time of a record of a queue, once it is the next. */
  function timeOf({ latest, stampsBack, writtenBack }: Queue, record: AnyRecord, writtenAt: number): number {
    return Math.max(latest, stampsBack < writtenBack ? record.ts : writtenAt);
  }

  function handOver(queue: Queue, record: AnyRecord, writtenAt: number): void {
    queue.latest = timeOf(queue, record, writtenAt);
    queue.handedOn++;
    onRecord(record, Math.max(queue.latest, record.ts));
  }

  function handOn(queue: Queue): void {
    const { records, times, head } = queue;
    handOver(queue, records[head]!, times[head]!);
    queue.head++;
    if (queue.head === records.length) {
      queue.records = [];
      queue.times = [];
      queue.pieces = [];
      queue.head = 0;
    } else if (queue.head >= CUT_AFTER && 2 * queue.head >= records.length) {
      queue.records = records.slice(queue.head);
      queue.times = times.slice(queue.head);
      queue.pieces = queue.pieces.slice(queue.head);
      queue.head = 0;
    }
  }

  function isEmpty({ records, head }: Queue): boolean {
    return head === records.length;
  }

  function isWaitedFor(queue: Queue): boolean {
    return !queue.over && !queue.paused && isEmpty(queue);
  }

  /** Whether a record has to wait for a log of which nothing more comes for now. */
  function isHeld(queue: Queue): boolean {
    return queue.pieces[queue.head]! > released && queues.some((other) => !other.over && isEmpty(other));
  }

  return {
    open: () => void queues.push(emptyQueue()),
    add(log, record, writtenAt) {
      const queue = queues[log]!;
      queue.added++;
      if (record.ts < queue.lastStamp) queue.stampsBack++;
      if (writtenAt < queue.lastWritten) queue.writtenBack++;
      queue.lastStamp = record.ts;
      queue.lastWritten = writtenAt;
      // A log alone waits for nobody. Records that are used up at once die young; those of a whole piece of the input would
      // be copied by each collection on the way.
      if (isKnown) return handOver(queue, record, writtenAt);
      queue.records.push(record);
      queue.times.push(writtenAt);
      queue.pieces.push(piece);
      if (queue.records.length - queue.head > MAXIMUM_KEPT) {
        early++;
        handOn(queue);
      }
    },
    drain() {
      if (queues.some(isWaitedFor)) return;
      isKnown = isAlone;
      for (;;) {
        let next: Queue | undefined;
        let earliest = Infinity;
        for (const queue of queues) {
          if (isEmpty(queue)) continue;
          const time = timeOf(queue, queue.records[queue.head]!, queue.times[queue.head]!);
          if (next === undefined || time < earliest) {
            next = queue;
            earliest = time;
          }
        }
        if (next === undefined || isHeld(next)) return;
        handOn(next);
        if (isWaitedFor(next)) return;
      }
    },
    over(log) {
      queues[log]!.over = true;
    },
    pause(log) {
      queues[log]!.paused = true;
    },
    resume(log) {
      queues[log]!.paused = false;
    },
    piece(number) {
      piece = number;
    },
    release(upTo) {
      released = Math.max(released, upTo);
    },
    wants: () => queues.findIndex(isWaitedFor),
    counts: (log) => queues[log]!,
    early: () => early,
  };
}
