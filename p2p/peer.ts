// A peer, put together: key, libp2p node, discovery, conversations, questions and answers, trust. It runs in a worker of
// its own (worker.ts), and directly in tests and experiments.

import { createAddressBook } from "./address-book.ts";
import { createAsker } from "./asker.ts";
import { CommandError, runCommand } from "./commands.ts";
import { createDialler, type Dialler } from "./dialler.ts";
import { groupOf } from "./discovery/group.ts";
import { createFindings, type OwnFinding } from "./findings.ts";
import { createHearing } from "./hearing.ts";
import { type Host, startHost } from "./host/host.ts";
import { ownKey } from "./identity.ts";
import { type Indicator, indicatorKey, readIndicator } from "./indicator.ts";
import { createJudging } from "./judging.ts";
import { isLocal, ownAddresses, subnetOf } from "./local-addresses.ts";
import { openKept } from "./kept.ts";
import type { FromPeer, PeerStart } from "./messages.ts";
import { createManners } from "./protocol/manners.ts";
import { PROTOCOL } from "./protocol/message.ts";
import { createSessions } from "./sessions.ts";
import { createLegacy, LEGACY_PROTOCOL } from "./slips/legacy.ts";
import type { Aggregate } from "./trust/contract.ts";
import { createTrust } from "./trust/trust.ts";

/** What a peer says: all but what only its thread can say. */
export type PeerEvent = Exclude<FromPeer, { say: "answer" | "refused" | "stopped" }>;

/** What tests and experiments do differently. */
export interface PeerExtras {
  /** Peers on this machine's loopback interface count as local. */
  readonly loopback?: boolean;
  readonly listen?: readonly string[];
  readonly newConnectionsPerSecond?: number;
  /** Milliseconds between two looks for what is due. */
  readonly tick?: number;
}

export interface Peer {
  readonly id: string;
  readonly port: number;
  /** Addresses seen in the traffic. */
  seen(addresses: readonly string[]): void;
  /** A finding of our own detectors, and the share of an alert's threshold that its host has reached. */
  found(finding: OwnFinding, share: number): void;
  /** A host that peers must never get blocked. */
  protect(ip: string, reason: string): void;
  /** A peer that was found by other means than multicast. */
  met(peer: string, addresses: readonly string[], port: number): void;
  /** Connects to a peer now, whoever's turn it is. */
  dial(peer: string, addresses: readonly string[], port: number): Promise<void>;
  command(command: string, words: readonly string[]): Promise<unknown>;
  counters(): Record<string, number>;
  stop(): Promise<void>;
}

/** Milliseconds between two looks for what is due. */
const TICK = 100;
/** Seconds between two writings of the state: what an agent that is killed forgets of its peers. */
const SAVE_INTERVAL = 10;
/** Seconds between two accounts of the counters. */
const COUNT_INTERVAL = 10;
/** Seconds after which a connection that nobody talks on is cut. */
const SILENT_CONNECTION = 10;
/** Milliseconds that the node may take to end. */
const STOP_TIMEOUT = 1000;
/** Seconds for a conversation that was lost to be taken up again on the same connection. */
const LOST_CONVERSATION = 2;
/** Commands that wait for answers at the same time. */
const MAXIMUM_WAITERS = 64;

