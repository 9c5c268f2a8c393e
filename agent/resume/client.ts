// Main's view of the tape: starts its thread.

import { TAPE_URL } from "../thread-urls.ts";
import type { FromTape, TapeFound, ToTape } from "./messages.ts";

export interface Tape {
  /** For the dissector. */
  readonly port: MessagePort;
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

/** Starts the thread, which may use the folder and nothing else, and reads through what is there. */
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
  const opened = new Promise<TapeFound>((resolve, reject) => {
    thread.onmessage = ({ data }: MessageEvent<FromTape>) => {
      if (data.say === "opened") resolve(data.found);
      else if (data.say === "warning") warning(data.sentence);
      else closed?.();
    };
    thread.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`The thread of the tape failed: ${event.message}`));
      closed?.();
      hasFailed = true;
      warning(`The thread of the tape failed: ${event.message}. Please report this.`);
    };
  });
  const tell = (message: ToTape, ports: MessagePort[] = []): void => thread.postMessage(message, ports);
  tell({ say: "open", ...options }, [port1]);
  return {
    port: port2,
    found: await opened,
    async close() {
      tell({ say: "close" });
      if (!hasFailed) await new Promise<void>((resolve) => closed = resolve);
      thread.terminate();
    },
  };
}
