// The peer network as the run sees it: hosts and findings go in, evidence and logs come out. The peer itself lives in a
// thread of its own (p2p/); this is main's side of it.

import { join } from "node:path";
import { opinionFinding, peers as DETECTOR, reportFinding } from "../detectors/peers.ts";
import type { PeerList } from "../p2p/commands.ts";
import type { OwnFinding } from "../p2p/findings.ts";
import { readIndicator } from "../p2p/indicator.ts";
import type { FromPeer, PeerReport } from "../p2p/messages.ts";
import { createTokenBucket } from "../p2p/protocol/token-bucket.ts";
import type { P2pSettings } from "../p2p/settings.ts";
import { startPeerThread } from "../p2p/thread.ts";
import type { Aggregate } from "../p2p/trust/contract.ts";
import type { TrustSettings } from "../p2p/trust/settings.ts";
import type { Alert, Evidence, Finding, Party, ThreatLevel, WhitelistMark } from "./evidence/evidence.ts";
import { THREAT_LEVELS } from "./evidence/evidence.ts";
import { contentUuid } from "./evidence/identity.ts";
import { type DailyLog, openDailyLog } from "./export/daily-log.ts";
import { isoTime, plainText } from "./export/text.ts";
import { BoundedMap } from "./profile/bounded-map.ts";
import { windowNumber } from "./profile/window.ts";
import type { Facts } from "./store/messages.ts";
import { resolvers, secretOf } from "./peer-settings.ts";
import { makeStateDirectory } from "./state-directory.ts";
import { PEER_URL } from "./thread-urls.ts";

export interface PeersOptions {
  readonly settings: P2pSettings;
  readonly trust: TrustSettings;
  /** The state directory. */
  readonly state: string;
  /** The output directory, for the logs. */
  readonly output: string;
  readonly windowWidth: number;
  /** Unix seconds of the first record of the run; NaN before it. */
  readonly origin: () => number;
  /** Stream time, Unix seconds; NaN before the first record. */
  readonly clock: () => number;
  /** The whitelist's mark on a finding. */
  readonly whitelistMark: (finding: Finding) => WhitelistMark | undefined;
}

export interface PeersEvents {
  evidence(evidence: Evidence): void;
  warning(sentence: string): void;
  log(sentence: string): void;
}

export interface Peers {
  /** Hosts that appeared in the traffic. */
  hosts(addresses: readonly string[]): void;
  /** Whether evidence is about nothing but the agents' own conversations. */
  isOurTalk(evidence: Evidence): boolean;
  /** Evidence of our own detectors. */
  evidence(evidence: Evidence): void;
  alert(alert: Alert): void;
  protect(ip: string, reason: string): void;
  /** From now on what is known of peers, and what they say of hosts, is kept by this. */
  keepIn(keep: (facts: Facts) => void): void;
  /** A command of `smartshield peers`. */
  command(command: string, words: readonly string[]): Promise<unknown>;
  counters(): Readonly<Record<string, number>>;
  flush(): void;
  stop(): Promise<void>;
}

/**
 * Evidence that is not found by ourselves: what peers said, and what comes from lists that other agents have as well. Who
 * passed it on would make many voices out of one.
 */
function isHearsay({ type }: Evidence): boolean {
  return type in DETECTOR.raises || type.startsWith("threat_intelligence_") || type === "tor_exit_node" ||
    type === "ids_alert";
}

/** Findings that were told, so that a repetition is not told again. */
const TOLD = 10_000;
/** Addresses of peers that are remembered. */
const MET = 1024;
/** Findings that wait for the first record, without which there is no time window. */
const WAITING = 1000;
/** Reports that do not count, and retractions, written to the log: a second, and at once. */
const OTHERS_PER_SECOND = 0.2;
const OTHERS_AT_ONCE = 100;
/** An alert is meant as certain; a peer is told at least this much. */
const LEAST_ALERT_CONFIDENCE = 0.5;
/** Milliseconds between two tellings of who the peers are, and for the last one. */
const KEEP_INTERVAL = 60_000;
const LAST_WORD = 500;

/**
 * Starts the peer network.
 * @throws {InputError} when its settings cannot be used.
 */
