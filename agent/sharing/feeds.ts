// Lists of threat intelligence that one sensor fetches and all use: what is known of each in a hash, their texts as blobs.
// Whatever comes from there was written by somebody else, and is read as such.

import { FETCH_LIMITS } from "../intel/update/fetch.ts";
import { type BlobKeys, keepBlob, putBlob } from "../store/redis/blob.ts";
import type { Link } from "../store/redis/link.ts";
import type { SharingKeys } from "./keys.ts";
import type { Covered, SharedFeed } from "./messages.ts";

/** Seconds for which texts are kept when nobody updates any more; and when a newer one has taken their place. */
const TEXT_SECONDS = 7 * 86_400;
const OLD_TEXT_SECONDS = 3600;
/** Bytes of what is known of one list: it has some 500. */
const LONGEST_ROW = 8192;
/** Seconds by which clocks may differ. */
const CLOCK_SKEW = 3600;

/** What is known of the lists with these names, as far as it makes sense. */
export async function readFeeds(
  link: Link,
  keys: SharingKeys,
  names: readonly string[],
  now: number,
): Promise<SharedFeed[]> {
  const lengths = await link.askAll(names.map((name) => ["HSTRLEN", keys.feeds, name]));
  const there = names.filter((_, at) => lengths[at] !== 0 && Number(lengths[at]) <= LONGEST_ROW);
  if (there.length === 0) return [];
  const texts = await link.ask("HMGET", keys.feeds, ...there) as (string | null)[];
  return there.flatMap((name, at) => readRow(name, texts[at] ?? null, now) ?? []);
}

/** What HTTP headers can carry: they are sent to the feed's server. */
const HEADER = /^[\x20-\x7e]{1,1024}$/;

/** Names of sensors are shown to people: nothing in them may be a command to a terminal. */
const isName = (value: unknown): value is string =>
  typeof value === "string" && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,128}$/u.test(value);

function readRow(name: string, text: string | null, now: number): SharedFeed | undefined {
  let row: Partial<Record<keyof SharedFeed, unknown>>;
  try {
    row = JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
  if (typeof row !== "object" || row === null) return undefined;
  const { url, sha256, bytes, fetched, checked, sensor, etag, lastModified } = row;
  const time = (value: unknown): value is number => typeof value === "number" && value > 0 && value < now + CLOCK_SKEW;
  if (typeof url !== "string" || !isName(sensor) || !time(fetched) || !time(checked)) return undefined;
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 1 || bytes > FETCH_LIMITS.bytes) {
    return undefined;
  }
  const header = (value: unknown): string | undefined =>
    typeof value === "string" && HEADER.test(value) ? value : undefined;
  return {
    ...{ name, url, sha256, bytes, fetched, checked, sensor },
    ...{ etag: header(etag), lastModified: header(lastModified) },
  };
}

/** Makes a list known; false when its text is not there and was not given. */
export async function writeFeed(
  link: Link,
  keys: SharingKeys,
  blobs: BlobKeys,
  feed: SharedFeed,
  text: Uint8Array | undefined,
): Promise<boolean> {
  if (!await keepBlob(link, blobs, feed, TEXT_SECONDS)) {
    if (text === undefined) return false;
    await putBlob(link, blobs, text, TEXT_SECONDS);
  }
  const { name, ...row } = feed;
  const [before] = await readFeeds(link, keys, [name], Infinity);
  await link.ask("HSET", keys.feeds, name, JSON.stringify(row));
  if (before !== undefined && before.sha256 !== feed.sha256) await keepBlob(link, blobs, before, OLD_TEXT_SECONDS);
  return true;
}

/** What a lease says: who holds it, and which lists that sensor fetches. */
export interface Lease {
  readonly sensor: string;
  readonly feeds: readonly Covered[];
}

/** Reads a lease; one that makes no sense covers nothing. */
export function readLease(text: string): Lease {
  try {
    const { sensor, feeds } = JSON.parse(text) as Partial<Record<keyof Lease, unknown>>;
    if (isName(sensor) && Array.isArray(feeds)) {
      return {
        sensor,
        feeds: feeds.filter((one): one is Covered => typeof one?.name === "string" && typeof one?.url === "string"),
      };
    }
  } catch { /* it makes no sense */ }
  return { sensor: "", feeds: [] };
}
