// What `smartshield peers` asks of a running peer.

import type { AddressBook } from "./address-book.ts";
import type { Findings } from "./findings.ts";
import { type Indicator, INDICATOR_KINDS, readIndicator } from "./indicator.ts";
import type { Judgement } from "./protocol/message.ts";
import type { Sessions } from "./sessions.ts";
import type { Aggregate, Explanation, Trust } from "./trust/contract.ts";

/** A line of `peers list`. */
export interface PeerLine {
  readonly peer: string;
  readonly connected: boolean;
  readonly address: string;
  /** 0..1. */
  readonly trust: number;
  /** Unix seconds: connected since, or heard of last. */
  readonly since: number;
  /** Milliseconds. */
  readonly rtt: number | undefined;
  readonly sent: number;
  readonly received: number;
}

export interface PeerList {
  readonly self: string;
  readonly group: string;
  readonly port: number;
  readonly peers: readonly PeerLine[];
  /** What was asked, answered, refused and left out since the start. */
  readonly counters: Readonly<Record<string, number>>;
}

/** What `peers ask` says. */
export interface Asked {
  readonly indicator: Indicator;
  /** What we found ourselves. */
  readonly own: Judgement | undefined;
  readonly asked: number;
  readonly answered: number;
  readonly opinion: Aggregate;
}

export interface CommandContext {
  readonly self: string;
  readonly group: string;
  readonly port: number;
  readonly book: AddressBook;
  readonly sessions: Sessions;
  readonly trust: Trust;
  readonly findings: Findings;
  readonly counters: () => Readonly<Record<string, number>>;
  /** Unix seconds. */
  readonly wall: () => number;
  /** Asks everybody and waits for what they say. */
  readonly ask: (indicator: Indicator) => Promise<{ asked: number; answered: number; opinion: Aggregate }>;
  /** Takes a finding of ours back, here and at the others. */
  readonly retract: (indicator: Indicator) => boolean;
  /** A peer that the user distrusts has to go. */
  readonly cut: (peer: string) => void;
}

/** A command that cannot be done; its message is for the user. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** Carries a command out; the result is plain data. */
export async function runCommand(context: CommandContext, command: string, words: readonly string[]): Promise<unknown> {
  const [word = ""] = words;
  switch (command) {
    case "list":
      return list(context);
    case "show":
      return show(context, resolve(context, word));
    case "trust":
    case "distrust": {
      const peer = resolve(context, word);
      context.trust.vouch(peer, { trust: command === "trust" ? 1 : 0 });
      if (command === "distrust") context.cut(peer);
      return show(context, peer);
    }
    case "ask": {
      const indicator = indicatorOf(word);
      const answer = await context.ask(indicator);
      return { indicator, own: context.findings.judgement(indicator, context.wall()), ...answer } satisfies Asked;
    }
    case "retract": {
      const indicator = indicatorOf(word);
      return { indicator, retracted: context.retract(indicator) };
    }
    default:
      throw new CommandError(`There is no command peers ${command}.`);
  }
}

function list({ self, group, port, book, sessions, trust, counters, wall }: CommandContext): PeerList {
  const open = sessions.open();
  const at = wall();
  const connected = open.map((one): PeerLine => ({
    peer: one.peer,
    connected: true,
    address: one.ip,
    trust: trust.trust(one.peer, at),
    since: one.since,
    rtt: one.rtt,
    sent: one.sent,
    received: one.received,
  }));
  const others = book.known().filter(({ peer }) => !open.some((one) => one.peer === peer)).map((
    { peer, addresses, lastHeard },
  ): PeerLine => ({
    peer,
    connected: false,
    address: addresses[0] ?? "",
    trust: trust.trust(peer, at),
    since: lastHeard,
    rtt: undefined,
    sent: 0,
    received: 0,
  }));
  const order = (a: PeerLine, b: PeerLine): number => b.trust - a.trust || (a.peer < b.peer ? -1 : 1);
  return { self, group, port, peers: [...connected.sort(order), ...others.sort(order)], counters: counters() };
}

/** What `peers show` says. */
export interface Shown extends Explanation {
  readonly connected: boolean;
  readonly firstHeard: number | undefined;
  readonly lastHeard: number | undefined;
}

function show({ book, sessions, trust, wall }: CommandContext, peer: string): Shown {
  const known = book.known().find((one) => one.peer === peer);
  return {
    ...trust.explain(peer, wall()),
    connected: sessions.has(peer),
    firstHeard: known?.firstHeard,
    lastHeard: known?.lastHeard,
  };
}

/** Characters of an id that are enough, at either end. */
const SHORTEST_PART = 4;
/** What peer ids look like: base58, as long as those of Ed25519 and RSA keys are. */
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{46,60}$/;

/** The peer that was meant: its whole id, its address, or the beginning or end of its id. */
function resolve({ book, sessions, trust }: CommandContext, word: string): string {
  const addresses = new Map(sessions.open().map(({ peer, ip }) => [peer, ip]));
  const ids = new Set([...trust.peers(), ...book.known().map(({ peer }) => peer), ...addresses.keys()]);
  if (ids.has(word)) return word;
  const meant = [...ids].filter((peer) =>
    addresses.get(peer) === word || (word.length >= SHORTEST_PART && (peer.startsWith(word) || peer.endsWith(word)))
  );
  if (meant.length === 1) return meant[0]!;
  if (meant.length > 1) throw new CommandError(`${word} means ${meant.length} peers: ${meant.slice(0, 5).join(", ")}.`);
  // Trusted before it was ever met.
  if (PEER_ID.test(word)) return word;
  throw new CommandError(`No peer is known by ${word === "" ? "no name" : word}; smartshield peers list shows them.`);
}

function indicatorOf(word: string): Indicator {
  for (const kind of ["ip", "hash", "url", "domain"] satisfies typeof INDICATOR_KINDS[number][]) {
    const indicator = readIndicator(kind, word);
    if (indicator !== undefined && (kind !== "domain" || word.includes("."))) return indicator;
  }
  throw new CommandError(`${word} is no address, domain, URL or hash.`);
}
