// Puts the evidence of all workers back into stream order: a batch is complete when every worker has judged it.

/** Collects shares of batches and releases complete batches, in order. */
export interface Merger<T> {
  /** One worker's share of a batch; returns what has become releasable, in stream order. */
  add(worker: number, serial: number, share: readonly T[]): T[];
  /** The last batch that every worker has judged. */
  complete(): number;
}

/** A merger for `workers` workers whose items are put in order by `compare`. */
export function createMerger<T>(workers: number, compare: (a: T, b: T) => number): Merger<T> {
  const judged = new Array<number>(workers).fill(0);
  const waiting = new Map<number, T[]>();
  let complete = 0;

  return {
    add(worker, serial, share) {
      // A batch that a replaced worker judges again was counted the first time.
      if (serial <= judged[worker]!) return [];
      judged[worker] = serial;
      const items = waiting.get(serial) ?? [];
      for (const item of share) items.push(item);
      waiting.set(serial, items);
      const upTo = Math.min(...judged);
      const released: T[] = [];
      while (complete < upTo) {
        complete++;
        for (const item of (waiting.get(complete) ?? []).sort(compare)) released.push(item);
        waiting.delete(complete);
      }
      return released;
    },
    complete: () => complete,
  };
}
