// Hands blocks to the dissector in buffers that go round: filled here, sent, walked there, sent back. While the dissector
// is busy, blocks wait here: small ones together in one buffer, and in more buffers than usual when it is slow for a
// while, up to a bound. Only then does the kernel's ring fill.

import { alignBlock } from "./block-form.ts";
import type { BlockSource } from "./blocks.ts";
import type { Program } from "./bpf.ts";
import type { FromIntake, ToIntake } from "./messages.ts";

/** Buffers with the dissector at once: one that is walked, one that waits. */
const SENT_AHEAD = 2;
/** Buffers kept for the next busy moment; what was made beyond them is given back to the system. */
const BUFFERS_KEPT = 8;

export interface HandOver {
  /** Where the next block goes; undefined while no buffer is to be had. */
  space(): { buffer: Uint8Array<ArrayBuffer>; at: number } | undefined;
  /** So many bytes were put there. */
  filled(bytes: number): void;
  /** Nothing more goes into this buffer. */
  next(): void;
  /** What there is may go, as soon as the dissector has little to do. */
  flush(): void;
  /** Blocks after this are of this kind. */
  source(source: BlockSource, filter: Program | undefined): void;
  clock(now: number): void;
  /** Whether all was sent and came back. */
  idle(): boolean;
  /** Resolves when a buffer comes back. */
  returned(): Promise<void>;
  /** What there is, is the last. */
  end(): void;
}

/** A hand-over through a port, with at most so many buffers of so many bytes. */
export function createHandOver(port: MessagePort, maximumBuffers: number, bufferBytes: number): HandOver {
  const free: Uint8Array<ArrayBuffer>[] = [];
  /** What waits to be sent, oldest first. */
  const waiting: ({ say: "blocks"; buffer: Uint8Array<ArrayBuffer>; length: number } | Exclude<ToIntake, Blocks>)[] =
    [];
  let made = 0;
  let sent = 0;
  let filling: Uint8Array<ArrayBuffer> | undefined;
  let at = 0;
  let flushWanted = false;
  let onReturn: (() => void)[] = [];

  function send(): void {
    while (waiting.length > 0) {
      const message = waiting[0]!;
      if (message.say === "blocks") {
        if (sent >= SENT_AHEAD) return;
        sent++;
        const { buffer } = message.buffer;
        port.postMessage({ ...message, buffer } satisfies ToIntake, [buffer]);
      } else port.postMessage(message);
      waiting.shift();
    }
    if (flushWanted && sent < SENT_AHEAD && at > 0) {
      next();
      send();
    }
  }

  function next(): void {
    flushWanted = false;
    if (filling === undefined || at === 0) return;
    waiting.push({ say: "blocks", buffer: filling, length: at });
    filling = undefined;
    at = 0;
  }

  port.onmessage = ({ data }: MessageEvent<FromIntake>) => {
    // The dissector reads hostile bytes: what it sends back is looked at before it is used.
    if (sent === 0 || data?.say !== "spent" || !(data.buffer instanceof ArrayBuffer)) return;
    sent--;
    if (made > BUFFERS_KEPT && waiting.length === 0) made--;
    else free.push(new Uint8Array(data.buffer.byteLength === bufferBytes ? data.buffer : new ArrayBuffer(bufferBytes)));
    send();
    const resolves = onReturn;
    onReturn = [];
    for (const resolve of resolves) resolve();
  };

  return {
    space() {
      if (filling === undefined) {
        filling = free.pop();
        if (filling === undefined && made < maximumBuffers) {
          made++;
          filling = new Uint8Array(bufferBytes);
        }
      }
      return filling === undefined ? undefined : { buffer: filling, at };
    },
    filled(bytes) {
      at = alignBlock(at + bytes);
    },
    next() {
      next();
      send();
    },
    flush() {
      flushWanted = at > 0;
      send();
    },
    source(source, filter) {
      next();
      waiting.push({ say: "source", source, filter });
      send();
    },
    clock: (now) => port.postMessage({ say: "clock", now } satisfies ToIntake),
    idle: () => sent === 0 && at === 0 && waiting.length === 0,
    returned: () => new Promise((resolve) => onReturn.push(resolve)),
    end() {
      next();
      waiting.push({ say: "end" });
      send();
    },
  };
}

type Blocks = Extract<ToIntake, { say: "blocks" }>;
