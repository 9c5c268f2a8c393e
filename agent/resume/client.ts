// Main's view of the tape: starts its thread.

import { TAPE_URL } from "../thread-urls.ts";
import type { FromTape, TapeFound, ToTape } from "./messages.ts";

export interface Tape {
  /** For the dissector. */
  readonly port: MessagePort;
  /** Kept when the thread fails: nobody is at the other end of the port any more. */
  readonly failed: Promise<void>;
  readonly found: TapeFound;
  close(): Promise<void>;
}

export interface TapeOptions {
  readonly folder: string;
  /** Begin anew, whatever is there. */
  readonly fresh: boolean;
  /** Seconds of stream time that are kept. */
  readonly keepSeconds: number;
}

/**
 * Starts the thread, which may use the folder and nothing else, and reads through what is there. Should it fail, that is
 * said.
 * @throws {Error} when it fails at once.
 */
export async function startTape(options: TapeOptions, warning: (sentence: string) => void): Promise<Tape> {
  const { folder } = options;
  const thread = new Worker(TAPE_URL, {
    type: "module",
    name: "tape",
    deno: { permissions: { read: [folder], write: [folder] } },
  });
  const { port1, port2 } = new MessageChannel();
  let closed: (() => void) | undefined;
  let hasFailed = false;
  let failed!: () => void;
  const failing = new Promise<void>((resolve) => failed = resolve);
  let isOpen = false;
  const opened = new Promise<TapeFound>((resolve, reject) => {
    thread.onmessage = ({ data }: MessageEvent<FromTape>) => {
      if (data.say === "opened") resolve(data.found);
      else if (data.say === "warning") warning(data.sentence);
      else closed?.();
    };
    thread.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
      closed?.();
      if (isOpen && !hasFailed) {
        warning(
          `The thread of the tape failed: ${event.message}. Were the agent restarted now, it would begin anew. ` +
            "Please report this.",
        );
      }
      hasFailed = true;
      failed();
    };
  });
  const tell = (message: ToTape, ports: MessagePort[] = []): void => thread.postMessage(message, ports);
  tell({ say: "open", ...options }, [port1]);
  const found = await opened;
  isOpen = true;
  return {
    port: port2,
    failed: failing,
    found,
    async close() {
      tell({ say: "close" });
      if (!hasFailed) await new Promise<void>((resolve) => closed = resolve);
      thread.terminate();
    },
  };
}
