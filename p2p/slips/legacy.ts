// Peers of the old protocol: speaks their lines, so that a network of old and new agents works. They are weighed as all
// others are, and told the same; but what they say has no request id, so an answer is known by its address alone.

import { BoundedMap } from "../../agent/profile/bounded-map.ts";
import { MDNS_PORT, type MdnsMessage } from "../discovery/mdns.ts";
import type { Connection, Host, Stream } from "../host/host.ts";
import type { Indicator } from "../indicator.ts";
import type { LocalInterface } from "../local-addresses.ts";
import type { Judgement } from "../protocol/message.ts";
import { createTokenBucket, type TokenBucket } from "../protocol/token-bucket.ts";
import { asksForLegacy, legacyAnswer, legacyPeer, legacyQuestion } from "./discovery.ts";
import {
  LEGACY_PROTOCOL,
  LEGACY_VERSION,
  type LegacyMessage,
  LONGEST_LINE,
  readLegacy,
  writeLegacy,
} from "./message.ts";

export { LEGACY_PROTOCOL } from "./message.ts";

export interface LegacyEvents {
  judgement(ip: string): Judgement | undefined;
  opinion(peer: string, request: number, indicator: Indicator, judgement: Judgement): void;
  report(peer: string, ip: string, indicator: Indicator, judgement: Judgement): void;
  opened(peer: string, ip: string): void;
  /** @returns nothing; the peer may be cut. */
  offence(peer: string, ip: string, problem: string): void;
}

/** What discovery needs of the network. */
export interface LegacyNetwork {
  interfaces(): readonly LocalInterface[];
  found(peer: string, addresses: readonly string[], port: number): void;
  send(make: (own: LocalInterface) => Uint8Array | undefined): void;
  reply(bytes: Uint8Array, address: string, port: number): void;
}

export interface Legacy {
  /** A stream that a peer opened. */
  stream(peer: string, ip: string, stream: Stream): void;
  /** Says hello on a new connection; whether the peer answers in the old way. */
  greet(peer: string, ip: string): Promise<boolean>;
  /** Asks an old peer; false when it is none. */
  ask(peer: string, request: number, indicator: Indicator): boolean;
  /** Tells all old peers. */
  tell(kind: "report" | "blame", indicator: Indicator, judgement: Judgement): void;
  packet(
    message: MdnsMessage,
    from: { readonly address: string; readonly port: number },
    network: LegacyNetwork,
    host: Host,
  ): void;
  gone(peer: string): void;
  peers(): string[];
  /** To be called once a second. */
  tick(network: LegacyNetwork): void;
  goodbye(): Promise<void>;
}

/** Seconds for an answer to hello and ping, between pings, and without one after which a peer is given up (as the old peers). */
const REPLY_TIMEOUT = 10;
const PING_INTERVAL = 15;
const GIVEN_UP_AFTER = 60;
/** Seconds between two questions for old peers; they themselves ask every hour. */
const QUESTION_INTERVAL = 300;
/** Seconds between two answers to such questions. */
const ANSWER_INTERVAL = 1;
/** Streams a second that one peer may open. */
const STREAMS_PER_SECOND = 100;
const STREAMS_AT_ONCE = 500;
/** Questions whose answers are waited for. */
const OPEN_QUESTIONS = 4096;

interface OldPeer {
  lastPing: number;
  lastGood: number;
}

