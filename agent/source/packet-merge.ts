// Merges several captures by the times of their packets. Captures that follow one another, as the files of a ring do, go
// straight through; only of those that overlap packets are kept until the others have come as far.

import type { PacketHandler } from "./reader.ts";

/** Bytes of packets of one capture that are kept while others are waited for; more are handed on before their time. */
const MAXIMUM_KEPT_BYTES = 256 * 1024 * 1024;

/** Places at the front of a queue after which it is cut. */
const CUT_AFTER = 4096;

interface Kept {
  bytes: Uint8Array;
  originalLength: number;
  ts: number;
  linkType: number;
}

interface Queue {
  kept: Kept[];
  head: number;
  bytes: number;
  /** Time before which it has no packet; it is not opened until the others have come so far. */
  from: number;
  begun: boolean;
  over: boolean;
}

export interface PacketMerger {
  /** Takes the next packet of a capture. */
  readonly add: (capture: number, ...packet: Parameters<PacketHandler>) => void;
  /** Hands on what is not to be waited for. */
  drain(): void;
  /** No more packets come from a capture. */
  over(capture: number): void;
  /** The capture whose packets are needed next; -1 when all are over. */
  wants(): number;
  /** Packets handed on before their time. */
  early(): number;
}

/** Merges captures, of each of which the time of the first packet is known; among equals, the lower number is first. */
export function createPacketMerger(froms: readonly number[], onPacket: PacketHandler): PacketMerger {
  const queues = froms.map((from): Queue => ({ kept: [], head: 0, bytes: 0, from, begun: false, over: false }));
  let early = 0;
  /** Up to this time (itself left out) the one capture that is open goes straight through. */
  let straight = -Infinity;

  const isEmpty = ({ kept, head }: Queue): boolean => head === kept.length;
  /** A time before which nothing more comes from a capture: its own, once it has begun, may go back a little. */
  const bound = (queue: Queue): number =>
    queue.over && isEmpty(queue)
      ? Infinity
      : !isEmpty(queue)
      ? queue.kept[queue.head]!.ts
      : queue.begun
      ? -Infinity
      : queue.from;

  /** How far the capture that has just begun may go on without looking at the others. */
  function straightFor(capture: number): number {
    let until = Infinity;
    for (const [other, queue] of queues.entries()) if (other !== capture) until = Math.min(until, bound(queue));
    return until;
  }

  function handOn(queue: Queue): void {
    const { bytes, originalLength, ts, linkType } = queue.kept[queue.head]!;
    queue.head++;
    queue.bytes -= bytes.length;
    if (queue.head === queue.kept.length) {
      queue.kept = [];
      queue.head = 0;
    } else if (queue.head >= CUT_AFTER && 2 * queue.head >= queue.kept.length) {
      queue.kept = queue.kept.slice(queue.head);
      queue.head = 0;
    }
    onPacket(bytes, 0, bytes.length, originalLength, ts, linkType);
  }

  /** The queue that comes next, whether it has a packet or has to be waited for; -1 when all are over. */
  function next(): number {
    let first = -1;
    let earliest = Infinity;
    for (const [capture, queue] of queues.entries()) {
      const time = bound(queue);
      if (time < earliest) {
        earliest = time;
        first = capture;
      }
    }
    return first;
  }

  return {
    add(capture, bytes, offset, capturedLength, originalLength, ts, linkType) {
      const queue = queues[capture]!;
      if (!queue.begun) {
        queue.begun = true;
        straight = -Infinity;
      }
      if (isEmpty(queue)) {
        if (straight === -Infinity) straight = straightFor(capture);
        if (ts < straight) return onPacket(bytes, offset, capturedLength, originalLength, ts, linkType);
      }
      queue.kept.push({
        bytes: bytes.slice(offset, offset + capturedLength),
        originalLength,
        ts,
        linkType,
      });
      queue.bytes += capturedLength;
      if (queue.bytes > MAXIMUM_KEPT_BYTES) {
        early++;
        handOn(queue);
      }
    },
    drain() {
      straight = -Infinity;
      for (let capture = next(); capture >= 0 && !isEmpty(queues[capture]!); capture = next()) handOn(queues[capture]!);
    },
    over(capture) {
      queues[capture]!.over = true;
      straight = -Infinity;
    },
    wants: () => queues.every((queue) => queue.over) ? -1 : next(),
    early: () => early,
  };
}
