// Timers in stream time: a binary heap ordered by due time, then by the place in the stream where each was set, so that
// timers fire in the same order whatever share of the profiles a worker owns.

/** A timer that waits. Plain data. */
export interface Timer {
  /** Stream time at which it is due, Unix seconds. */
  due: number;
  /** Position of the step during which it (or the timer that set it) was set. */
  position: number;
  /** Counts the timers of one profile, to tell apart those with the same place and time. */
  sequence: number;
  profile: string;
  /** The life of the profile in which it was set: one that was forgotten and came back has another. */
  life: number;
  window: number;
  /** Index of the detector. */
  detector: number;
  note: unknown;
}

function before(a: Timer, b: Timer): boolean {
  if (a.due !== b.due) return a.due < b.due;
  if (a.position !== b.position) return a.position < b.position;
  return a.sequence < b.sequence;
}

/** Timers by due time. */
export interface TimerQueue {
  readonly size: number;
  /** Due time of the next one; Infinity when none waits. */
  nextDue(): number;
  add(timer: Timer): void;
  take(): Timer | undefined;
  /** Keeps only those for which this holds. */
  keepOnly(holds: (timer: Timer) => boolean): void;
}

/** An empty queue. */
export function createTimerQueue(): TimerQueue {
  let heap: Timer[] = [];

  function siftUp(from: number): void {
    let at = from;
    const timer = heap[at]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  function siftDown(timer: Timer): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, timer)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = timer;
  }

  return {
    get size() {
      return heap.length;
    },
    nextDue: () => heap[0]?.due ?? Infinity,
    add(timer) {
      heap.push(timer);
      siftUp(heap.length - 1);
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) siftDown(last);
      return first;
    },
    keepOnly(holds) {
      // A list in order is a heap.
      heap = heap.filter(holds).sort((a, b) => before(a, b) ? -1 : 1);
    },
  };
}
