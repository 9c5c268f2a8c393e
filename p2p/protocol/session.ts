// One conversation with one peer: hello first, then messages both ways, each with its number. It checks what can be
// checked without knowing what is talked about: form, size, order, rate. It opens no socket and reads no clock.

import type { IndicatorKind } from "../indicator.ts";
import { INDICATOR_KINDS } from "../indicator.ts";
import { createFrameReader } from "./frames.ts";
import { type Message, MINOR_VERSION } from "./message.ts";
import { createTokenBucket } from "./token-bucket.ts";
import { decode, encode } from "./wire.ts";

/** What a peer may do wrong. */
export const OFFENCES = ["malformed", "oversized", "replayed", "early", "flood", "unasked"] as const;
export type Offence = typeof OFFENCES[number];

/** Where the bytes go. */
export interface Link {
  /** False when nothing more should be sent before `drained` is called. Throws when the link is gone. */
  send(bytes: Uint8Array<ArrayBuffer>): boolean;
}

export interface SessionEvents {
  /** The peer has said hello: from now on it is one of us. */
  opened(version: number, kinds: readonly IndicatorKind[]): void;
  message(message: Exclude<Message, { type: "hello" }>): void;
  /** @returns whether the conversation goes on. */
  offence(offence: Offence, problem: string): boolean;
}

export interface Session {
  /** Bytes of the peer; `now` in seconds, monotonic. False when the conversation is over. */
  receive(piece: Uint8Array, now: number): boolean;
  /** Queues a message; false when the queue is full, or the peer does not know this kind of indicator. */
  send(message: Message): boolean;
  /** The link takes bytes again. */
  drained(): void;
  /** Says goodbye and sends no more. */
  close(): void;
  readonly open: boolean;
  counters(): { sent: number; received: number; notSent: number };
}

/** Messages a second that a peer may send unasked, and at once: somewhat more than we ask ourselves (asker.ts). */
const MESSAGES_PER_SECOND = 500;
const MESSAGES_AT_ONCE = 700;
/** Bytes that wait for a slow peer; what comes on top is dropped and counted. */
const QUEUE_BYTES = 256 * 1024;

/** Starts a conversation; our hello is sent at once. */
export function createSession(link: Link, events: SessionEvents): Session {
  const frames = createFrameReader();
  const bucket = createTokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE);
  const counters = { sent: 0, received: 0, notSent: 0 };
  let queue: Uint8Array[] = [];
  let queued = 0;
  let flushing = false;
  let blocked = false;
  let over = false;
  let open = false;
  let ourSequence = 0;
  let theirSequence = 0;
  let theirKinds: readonly IndicatorKind[] = INDICATOR_KINDS;

  function flush(): void {
    flushing = false;
    if (over || blocked || queue.length === 0) return;
    const bytes = new Uint8Array(queued);
    let at = 0;
    for (const frame of queue) {
      bytes.set(frame, at);
      at += frame.length;
    }
    queue = [];
    queued = 0;
    try {
      blocked = !link.send(bytes);
    } catch {
      over = true;
    }
  }

  function send(message: Message): boolean {
    if (over || ("indicator" in message && !theirKinds.includes(message.indicator.kind))) return false;
    if (queued > QUEUE_BYTES) {
      counters.notSent++;
      return false;
    }
    const frame = encode(message, ++ourSequence);
    queue.push(frame);
    queued += frame.length;
    counters.sent++;
    // All that is said in one go makes one piece: one encryption and one packet instead of hundreds.
    if (!flushing) {
      flushing = true;
      queueMicrotask(flush);
    }
    return true;
  }

  function frame(bytes: Uint8Array, from: number, to: number, now: number): boolean {
    counters.received++;
    const { sequence, message } = decode(bytes, from, to);
    if (message.type === "malformed") return events.offence("malformed", message.problem);
    if (sequence <= theirSequence) return events.offence("replayed", `message ${sequence} once more`);
    if (sequence !== theirSequence + 1) {
      return events.offence("malformed", `message ${sequence} after ${theirSequence}`);
    }
    theirSequence = sequence;
    if (!open) {
      if (message.type !== "hello") return events.offence("early", `a message (${message.type}) before the hello`);
      open = true;
      theirKinds = message.kinds;
      events.opened(message.version, message.kinds);
      return !over;
    }
    if (message.type === "hello") return events.offence("replayed", "a second hello");
    // Answers are as many as our questions; whoever counts those sees to it.
    if (message.type !== "answer" && !bucket.take(now)) {
      return events.offence("flood", `more than ${MESSAGES_PER_SECOND} messages a second`);
    }
    if (message.type !== "unknown") events.message(message);
    return !over;
  }

  send({ type: "hello", version: MINOR_VERSION, kinds: INDICATOR_KINDS });

  return {
    receive(piece, now) {
      if (over) return false;
      const goesOn = frames.push(piece, (bytes, from, to) => frame(bytes, from, to, now));
      if (goesOn || over) return !over;
      if (frames.oversized()) events.offence("oversized", "a message that is longer than any can be");
      over = true;
      return false;
    },
    send,
    drained() {
      blocked = false;
      flush();
    },
    close() {
      send({ type: "goodbye" });
      flush();
      over = true;
    },
    get open() {
      return open && !over;
    },
    counters: () => counters,
  };
}
