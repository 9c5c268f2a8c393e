// Brings feeds up to date: asks for those that are due, and keeps what was accepted with its signature. A feed that cannot
// be had, or that holds nothing any more, keeps what it had.

import type { SourceReport } from "../compile.ts";
import type { Feed } from "../feeds/feed.ts";
import type { FetchLimits, FetchRequest, FetchResult } from "./fetch.ts";
import { type FeedState, type Shelf, signature } from "./shelf.ts";
import type { FeedsThread } from "./thread.ts";

export interface UpdateOptions {
  readonly feeds: readonly Feed[];
  /** All feeds in use, if `feeds` are only some of them: what is known of others is forgotten. */
  readonly all?: readonly Feed[];
  readonly shelf: Shelf;
  readonly thread: Pick<FeedsThread, "fetch">;
  /** Unix seconds. */
  readonly now: number;
  /** Seconds after which a feed is asked for again. */
  readonly period: number;
  /** Which are asked for besides those that are due: those that failed lately, too, or all of them. */
  readonly also: "nothing" | "failed" | "all";
  readonly agent: string;
  readonly certificates: readonly string[];
  readonly limits?: FetchLimits | undefined;
}

/** What became of one feed. */
export interface FeedUpdate {
  readonly name: string;
  readonly outcome: "new" | "unchanged" | "failed" | "not due";
  /** Why it failed: a sentence without a full stop. */
  readonly reason?: string | undefined;
  readonly state: FeedState | undefined;
}

/** Transfers at once: feeds of one host come one after the other by chance only, but four bother nobody. Own choice. */
const AT_ONCE = 4;
/** Seconds before a feed that failed is asked for again; doubled with each failure, up to the period. Own choice. */
const FIRST_REST = 600;

/** Brings them up to date; `told` hears of each as soon as it is over. */
export async function updateFeeds(
  options: UpdateOptions,
  told: (update: FeedUpdate) => void = () => {},
): Promise<FeedUpdate[]> {
  const { feeds, all = feeds, shelf } = options;
  const states = shelf.states();
  // What is no longer in the list is no longer used, and need not be known.
  for (const name of Object.keys(states)) if (!all.some((feed) => feed.name === name)) delete states[name];
  const waiting = [...feeds];
  const updates: FeedUpdate[] = [];

  async function work(): Promise<void> {
    for (let feed = waiting.shift(); feed !== undefined; feed = waiting.shift()) {
      const update = await updateFeed(feed, states[feed.name], options);
      if (update.state !== undefined) states[feed.name] = update.state;
      updates.push(update);
      if (update.outcome !== "not due") shelf.writeStates(states);
      told(update);
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return feeds.map(({ name }) => updates.find((update) => update.name === name)!);
}

/** Whether a feed is to be asked for. */
export function isDue(state: FeedState | undefined, now: number, period: number): boolean {
  if (state === undefined) return true;
  // What was fetched in the time to come was fetched before the clock was set back.
  return state.checked > now || now >= (state.failures > 0 ? state.notBefore ?? 0 : state.checked + period);
}

async function updateFeed(feed: Feed, known: FeedState | undefined, options: UpdateOptions): Promise<FeedUpdate> {
  const { shelf, thread, now, period, also, agent, certificates, limits } = options;
  const { name } = feed;
  // Another address: what is known of the old one says nothing.
  const before = known?.url === feed.url ? known : undefined;
  const asked = also === "all" || (also === "failed" && (before?.failures ?? 0) > 0);
  if (!asked && !isDue(before, now, period)) return { name, outcome: "not due", state: before };
  const part = before?.partial === undefined ? undefined : shelf.part(name);
  const request: FetchRequest = {
    url: feed.url!,
    // Only when what it is compared with is still there.
    ...before?.sha256 !== undefined && shelf.feed(name, before.sha256) !== undefined
      ? { etag: before.etag, lastModified: before.lastModified }
      : {},
    partial: part === undefined ? undefined : { bytes: part, version: before!.partial! },
  };
  const { result, report } = await thread.fetch(feed, request, { now, agent, certificates, limits });
  return accept(feed, before, result, report, options);
}

function accept(
  feed: Feed,
  before: FeedState | undefined,
  result: FetchResult,
  report: SourceReport | undefined,
  { shelf, now, period }: UpdateOptions,
): FeedUpdate {
  const { name } = feed;
  const good = {
    url: feed.url!,
    checked: now,
    failures: 0,
    reason: undefined,
    notBefore: undefined,
    partial: undefined,
  };
  if (result.outcome === "unchanged") return { name, outcome: "unchanged", state: { ...before, ...good } };
  if (result.outcome === "new" && report !== undefined && report.accepted > 0) {
    shelf.writeFeed(name, result.bytes);
    shelf.writePart(name, undefined);
    const { etag, lastModified, bytes } = result;
    const { accepted, bad, examples } = report;
    const sha256 = signature(bytes);
    const state = { ...good, fetched: now, etag, lastModified, sha256, bytes: bytes.length, accepted, bad, examples };
    return { name, outcome: before?.sha256 === sha256 ? "unchanged" : "new", state };
  }
  const reason = result.outcome === "failed"
    ? result.reason
    : `what came holds no indicator${report?.failed === undefined ? "" : ` (${report.failed})`}`;
  const partial = result.outcome === "failed" ? result.partial : undefined;
  shelf.writePart(name, partial?.bytes);
  const failures = (before?.failures ?? 0) + 1;
  const rest = Math.min(period, FIRST_REST * 2 ** Math.min(failures - 1, 16));
  return {
    name,
    outcome: "failed",
    reason,
    state: {
      ...before,
      ...good,
      failures,
      reason,
      notBefore: now + rest,
      partial: partial?.version,
    },
  };
}
