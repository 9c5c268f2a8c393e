// The thread that looks for leaks, as main sees it.

import type { RulesRefused, StartSearch } from "../dissect/leaks/messages.ts";
import { LEAKS_URL } from "../thread-urls.ts";
import type { ThreadOptions } from "./types.ts";

export interface LeaksThread {
  /** The dissectors' ways to it, one each. */
  readonly ports: readonly MessagePort[];
  stop(): void;
}

/** Starts the thread for so many dissectors; it has no permission. */
export function startLeaks(
  { engine, rules }: NonNullable<ThreadOptions["leaks"]>,
  dissectors: number,
  events: { failed(reason: Error): void; warning(sentence: string): void },
): LeaksThread {
  const thread = new Worker(LEAKS_URL, { type: "module", name: "leaks", deno: { permissions: "none" } });
  thread.onerror = (event) => {
    event.preventDefault();
    events.failed(new Error(`The thread that looks for leaks failed: ${event.message}`));
  };
  thread.onmessage = ({ data }: MessageEvent<RulesRefused>) => events.warning(data.sentence);
  const channels = Array.from({ length: dissectors }, () => new MessageChannel());
  const start: StartSearch = { say: "start", engine, rules };
  thread.postMessage(start, [...channels.map(({ port1 }) => port1), engine.buffer]);
  return { ports: channels.map(({ port2 }) => port2), stop: () => thread.terminate() };
}
