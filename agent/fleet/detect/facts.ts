// The facts that belong to batches: a run has one stream of them, and all of its partitions that are judged here need the
// same ones, one soon after the other.

import type { ByteReply, Link } from "../../store/redis/link.ts";
import { entriesOf, type Partition, type ReadEntry } from "./partition.ts";

export interface FactsCache {
  /** Reads the facts of these batches, as far as they are not here; some may not be in Redis any more. */
  fetch(link: Link, batches: readonly ReadBatches[]): Promise<void>;
  /** Those of a batch that was fetched last, packed. */
  of(one: Partition, serial: number): Uint8Array<ArrayBuffer> | undefined;
  /** Nobody asks for those of a run any more. */
  forget(run: string): void;
}

/** What was read of a partition's stream. */
export interface ReadBatches {
  readonly one: Partition;
  readonly entries: readonly ReadEntry[];
}

/** Batches of a run whose facts are kept for other partitions, beside those that were fetched last. */
const BATCHES_KEPT = 128;

export function createFactsCache(): FactsCache {
  const runs = new Map<string, Map<number, Uint8Array<ArrayBuffer>>>();

  /** What is here of a run, the oldest of it gone. */
  function keptOf(run: string): Map<number, Uint8Array<ArrayBuffer>> {
    const kept = runs.get(run) ?? new Map<number, Uint8Array<ArrayBuffer>>();
    runs.set(run, kept);
    for (const serial of kept.keys()) {
      if (kept.size <= BATCHES_KEPT) break;
      kept.delete(serial);
    }
    return kept;
  }

  return {
    async fetch(link, batches) {
      const all = new Map(batches.map(({ one: { card } }) => [card.id, keptOf(card.id)]));
      // Partitions that are equally far want the same.
      const wanted = new Map<string, { run: string; command: string[] }>();
      for (const { one: { card, keys }, entries } of batches) {
        const serials = entries.filter(({ field }) => field === "b").map(serialOf);
        const missing = serials.filter((serial) => !all.get(card.id)!.has(serial));
        if (missing.length === 0) continue;
        const command = ["XRANGE", keys.facts, `${missing[0]}-0`, `${missing.at(-1)}-0`];
        wanted.set(command.join(" "), { run: card.id, command });
      }
      if (wanted.size === 0) return;
      const replies = await link.askAllBytes([...wanted.values()].map(({ command }) => command));
      for (const [at, { run }] of [...wanted.values()].entries()) {
        for (const entry of entriesOf(replies[at] as ByteReply)) {
          if (entry.field === "b") all.get(run)!.set(serialOf(entry), entry.bytes);
        }
      }
    },
    of: ({ card }, serial) => runs.get(card.id)?.get(serial),
    forget: (run) => void runs.delete(run),
  };
}

/** The serial of a batch, or of the one before what changes. */
export function serialOf({ id }: Pick<ReadEntry, "id">): number {
  return Number(id.split("-")[0]);
}