export function createLegacy(
  { enabled, now }: { readonly enabled: boolean; readonly now: () => number },
  events: LegacyEvents,
  connections: (peer: string) => Connection[],
): Legacy {
  const peers = new Map<string, OldPeer>();
  const buckets = new BoundedMap<string, TokenBucket>(256);
  const questions = new BoundedMap<string, number>(OPEN_QUESTIONS);
  let askedAt = -Infinity;
  let answeredAt = -Infinity;

  function join(peer: string, ip: string): void {
    if (peers.has(peer)) return;
    peers.set(peer, { lastPing: now(), lastGood: now() });
    events.opened(peer, ip);
  }

  function answer(stream: Stream, message: Exclude<LegacyMessage, { type: "malformed" }>): void {
    stream.send(new TextEncoder().encode(writeLegacy(message)));
    stream.close().catch(() => {});
  }

  /** One message on a stream of its own. */
  async function say(
    peer: string,
    message: Exclude<LegacyMessage, { type: "malformed" }>,
  ): Promise<Stream | undefined> {
    const [connection] = connections(peer);
    if (connection === undefined) return undefined;
    try {
      const stream = await connection.newStream(LEGACY_PROTOCOL);
      stream.send(new TextEncoder().encode(writeLegacy(message)));
      return stream;
    } catch {
      return undefined;
    }
  }

  function sayOnly(peer: string, message: Exclude<LegacyMessage, { type: "malformed" }>): void {
    void say(peer, message).then((stream) => stream?.close()).catch(() => {});
  }

  /** Says something that is answered on the same stream. */
  async function exchange(
    peer: string,
    message: Exclude<LegacyMessage, { type: "malformed" }>,
  ): Promise<LegacyMessage | undefined> {
    const stream = await say(peer, message);
    if (stream === undefined) return undefined;
    const line = await firstLine(stream, REPLY_TIMEOUT);
    stream.close().catch(() => {});
    return line === undefined ? undefined : readLegacy(line);
  }

  function hear(peer: string, ip: string, stream: Stream, message: LegacyMessage): void {
    const old = peers.get(peer);
    if (old !== undefined) old.lastGood = now();
    switch (message.type) {
      case "hello":
        answer(stream, { type: "hello", version: LEGACY_VERSION });
        join(peer, ip);
        return;
      case "ping":
        answer(stream, { type: "pong" });
        return;
      case "goodbye":
        peers.delete(peer);
        break;
      case "request": {
        const judgement = events.judgement(message.ip);
        if (judgement !== undefined) sayOnly(peer, { type: "report", ip: message.ip, judgement });
        break;
      }
      case "report":
      case "blame": {
        const indicator: Indicator = { kind: "ip", value: message.ip };
        const key = `${peer} ${message.ip}`;
        const request = questions.get(key);
        questions.delete(key);
        if (message.judgement === undefined) break;
        if (request !== undefined) events.opinion(peer, request, indicator, message.judgement);
        else events.report(peer, ip, indicator, message.judgement);
        break;
      }
      case "malformed":
        events.offence(peer, ip, message.problem);
        break;
    }
    stream.close().catch(() => {});
  }

  return {
    stream(peer, ip, stream) {
      if (!buckets.use(peer, () => createTokenBucket(STREAMS_PER_SECOND, STREAMS_AT_ONCE)).take(now())) {
        stream.abort(new Error("too many"));
        return;
      }
      void firstLine(stream, REPLY_TIMEOUT).then((line) => {
        hear(
          peer,
          ip,
          stream,
          line === undefined ? { type: "malformed", problem: "no line of text" } : readLegacy(line),
        );
      }).catch(() => {});
    },
    async greet(peer, ip) {
      const reply = await exchange(peer, { type: "hello", version: LEGACY_VERSION });
      if (reply?.type !== "hello") return false;
      join(peer, ip);
      return true;
    },
    ask(peer, request, { kind, value }) {
      if (!peers.has(peer) || kind !== "ip") return false;
      questions.set(`${peer} ${value}`, request);
      sayOnly(peer, { type: "request", ip: value });
      return true;
    },
    tell(kind, { kind: of, value }, judgement) {
      if (of !== "ip") return;
      for (const peer of peers.keys()) sayOnly(peer, { type: kind, ip: value, judgement });
    },
    packet(message, from, network, host) {
      if (!enabled) return;
      const found = legacyPeer(message, network.interfaces());
      if (found !== undefined) network.found(found.peer, found.addresses, found.port);
      if (!asksForLegacy(message) || now() - answeredAt < ANSWER_INTERVAL) return;
      answeredAt = now();
      network.send((own) => legacyAnswer(host.peer, host.port, own));
      // Old peers ask from a port of their own and want the answer there.
      const [own] = network.interfaces();
      const bytes = own === undefined ? undefined : legacyAnswer(host.peer, host.port, own);
      if (from.port !== MDNS_PORT && bytes !== undefined) network.reply(bytes, from.address, from.port);
    },
    gone: (peer) => void peers.delete(peer),
    peers: () => [...peers.keys()],
    tick(network) {
      if (!enabled) return;
      const time = now();
      if (time - askedAt >= QUESTION_INTERVAL) {
        askedAt = time;
        network.send(legacyQuestion);
      }
      for (const [peer, old] of peers) {
        if (time - old.lastPing < PING_INTERVAL) continue;
        old.lastPing = time;
        if (time - old.lastGood > GIVEN_UP_AFTER) peers.delete(peer);
        else {
          void exchange(peer, { type: "ping" }).then((reply) => {
            if (reply?.type === "pong") old.lastGood = now();
          });
        }
      }
    },
    async goodbye() {
      await Promise.all([...peers.keys()].map(async (peer) => await (await say(peer, { type: "goodbye" }))?.close()))
        .catch(() => {});
    },
  };
}

/** The first line of a stream, without its end; undefined when none comes in time, or it is too long. */
function firstLine(stream: Stream, seconds: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const decoder = new TextDecoder("latin1");
    const timer = setTimeout(() => resolve(undefined), seconds * 1000);
    const over = (line: string | undefined): void => {
      clearTimeout(timer);
      resolve(line);
    };
    stream.addEventListener("message", ({ data }) => {
      text += decoder.decode(data instanceof Uint8Array ? data : data.subarray());
      const end = text.indexOf("\n");
      if (end >= 0 && end <= LONGEST_LINE) over(text.slice(0, end));
      else if (text.length > LONGEST_LINE) {
        over(undefined);
        stream.abort(new Error("line too long"));
      }
    });
    stream.addEventListener("close", () => over(undefined));
    stream.addEventListener("remoteCloseWrite", () => setTimeout(() => over(undefined), 0));
  });
}
