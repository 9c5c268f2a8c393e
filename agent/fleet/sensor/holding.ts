// What a sensor holds of a run: the facts that everybody is told, and the share of each partition, each on its way to a
// stream of its own. Batches come for all of them at once.

import type { FleetBatch } from "../../profile/flat/shares.ts";
import { packBatch } from "../../profile/flat/packed.ts";
import { createHeld, type Entry, type Held } from "./held.ts";

export interface Holding {
  readonly shares: readonly Held[];
  /** Facts first, then the shares: in the order of the run's streams. */
  readonly all: readonly Held[];
  /** The last batch that came, that is in all streams, and that was judged in every partition or given up. */
  readonly taken: number;
  readonly sent: number;
  readonly judged: number;
  /** The last batch of the run has come. */
  readonly isLast: boolean;
  /** Bytes in memory, and bytes in the streams. */
  readonly bytes: number;
  readonly kept: number;
  take(batch: FleetBatch): void;
  /** Takes what changes after the batch that it names, which may be the one to come. */
  change(entry: Entry): void;
  /** Whether there are entries that are not in the streams yet. */
  isDue(): boolean;
  /** Entries that are not in the streams yet, of about so many bytes, by stream. */
  due(bytes: number): Entry[][];
  /** These are in the streams now. */
  appended(entries: readonly (readonly Entry[])[]): void;

  /** Notes that a batch of a partition was judged; false unless it is the next one. */
  judgedNext(partition: number, serial: number): boolean;
  /** The beginning of the streams was moved behind this serial. */
  cut(serial: number): void;
  /** Stream time at the end of the oldest batch that is kept; Infinity when none is. */
  oldest(): number;
  /** The serial up to which all that is older than a time lies at the beginning of some stream. */
  olderThan(clock: number): number;
  /** The serial up to which a part of the largest stream lies. */
  partOf(part: number): number;
  /** Holds no longer what is in the streams, but for the newest. */
  release(): void;
  /** The streams are gone: they begin anew with what was not judged. */
  anew(): void;
}

export function createHolding(partitions: number): Holding {
  const facts = createHeld();
  const shares = Array.from({ length: partitions }, () => createHeld());
  const all = [facts, ...shares];
  /** What changes after a batch that has not come yet. */
  let waiting: Entry[] = [];
  let isLast = false;

  function sum(count: (one: Held) => number): number {
    return all.reduce((total, one) => total + count(one), 0);
  }
  const sentToAll = (): number => Math.min(...all.map(({ sentUpTo }) => sentUpTo));
  const judgedByAll = (): number => Math.min(...shares.map(({ judged }) => judged));

  return {
    shares,
    all,
    get taken() {
      return facts.taken;
    },
    get sent() {
      return sentToAll();
    },
    get judged() {
      return judgedByAll();
    },
    get bytes() {
      return sum(({ bytes }) => bytes);
    },
    get kept() {
      return sum(({ kept }) => kept);
    },
    get isLast() {
      return isLast;
    },
    take({ facts: told, shares: batches }) {
      isLast = told.last;
      for (const [stream, message] of [told, ...batches].entries()) {
        const { serial, clock } = message;
        all[stream]!.add({ id: `${serial}-0`, serial, field: "b", bytes: packBatch(message), clock });
      }
      for (const entry of waiting) for (const one of shares) one.add(entry);
      waiting = [];
    },
    change(entry) {
      if (entry.serial > facts.taken) waiting.push(entry);
      else for (const one of shares) one.add(entry);
    },
    isDue: () => all.some((one) => one.due(1).length > 0),
    due(bytes) {
      const each = bytes / all.length;
      const told = facts.due(each);
      // Whoever reads a share finds the facts that belong to it.
      const upTo = told.at(-1)?.serial ?? facts.taken;
      return [told, ...shares.map((one) => one.due(each, upTo))];
    },
    appended(entries) {
      for (const [stream, added] of entries.entries()) all[stream]!.appended(added);
    },
    judgedNext(partition, serial) {
      const one = shares[partition];
      if (one === undefined || serial !== one.judged + 1) return false;
      one.judgedUpTo(serial);
      facts.judgedUpTo(judgedByAll());
      return true;
    },
    cut(serial) {
      for (const one of all) one.cut(serial);
    },
    oldest: () => Math.min(...all.map((one) => one.oldest()?.clock ?? Infinity)),
    olderThan: (clock) => Math.max(...all.map((one) => one.serialAt(0, clock))),
    partOf(part) {
      const largest = all.reduce((one, other) => other.kept > one.kept ? other : one);
      return largest.serialAt(largest.kept * part, -Infinity);
    },
    release() {
      // Facts are ahead of the shares that they belong to, and must be there as long as those.
      facts.release(sentToAll());
      for (const one of shares) one.release();
    },
    anew() {
      for (const one of all) one.anew();
      // They are in the state now in which judging begins.
      waiting = [];
    },
  };
}
