// The way of an input's bytes to the dissector: buffers that circulate, and the question which stream is wanted next.

import type { ToDissector } from "../dissect/messages.ts";
import { HEADROOM_BYTES } from "../source/unpack.ts";
import type { Threads } from "./types.ts";

/** Bytes of the capture handed over at once: the size at which reading is fastest (docs/performance.md). */
const CHUNK_BYTES = 1024 * 1024;
/** Buffers in circulation: one being read into, one being dissected, one waiting, and one to spare. */
const BUFFERS = 4;

export type FeedingSide = Pick<
  Threads,
  "buffer" | "push" | "giveBack" | "fileOver" | "next" | "pause" | "release" | "tick" | "wants"
>;

export interface Feeder extends FeedingSide {
  /** The dissector has used up a buffer. */
  spent(buffer: ArrayBuffer): void;
  /** The dissector has answered one message; it wants bytes of this stream next. */
  answered(wants: number): void;
}

/** Feeds through `tell`; `over` is settled when the threads have ended, or one has failed. */
export function createFeeder(
  tell: (message: ToDissector, transfer?: Transferable[]) => void,
  over: Promise<unknown>,
): Feeder {
  const free: Uint8Array<ArrayBuffer>[] = [];
  let buffers = 0;
  let bufferWanted: ((buffer: Uint8Array<ArrayBuffer>) => void) | undefined;
  /** Messages with input that were not answered yet, and the answer to the last one. */
  let unread = 0;
  let wanted = 0;
  let wantsAsked: ((stream: number) => void) | undefined;

  function ask(message: ToDissector, transfer?: Transferable[]): void {
    unread++;
    tell(message, transfer);
  }

  return {
    spent(spent) {
      const buffer = new Uint8Array(spent);
      if (bufferWanted !== undefined) bufferWanted(buffer);
      else free.push(buffer);
      bufferWanted = undefined;
    },
    answered(wants) {
      wanted = wants;
      if (--unread > 0) return;
      wantsAsked?.(wants);
      wantsAsked = undefined;
    },
    buffer() {
      const ready = free.pop();
      if (ready !== undefined) return Promise.resolve(ready);
      if (buffers < BUFFERS) {
        buffers++;
        return Promise.resolve(new Uint8Array(HEADROOM_BYTES + CHUNK_BYTES));
      }
      return Promise.race([
        new Promise<Uint8Array<ArrayBuffer>>((resolve) => bufferWanted = resolve),
        // A thread that failed never gives its buffer back.
        over.then(() => new Uint8Array(0)),
      ]);
    },
    push(stream, { buffer }, length) {
      ask({ say: "bytes", stream, buffer, start: HEADROOM_BYTES, end: HEADROOM_BYTES + length }, [buffer]);
    },
    giveBack: (buffer) => void free.push(buffer),
    fileOver: (stream, end = "whole") => ask({ say: "over", stream, end }),
    next: (stream, file, mark) => ask({ say: "next", stream, file, mark }),
    pause: (stream) => ask({ say: "pause", stream }),
    release: (pieces) => ask({ say: "release", pieces }),
    tick: (seconds) => ask({ say: "tick", seconds }),
    wants() {
      if (unread === 0) return Promise.resolve(wanted);
      // A thread that failed never answers.
      return Promise.race([new Promise<number>((resolve) => wantsAsked = resolve), over.then(() => -1)]);
    },
  };
}
