// Brings packets of many conversations into one stream in time order, holding only those that are under way.

import { compareTime, type Packet } from "./packet.ts";

/** Something with a time, waiting for its turn. Equal times keep the order of `ordinal`. */
interface Waiting {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly ordinal: number;
  /** A packet to hand out, with the source of those that follow it; or work that adds more. */
  readonly packet?: Packet;
  readonly rest?: Iterator<Packet>;
  readonly work?: () => void;
}

/** A queue ordered by time, into which sources and work can be put while it is being read. */
export interface Schedule {
  /** Adds packets that are already in time order. */
  packets(source: Iterable<Packet>): void;
  /** Adds work to be done when the stream reaches that time; it may add to the queue, but nothing earlier. */
  work(seconds: number, nanoseconds: number, work: () => void): void;
  /** Everything, in order of time. */
  drain(): Generator<Packet>;
}

/** An empty schedule. */
export function schedule(): Schedule {
  const heap: Waiting[] = [];
  let ordinal = 0;
  const advance = (rest: Iterator<Packet>, keep: number): void => {
    const step = rest.next();
    if (step.done) return;
    const { seconds, nanoseconds } = step.value;
    push(heap, { seconds, nanoseconds, ordinal: keep, packet: step.value, rest });
  };
  return {
    packets: (source) => advance(source[Symbol.iterator](), ordinal++),
    work: (seconds, nanoseconds, work) => push(heap, { seconds, nanoseconds, ordinal: ordinal++, work }),
    *drain() {
      for (let next = pop(heap); next !== undefined; next = pop(heap)) {
        next.work?.();
        if (next.packet !== undefined) yield next.packet;
        if (next.rest !== undefined) advance(next.rest, next.ordinal);
      }
    },
  };
}

/** One stream in time order from several that each are. */
export function* merge(...sources: readonly Iterable<Packet>[]): Generator<Packet> {
  const queue = schedule();
  for (const source of sources) queue.packets(source);
  yield* queue.drain();
}

/** The packets in time order; those of equal time stay as they were. */
export function sortByTime(packets: readonly Packet[]): Packet[] {
  return packets.toSorted(compareTime);
}

function before(a: Waiting, b: Waiting): boolean {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds;
  return a.nanoseconds !== b.nanoseconds ? a.nanoseconds < b.nanoseconds : a.ordinal < b.ordinal;
}

function push(heap: Waiting[], item: Waiting): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(item, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Waiting[]): Waiting | undefined {
  const top = heap[0];
  const item = heap.pop();
  if (top === undefined || item === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, item)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = item;
  return top;
}
