// The feeds' thread as main uses it: asked, and answered with a promise.

import type { Source, SourceReport } from "../compile.ts";
import type { Feed } from "../feeds/feed.ts";
import type { FetchLimits, FetchRequest, FetchResult } from "./fetch.ts";
import type { FromFeeds, ToFeeds } from "./messages.ts";

export interface FeedsThread {
  fetch(
    feed: Feed,
    request: FetchRequest,
    options: { now: number; agent: string; certificates: readonly string[]; limits?: FetchLimits | undefined },
  ): Promise<{ result: FetchResult; report: SourceReport | undefined }>;
  /** Reads a feed without keeping anything: what it would give. */
  read(feed: Feed, bytes: Uint8Array, fetched: number): Promise<SourceReport>;
  compile(
    sources: readonly Source[],
    ignored: ReadonlySet<string>,
    madeFrom: string,
  ): Promise<{ table: SharedArrayBuffer; reports: readonly SourceReport[] }>;
  stop(): void;
}

/** Starts the thread, which may contact these hosts ("feeds.example:443") and nobody else. */
export function startFeedsThread(url: URL, hosts: readonly string[]): FeedsThread {
  const thread = new Worker(url, {
    type: "module",
    name: "feeds",
    deno: { permissions: hosts.length === 0 ? "none" : { net: [...hosts] } },
  });
  const waiting = new Map<number, { resolve(answer: FromFeeds): void; reject(reason: Error): void }>();
  let last = 0;
  thread.onmessage = ({ data }: MessageEvent<FromFeeds>) => {
    waiting.get(data.number)?.resolve(data);
    waiting.delete(data.number);
  };
  /** Why there is nobody to ask any more. */
  let gone: Error | undefined;
  const fail = (reason: Error): void => {
    gone = reason;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  thread.onerror = (event) => {
    event.preventDefault();
    fail(new Error(`The feeds' thread failed: ${event.message}. Feeds are not fetched any more. Please report this.`));
  };

  // deno-lint-ignore no-explicit-any
  function ask(message: any): Promise<FromFeeds> {
    const number = ++last;
    if (gone !== undefined) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      waiting.set(number, { resolve, reject });
      thread.postMessage({ ...message, number } satisfies ToFeeds);
    });
  }

  return {
    async fetch(feed, request, { now, agent, certificates, limits }) {
      const answer = await ask({ say: "fetch", feed, request, now, agent, certificates, limits });
      return answer as Extract<FromFeeds, { say: "fetched" }>;
    },
    async read(feed, bytes, fetched) {
      return (await ask({ say: "read", feed, bytes, fetched }) as Extract<FromFeeds, { say: "read" }>).report;
    },
    async compile(sources, ignored, madeFrom) {
      return await ask({ say: "compile", sources, ignored, madeFrom }) as Extract<FromFeeds, { say: "compiled" }>;
    },
    stop() {
      fail(new Error("The feeds' thread was stopped."));
      thread.terminate();
    },
  };
}
