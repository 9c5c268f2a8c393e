// Hands blocks to the dissector in buffers that go round: filled here, sent, walked there, sent back. While the dissector
// is busy small blocks are gathered in one buffer, so that a slow wire does not fill the ring with nearly empty blocks.

import { alignBlock } from "./block-form.ts";
import type { BlockSource } from "./blocks.ts";
import type { Program } from "./bpf.ts";
import type { FromIntake, ToIntake } from "./messages.ts";

/** Buffers on their way to the dissector before more blocks are gathered: one that is walked, one that waits. */
const EAGERLY_SENT = 2;

export interface HandOver {
  /** Where the next block goes; undefined while all buffers are with the dissector. */
  space(): { buffer: Uint8Array<ArrayBuffer>; at: number } | undefined;
  /** So many bytes were put there. */
  filled(bytes: number): void;
  /** Sends what there is. */
  send(): void;
  /** Sends what there is unless the dissector has enough to do; it goes then as soon as it has not. */
  sendWhenWanted(): void;
  /** Blocks after this are of this kind. */
  source(source: BlockSource, filter: Program | undefined): void;
  clock(now: number): void;
  /** Whether all was sent and came back. */
  idle(): boolean;
  /** Resolves when a buffer comes back. */
  returned(): Promise<void>;
  /** Sends what there is and says that it was the last. */
  end(): void;
}

/** A hand-over through a port, with so many buffers of so many bytes. */
export function createHandOver(port: MessagePort, buffers: number, bufferBytes: number): HandOver {
  const free: Uint8Array<ArrayBuffer>[] = [];
  let made = 0;
  let sent = 0;
  let filling: Uint8Array<ArrayBuffer> | undefined;
  let at = 0;
  let wanted = false;
  let onReturn: (() => void)[] = [];

  const tell = (message: ToIntake, transfer: Transferable[] = []): void => port.postMessage(message, transfer);

  function send(): void {
    wanted = false;
    if (filling === undefined || at === 0) return;
    tell({ say: "blocks", buffer: filling.buffer, length: at }, [filling.buffer]);
    filling = undefined;
    at = 0;
    sent++;
  }

  port.onmessage = ({ data }: MessageEvent<FromIntake>) => {
    // The dissector reads hostile bytes: what it sends back is looked at before it is used.
    if (sent === 0 || data?.say !== "spent" || !(data.buffer instanceof ArrayBuffer)) return;
    sent--;
    free.push(new Uint8Array(data.buffer.byteLength === bufferBytes ? data.buffer : new ArrayBuffer(bufferBytes)));
    if (wanted && sent < EAGERLY_SENT) send();
    const waiting = onReturn;
    onReturn = [];
    for (const resolve of waiting) resolve();
  };

  return {
    space() {
      if (filling === undefined) {
        filling = free.pop();
        if (filling === undefined && made < buffers) {
          made++;
          filling = new Uint8Array(bufferBytes);
        }
      }
      return filling === undefined ? undefined : { buffer: filling, at };
    },
    filled(bytes) {
      at = alignBlock(at + bytes);
    },
    send,
    sendWhenWanted() {
      if (sent < EAGERLY_SENT) send();
      else wanted = true;
    },
    source(source, filter) {
      send();
      tell({ say: "source", source, filter });
    },
    clock: (now) => tell({ say: "clock", now }),
    idle: () => sent === 0 && at === 0,
    returned: () => new Promise((resolve) => onReturn.push(resolve)),
    end() {
      send();
      tell({ say: "end" });
    },
  };
}