export function startPeers(options: PeersOptions, events: PeersEvents): Peers {
  const { settings, trust } = options;
  const secret = secretOf(settings);
  const directory = makeStateDirectory(join(makeStateDirectory(options.state), "p2p"));
  const wall = (): number => Date.now() / 1000;
  const daily = (name: string): DailyLog => openDailyLog(join(options.output, name), wall, events.warning);
  const reports = daily("p2p_reports.log");
  const chatter = settings.log ? daily("p2p.log") : undefined;
  const told = new BoundedMap<string, ThreatLevel>(TOLD);
  const met = new BoundedMap<string, true>(MET);
  const others = createTokenBucket(OTHERS_PER_SECOND, OTHERS_AT_ONCE);
  let waiting: Finding[] = [];
  let counters: Readonly<Record<string, number>> = {};
  let raised = 0;
  let stopped: Promise<void> | undefined;

  let keep: ((facts: Facts) => void) | undefined;
  let keeping: ReturnType<typeof setInterval> | undefined;

  async function keepPeers(): Promise<void> {
    const { peers } = await thread.command("list", []) as PeerList;
    keep?.({
      peers: peers.map(({ peer, address, trust, connected, since }) => ({ peer, address, trust, connected, since })),
    });
  }
  /** What can wait no longer is not waited for: the next time will do. */
  const keepPeersNow = (): Promise<void> => keepPeers().catch(() => {});

  /** Who the peers were in the end; but nobody waits long for that. */
  async function lastWord(): Promise<void> {
    if (keeping === undefined) return;
    clearInterval(keeping);
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([keepPeersNow(), new Promise((resolve) => timer = setTimeout(resolve, LAST_WORD))]);
    clearTimeout(timer);
  }

  function judged(opinion: Aggregate): void {
    const { ip, score, confidence, voices } = opinion;
    if (voices > 0) keep?.({ opinions: [{ ip, score, confidence, voices, at: wall() }] });
    raise(opinionFinding(ip, opinion, now()), ip);
  }

  function raise(finding: Finding | undefined, key: string): void {
    if (finding === undefined) return;
    const origin = options.origin();
    if (Number.isNaN(origin)) {
      if (waiting.length < WAITING) waiting.push(finding);
      return;
    }
    const window = windowNumber({ origin, width: options.windowWidth }, finding.timestamp!);
    const before = told.get(`${key} ${window}`);
    // Once in a window, and again when it has become worse.
    if (before !== undefined && THREAT_LEVELS[before] >= THREAT_LEVELS[finding.threat]) return;
    told.set(`${key} ${window}`, finding.threat);
    raised++;
    events.evidence(evidenceOf(finding, window, options.whitelistMark(finding)));
  }

  /** Peers have no part in stream time: what they say now is said at the newest time of the traffic. */
  function now(): number {
    const clock = options.clock();
    return Number.isFinite(clock) ? clock : wall();
  }

  function heard(data: Extract<FromPeer, { say: "report" }>): void {
    const { report, opinion } = data;
    // What counts is bounded by the trust model; of the rest so much is written that one sees it.
    if (report.reception === "taken" && report.kind !== "retract" || others.take(wall())) {
      reports.line(reportLine(report));
    }
    const { indicator, kind, reception } = report;
    if (indicator.kind !== "ip" || kind === "retract" || reception !== "taken") return;
    const { score, confidence } = report.judgement;
    const word = { ...report, blames: kind === "blame", score, confidence };
    raise(reportFinding(indicator.value, word, opinion.byPeers, now()), `${indicator.value} ${report.peer} ${kind}`);
    judged(opinion);
  }

  const thread = startPeerThread(PEER_URL, {
    settings,
    trust,
    secret,
    directory,
    protected: resolvers().map((ip) => [ip, "our DNS server"] as const),
  }, {
    event(data) {
      switch (data.say) {
        case "ready":
          events.log(`Peers can reach this agent at TCP port ${data.port}; its id is ${data.peer}.`);
          break;
        case "warning":
          events.warning(data.sentence);
          break;
        case "log":
          chatter?.line(`${isoTime(wall())} ${plainText(data.line)}`);
          break;
        case "met":
          met.set(data.address, true);
          break;
        case "report":
          heard(data);
          break;
        case "opinion": {
          const { indicator, opinion, asked, answered } = data;
          if (opinion.voices > 0) {
            const { score, confidence, voices } = opinion;
            const weight = `score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}, ${voices} voices`;
            chatter?.line(
              `${isoTime(wall())} ${answered} of ${asked} peers answered about ${
                plainText(indicator.value)
              }: ${weight}`,
            );
          }
          if (indicator.kind === "ip") judged(opinion);
          break;
        }
        case "counters":
          counters = data.counters;
          break;
      }
    },
    failed(sentence) {
      events.warning(`There is no peer network: ${sentence}`);
    },
    warning: events.warning,
  });

  return {
    hosts(addresses) {
      thread.seen(addresses);
      const held = waiting;
      waiting = [];
      for (const finding of held) raise(finding, `${finding.profile} ${finding.description}`);
    },
    isOurTalk({ proto, dst_port, attacker, victim }) {
      if (proto !== "tcp" || dst_port !== settings.port) return false;
      return met.has(attacker.value) || (victim !== undefined && met.has(victim.value));
    },
    evidence(evidence) {
      if (evidence.whitelisted !== undefined || isHearsay(evidence)) return;
      const finding = ownFinding(evidence.attacker, THREAT_LEVELS[evidence.threat], evidence.confidence, false);
      if (finding !== undefined) thread.found(finding, THREAT_LEVELS[evidence.threat] * evidence.confidence);
    },
    alert({ profile, confidence }) {
      const party: Party = { direction: "src", kind: "ip", value: profile };
      const finding = ownFinding(party, 1, Math.max(LEAST_ALERT_CONFIDENCE, confidence), true);
      if (finding !== undefined) thread.found(finding, 1);
    },
    protect: thread.protect,
    keepIn(keepBy) {
      keep = keepBy;
      keeping = setInterval(keepPeersNow, KEEP_INTERVAL);
    },
    command: thread.command,
    counters: () => ({ ...counters, evidence: raised }),
    flush() {
      reports.flush();
      chatter?.flush();
    },
    stop() {
      return stopped ??= lastWord().then(() => thread.stop()).then(() => {
        reports.close();
        chatter?.close();
      });
    },
  };
}