/** Starts a peer. Throws an `InputError` when its key or port cannot be used. */
export async function startPeer(
  { settings, trust: trustSettings, secret, directory, protected: protectedHosts }: PeerStart,
  tell: (event: PeerEvent) => void,
  extras: PeerExtras = {},
): Promise<Peer> {
  const now = (): number => performance.now() / 1000;
  const wall = (): number => Date.now() / 1000;
  const warn = (sentence: string): void => tell({ say: "warning", sentence });
  const log = (line: string): void => tell({ say: "log", line });
  const loopback = extras.loopback ?? false;

  const kept = openKept(directory, warn);
  const key = await ownKey(kept.key);
  const group = groupOf(settings.group, secret);
  const trust = createTrust(trustSettings.model, trustSettings, kept.trust());
  for (const peer of settings.trusted) trust.vouch(peer, { trust: 1 });
  for (const [ip, reason] of protectedHosts) trust.protect(ip, reason);
  const manners = createManners();
  const findings = createFindings();
  findings.restore(kept.findings(), wall());
  const judging = createJudging({
    trust,
    period: trustSettings.decision_period,
    halfLife: trustSettings.opinion_half_life,
  });
  /** Connections on which nobody has opened a conversation yet, by peer; since when, monotonic seconds. */
  const silent = new Map<string, number>();
  /** Who waits for the outcome of a question, by what it is about. */
  const waiters = new Map<string, ((asked: number, answered: number) => void)[]>();
  /** Nobody is let in before all parts stand. */
  let ready = false;
  let saved = now();
  let counted = now();
  let second = -Infinity;

  const isOwn = (ip: string): boolean => ownAddresses(dialler.interfaces()).includes(ip);
  const welcome = (peer: string): boolean =>
    (settings.allow.length === 0 || settings.allow.includes(peer)) && manners.exile(peer, now()) === 0 &&
    !trust.unwelcome(peer, wall());

  // Conversations.
  const sessions = createSessions({ self: () => host.peer, manners, now, wall }, {
    opened(peer, ip) {
      met(peer, ip, "");
      if (settings.ask) asker.welcome(peer, now());
    },
    closed(peer) {
      asker.gone(peer);
      // A connection without a conversation is worth nothing: it is cut, and then dialled anew.
      silent.set(peer, now() - SILENT_CONNECTION + LOST_CONVERSATION);
      log(`${peer} is gone`);
    },
    message: (peer, ip, message) => hearing.hear(peer, ip, message),
    offence(peer, offence, problem) {
      judging.offended(peer, offence, wall());
      log(`${peer} misbehaves: ${problem}`);
    },
    cut: (peer) => host.cut(peer),
  });

  function met(peer: string, ip: string, how: string): void {
    silent.delete(peer);
    trust.peerSeen(peer, { address: ip, subnet: subnetOf(ip, dialler.interfaces()), at: wall() });
    book.connected(peer, wall());
    tell({ say: "met", address: ip });
    log(`${peer} at ${ip} is here, ${how}trust ${trust.trust(peer, wall()).toFixed(2)}`);
  }

  const hearing = createHearing({ trust, judging, findings, wall }, {
    tell,
    send: (peer, message) => void sessions.send(peer, message),
    answered: (peer, request) => asker.answered(peer, request, now()),
    unasked: (peer) => sessions.offend(peer, "unasked", "an answer that nobody asked for"),
    goodbye(peer) {
      book.disconnected(peer, now());
      log(`${peer} says goodbye`);
    },
  });

  // Questions.
  const asker = createAsker({
    peers() {
      const at = wall();
      const all = [...sessions.open().map(({ peer }) => peer), ...legacy.peers()];
      return all.map((peer) => ({ peer, weight: trust.trust(peer, at) })).sort((a, b) => b.weight - a.weight)
        .map(({ peer }) => peer);
    },
    send: (peer, request, indicator) =>
      sessions.send(peer, { type: "request", request, indicator }) || legacy.ask(peer, request, indicator),
    done(outcome) {
      const { indicator, asked, answered, silent: unanswered, took } = outcome;
      const at = wall();
      // Old peers say nothing when they know nothing.
      for (const peer of unanswered) if (sessions.has(peer)) judging.offended(peer, "silent", at);
      const opinion = judging.decide(indicator, at);
      tell({ say: "opinion", indicator, opinion, asked, answered, took });
      const key = indicatorKey(indicator);
      for (const waiter of waiters.get(key) ?? []) waiter(asked, answered);
      waiters.delete(key);
    },
  });

  function askAndWait(indicator: Indicator): Promise<{ asked: number; answered: number; opinion: Aggregate }> {
    return new Promise((resolve, reject) => {
      if (waiters.size >= MAXIMUM_WAITERS || !asker.ask(indicator, now(), true)) {
        return reject(new CommandError("Too many questions are waiting for their turn; try again in a moment."));
      }
      const key = indicatorKey(indicator);
      const done = (asked: number, answered: number): void =>
        resolve({ asked, answered, opinion: trust.aggregate(indicator.value, wall()) });
      // With nobody to ask it is over already.
      if (sessions.open().length + legacy.peers().length === 0) done(0, 0);
      else waiters.set(key, [...waiters.get(key) ?? [], done]);
    });
  }

  // The old protocol.
  const legacy = createLegacy({ enabled: settings.slips_compatibility, now }, {
    judgement: (ip) => findings.judgement({ kind: "ip", value: ip }, wall()),
    opinion(peer, request, indicator, judgement) {
      if (asker.answered(peer, request, now()) !== undefined) hearing.opinion(peer, indicator, judgement);
    },
    report: (peer, ip, indicator, judgement) => hearing.report("report", peer, ip, indicator, judgement),
    opened: (peer, ip) => met(peer, ip, "a peer of the old protocol, "),
    offence(peer, ip, problem) {
      judging.offended(peer, "malformed", wall());
      log(`${peer} misbehaves: ${problem}`);
      if (manners.offend([peer, ip], "malformed", now())) host.cut(peer);
    },
  }, (peer) => host.connections(peer));

  // The network.
  const protocols = [{ name: PROTOCOL, legacy: false }, { name: LEGACY_PROTOCOL, legacy: true }];
  const host: Host = await startHost(
    {
      key,
      port: settings.port,
      listen: extras.listen,
      connectionKey: group.connectionKey,
      maximumPeers: settings.maximum_peers,
      maximumPeersPerHost: settings.maximum_peers_per_host,
      newConnectionsPerSecond: extras.newConnectionsPerSecond,
      addressAllowed: (ip) => ready && isLocal(ip, dialler.interfaces(), loopback) && manners.exile(ip, now()) === 0,
      peerAllowed: welcome,
    },
    protocols.slice(0, settings.slips_compatibility ? 2 : 1),
    {
      stream(protocol, peer, ip, stream, connection) {
        if (protocol === LEGACY_PROTOCOL) legacy.stream(peer, ip, stream);
        else sessions.attach(peer, ip, stream, connection, peer);
      },
      connected: (peer) => void silent.set(peer, now()),
      disconnected(peer) {
        silent.delete(peer);
        legacy.gone(peer);
        book.disconnected(peer, now());
      },
    },
  );
  const book = createAddressBook({ self: host.peer, days: settings.remember_days });
  book.restore(kept.peers(), wall(), now());
  const dialler: Dialler = createDialler({
    key,
    group,
    host,
    book,
    names: settings.interfaces,
    loopback,
    ipv6: settings.ipv6 === "always" ? "always" : "auto",
    maximumPeers: settings.maximum_peers,
    welcome,
    connectedPeers: () => sessions.open().length + legacy.peers().length,
  }, {
    async dialled(peer, ip, connection) {
      if (sessions.has(peer)) return;
      try {
        sessions.attach(peer, ip, await host.open(connection, PROTOCOL), connection, host.peer);
      } catch {
        if (settings.slips_compatibility && await legacy.greet(peer, ip)) return;
        // It speaks something else.
        book.failed(peer, now());
        host.cut(peer);
      }
    },
    moved(why) {
      log(`The machine has ${why === "slept" ? "slept" : "another network"}: looking for everybody anew.`);
      // What stood before the sleep is dead at the other end; finding that out by waiting takes longer than a new hello.
      if (why === "slept") { for (const { peer } of sessions.open()) host.cut(peer); }
      protectOurselves();
    },
    left: (peer) => book.disconnected(peer, now()),
    packet: (message, from) => legacy.packet(message, from, dialler, host),
    warning: warn,
  });

  function protectOurselves(): void {
    for (const ip of ownAddresses(dialler.interfaces())) trust.protect(ip, "this machine");
  }
  protectOurselves();
  ready = true;

  // What is due.
  function save(): void {
    saved = now();
    kept.save(trust, book, findings);
  }

  const counters = (): Record<string, number> => ({
    peers: sessions.open().length + legacy.peers().length,
    findings: findings.size,
    ...asker.counters(),
    ...dialler.counters(),
    ...trust.counters(),
  });

  const timer = setInterval(() => {
    const time = now();
    asker.tick(time);
    if (time - second < 1) return;
    second = time;
    const at = wall();
    dialler.tick(time, at);
    sessions.tick(time);
    judging.tick(at);
    legacy.tick(dialler);
    for (const [peer, since] of silent) {
      if (time - since < SILENT_CONNECTION) continue;
      silent.delete(peer);
      if (!sessions.has(peer) && !legacy.peers().includes(peer)) host.cut(peer);
    }
    if (time - saved >= SAVE_INTERVAL) save();
    if (time - counted >= COUNT_INTERVAL) {
      counted = time;
      tell({ say: "counters", counters: counters() });
    }
  }, extras.tick ?? TICK);
  dialler.tick(now(), wall());
  tell({ say: "ready", peer: host.peer, port: host.port });

  /** Takes a finding back, here and at all others. */
  function retract(indicator: Indicator): boolean {
    const told = findings.retract(indicator);
    if (told) sessions.broadcast({ type: "retract", indicator });
    return told;
  }

  return {
    id: host.peer,
    port: host.port,
    seen(addresses) {
      const at = wall();
      for (const address of addresses) {
        const indicator = readIndicator("ip", address);
        if (indicator === undefined || isOwn(indicator.value)) continue;
        judging.seen(indicator.value, at);
        if (settings.ask) asker.ask(indicator, now());
        else judging.decide(indicator, at);
      }
    },
    found(finding, share) {
      const { indicator } = finding;
      // What our own machine does we settle ourselves.
      if (indicator.kind === "ip" && isOwn(indicator.value)) return;
      const at = wall();
      judging.found(finding, share, at);
      const news = findings.note(finding, at);
      const judgement = news === undefined ? undefined : findings.judgement(indicator, at);
      if (news === undefined || judgement === undefined) return;
      const told = sessions.broadcast({ type: news, indicator, judgement });
      legacy.tell(news, indicator, judgement);
      const heard = told + legacy.peers().length;
      if (heard === 0) findings.unheard(indicator);
      log(`${news} about ${indicator.value} to ${heard} peers`);
    },
    protect: (ip, reason) => trust.protect(ip, reason),
    met: (peer, addresses, port) => dialler.found(peer, addresses, port),
    dial: dialler.dial,
    command(command, words) {
      const parts = { book, sessions, trust, findings, counters, wall, ask: askAndWait, retract, cut: host.cut };
      return runCommand({ self: host.peer, group: settings.group, port: host.port, ...parts }, command, words)
        // The user's word must not be lost.
        .finally(() => void ((command === "trust" || command === "distrust") && save()));
    },
    counters,
    async stop() {
      clearInterval(timer);
      sessions.closeAll();
      await Promise.all([legacy.goodbye(), dialler.stop()]);
      save();
      // Connections that are being opened may keep it waiting for their timeouts.
      await Promise.race([host.stop(), new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT))]);
    },
  };
}
