// All conversations at once: which stream belongs to which peer, who misbehaves and has to go, and what is said to all.

import type { Connection, Stream } from "./host/host.ts";
import type { Manners } from "./protocol/manners.ts";
import type { Message } from "./protocol/message.ts";
import { createSession, type Offence, type Session } from "./protocol/session.ts";

/** A peer that has said hello. */
export interface OpenPeer {
  readonly peer: string;
  readonly ip: string;
  /** Unix seconds. */
  readonly since: number;
  readonly direction: "inbound" | "outbound";
  /** Milliseconds of the last ping; undefined before it. */
  readonly rtt: number | undefined;
  readonly sent: number;
  readonly received: number;
}

export interface SessionsEvents {
  opened(peer: string, ip: string): void;
  closed(peer: string): void;
  message(peer: string, ip: string, message: Exclude<Message, { type: "hello" }>): void;
  offence(peer: string, offence: Offence, problem: string): void;
  /** The peer has to go: all its connections are to be cut. */
  cut(peer: string): void;
}

export interface Sessions {
  /** Takes up a conversation on a stream that `opener` opened. */
  attach(peer: string, ip: string, stream: Stream, connection: Connection, opener: string): void;
  /** Queues a message; false when the peer is not there or cannot take it. */
  send(peer: string, message: Message): boolean;
  /** Sends to everybody, but for one; to how many. */
  broadcast(message: Message, except?: string): number;
  /** Charges a peer for something that only its content showed. */
  offend(peer: string, offence: Offence, problem: string): void;
  has(peer: string): boolean;
  open(): OpenPeer[];
  /** Cuts those that have not said hello in time. */
  tick(now: number): void;
  /** Says goodbye to everybody. */
  closeAll(): void;
}

interface Held {
  readonly peer: string;
  readonly ip: string;
  readonly session: Session;
  readonly stream: Stream;
  readonly connection: Connection;
  readonly opener: string;
  /** Monotonic seconds. */
  readonly began: number;
  since: number;
}

/** Seconds within which two conversations count as begun at the same time. */
const SIMULTANEOUS = 10;
/** Seconds in which a peer has to say hello. */
const HELLO_TIMEOUT = 5;
/** No stream is taken for dead because nobody has anything to say; pings find dead connections. Milliseconds, the longest timer. */
const NEVER = 2 ** 31 - 1;
/** Bytes that a stream may hold for us, and for a peer that reads slowly, before it is given up. */
const STREAM_BUFFER = 1024 * 1024;

export interface SessionsOptions {
  readonly self: () => string;
  readonly manners: Manners;
  /** Monotonic seconds. */
  readonly now: () => number;
  /** Unix seconds. */
  readonly wall: () => number;
}

export function createSessions({ self, manners, now, wall }: SessionsOptions, events: SessionsEvents): Sessions {
  const held = new Map<string, Held>();

  function drop(one: Held): void {
    if (held.get(one.peer) !== one) return;
    held.delete(one.peer);
    if (one.since > 0) events.closed(one.peer);
  }

  function offend(one: Held, offence: Offence, problem: string): boolean {
    events.offence(one.peer, offence, problem);
    if (!manners.offend([one.peer, one.ip], offence, now())) return true;
    drop(one);
    // At once: what is still on its way here would have to be decrypted first.
    events.cut(one.peer);
    return false;
  }

  return {
    attach(peer, ip, stream, connection, opener) {
      const before = held.get(peer);
      if (before !== undefined) {
        // Both opened one at the same time: that of the one with the smaller id stays, and both ends know which that is.
        // Otherwise the new one is taken: who opens another has lost the first.
        const isSimultaneous = before.opener !== opener && now() - before.began < SIMULTANEOUS;
        if (isSimultaneous && before.opener === smaller(self(), peer)) {
          stream.abort(new Error("there is a conversation already"));
          return;
        }
        drop(before);
        before.stream.abort(new Error("replaced by a newer one"));
      }
      stream.inactivityTimeout = NEVER;
      stream.maxReadBufferLength = STREAM_BUFFER;
      stream.maxWriteBufferLength = STREAM_BUFFER;
      const session = createSession({ send: (bytes) => stream.send(bytes) }, {
        opened() {
          one.since = wall();
          events.opened(peer, ip);
        },
        message: (message) => events.message(peer, ip, message),
        offence: (offence, problem) => offend(one, offence, problem),
      });
      const one: Held = { peer, ip, session, stream, connection, opener, began: now(), since: 0 };
      held.set(peer, one);
      stream.addEventListener("message", ({ data }) => {
        if (held.get(peer) !== one) return;
        session.receive(data instanceof Uint8Array ? data : data.subarray(), now());
      });
      stream.addEventListener("drain", () => session.drained());
      stream.addEventListener("close", () => drop(one));
      stream.addEventListener("remoteCloseWrite", () => {
        drop(one);
        stream.close().catch(() => {});
      });
    },
    send(peer, message) {
      const one = held.get(peer);
      return one !== undefined && one.session.open && one.session.send(message);
    },
    broadcast(message, except) {
      let count = 0;
      for (const { peer, session } of held.values()) {
        if (peer !== except && session.open && session.send(message)) count++;
      }
      return count;
    },
    offend(peer, offence, problem) {
      const one = held.get(peer);
      if (one !== undefined) offend(one, offence, problem);
    },
    has: (peer) => held.get(peer)?.session.open === true,
    open: () =>
      [...held.values()].filter(({ session }) => session.open).map(({ peer, ip, since, session, connection }) => ({
        peer,
        ip,
        since,
        direction: connection.direction,
        rtt: connection.rtt,
        sent: session.counters().sent,
        received: session.counters().received,
      })),
    tick(time) {
      for (const one of [...held.values()]) {
        if (one.session.open || time - one.began < HELLO_TIMEOUT) continue;
        drop(one);
        events.cut(one.peer);
      }
    },
    closeAll() {
      for (const one of [...held.values()]) {
        one.session.close();
        drop(one);
      }
    },
  };
}

function smaller(a: string, b: string): string {
  return a < b ? a : b;
}
