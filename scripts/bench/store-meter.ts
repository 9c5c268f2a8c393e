// What a store takes while it is measured: room, and the processor's time of both sides.

import process from "node:process";
import { openStore } from "../../agent/store/open.ts";
import type { Place } from "../../agent/store/place.ts";
import { connect, type Link } from "../../agent/store/redis/link.ts";
import type { Store } from "../../agent/store/store.ts";

export interface Meter {
  /** Its size, and how many records have gone. */
  say(): Promise<string>;
  /** Microseconds of the processor for a record: of this process, and of the server. */
  sayProcessor(records: number): Promise<string>;
  /** Bytes that it had at most when it was looked at. */
  largest(): number;
  close(): Promise<void>;
}

const MEBIBYTE = 2 ** 20;
/** Halvings of the time in which the oldest record is looked for. */
const HALVINGS = 16;

/**
 * Opens the store for reading; what is there now does not count. The records come from `begin` on, so many in a second of
 * the traffic.
 */
export async function openMeter(place: Place, begin: number, perSecond: number): Promise<Meter> {
  const store = await openStore(place, { readOnly: true });
  const link = place.kind === "redis" ? await connect(place, ["PING"]) : undefined;
  const before = await bytesOf(place, link);
  const serverBefore = await serverSeconds(link);
  const own = process.cpuUsage();
  let largest = 0;
  return {
    async say() {
      const bytes = await bytesOf(place, link) - before;
      largest = Math.max(largest, bytes);
      const forgotten = (await oldestRecord(store, begin) - begin) * perSecond;
      return `${(bytes / MEBIBYTE).toFixed(0)} MiB, ${(forgotten / 1e6).toFixed(2)} million records forgotten`;
    },
    async sayProcessor(records) {
      const { user, system } = process.cpuUsage(own);
      const ours = `${((user + system) / records).toFixed(1)} µs of the processor for a record`;
      if (link === undefined) return ours;
      const server = 1e6 * (await serverSeconds(link) - serverBefore) / records;
      return `${ours}, ${server.toFixed(1)} µs of the server's`;
    },
    largest: () => largest,
    async close() {
      await store.close();
      await link?.close();
    },
  };
}

/** When the oldest record was, which is looked for by its time. */
async function oldestRecord(store: Store, begin: number): Promise<number> {
  const newest = (await store.records({ limit: 1 }))[0]?.record.ts ?? begin;
  let [none, some] = [begin, newest];
  for (let at = 0; at < HALVINGS; at++) {
    const middle = (none + some) / 2;
    if ((await store.records({ to: middle, limit: 1 })).length > 0) some = middle;
    else none = middle;
  }
  return none;
}

async function bytesOf(place: Place, link: Link | undefined): Promise<number> {
  if (place.kind === "redis") return Number(await said(link!, "memory", "used_memory"));
  // Without what stands beside it (`-wal`), which does not count.
  return (await Deno.stat(place.path)).size;
}

async function serverSeconds(link: Link | undefined): Promise<number> {
  if (link === undefined) return 0;
  return Number(await said(link, "cpu", "used_cpu_user")) + Number(await said(link, "cpu", "used_cpu_sys"));
}

async function said(link: Link, section: string, name: string): Promise<string> {
  const text = String(await link.ask("INFO", section));
  return new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
}
