// The feeds' thread: fetches feeds, reads them and makes the table. It may contact the hosts of the feeds and nothing else,
// or nobody at all when only the table is wanted; it reads and writes no file.

import { compile, tryOut } from "../compile.ts";
import { fetchFeed } from "./fetch.ts";
import type { FromFeeds, ToFeeds } from "./messages.ts";

const thread = self as unknown as {
  postMessage(message: FromFeeds): void;
  onmessage: ((event: MessageEvent<ToFeeds>) => void) | null;
};

thread.onmessage = async ({ data }) => {
  const { number } = data;
  if (data.say === "compile") {
    thread.postMessage({ number, say: "compiled", ...compile(data.sources, data.ignored, data.madeFrom) });
    return;
  }
  if (data.say === "read") {
    const { feed, bytes, fetched } = data;
    thread.postMessage({ number, say: "read", report: tryOut({ feed, file: feed.name, bytes, fetched }) });
    return;
  }
  const { feed, request, now, agent, certificates, limits } = data;
  const result = await fetchFeed(request, { agent, certificates, ...limits === undefined ? {} : { limits } });
  const report = result.outcome === "new"
    ? tryOut({ feed, file: feed.name, bytes: result.bytes, fetched: now })
    : undefined;
  thread.postMessage({ number, say: "fetched", result, report });
};