/**
 * What peers are told of a finding: on their scale, where 0.5 is undecided, a threat level of 0.2 is 0.6 and 1 is 1. Info is
 * told to nobody.
 */
function ownFinding({ kind, value }: Party, level: number, confidence: number, alert: boolean): OwnFinding | undefined {
  const indicator = level > 0 ? readIndicator(kind === "md5" ? "hash" : kind, value) : undefined;
  return indicator === undefined ? undefined : { indicator, score: 0.5 + level / 2, confidence, alert };
}

function evidenceOf(finding: Finding, window: number, mark: WhitelistMark | undefined): Evidence {
  const { type, threat, confidence, attacker, description } = finding;
  const timestamp = finding.timestamp!;
  const profile = finding.profile!;
  return {
    id: contentUuid([type, profile, window, timestamp, description]),
    type,
    detector: DETECTOR.name,
    threat,
    confidence: Math.min(1, Math.max(0, confidence)),
    attacker,
    victim: undefined,
    profile,
    hostname: undefined,
    window,
    timestamp,
    count: 1,
    count_before: 0,
    since: timestamp,
    victims: 0,
    mixed: false,
    uids: [],
    proto: undefined,
    src_port: undefined,
    dst_port: undefined,
    method: "Statistical",
    description,
    related: [],
    ...mark === undefined ? {} : { whitelisted: mark },
  };
}

/** One line for a person. */
function reportLine({ kind, at, peer, address, indicator, judgement, reception, trust }: PeerReport): string {
  const { score, confidence, age } = judgement;
  const what = kind === "retract"
    ? "takes back what it said of"
    : `${kind}s (score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}, ${Math.round(age)} s old)`;
  const outcome = reception === "taken"
    ? `weight ${trust.toFixed(2)}`
    : `not counted: ${reception.replaceAll("_", " ")}`;
  return `${isoTime(at)} ${peer} at ${plainText(address)} ${what} ${indicator.kind} ${
    plainText(indicator.value)
  }; ${outcome}`;
}
