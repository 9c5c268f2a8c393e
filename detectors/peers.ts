// What other agents on the local network say becomes evidence. It reads no record: main tells it what peers said, and what
// the trust model made of it (p2p/trust/), in live runs with peers. Only a word that the trust model follows is worth
// anything: what a peer alone says is told, at level info, and blocks nobody.

import type { Finding, Party, ThreatLevel } from "../agent/evidence/evidence.ts";
import { defineDetector } from "./contract.ts";

export const peers = defineDetector({
  name: "peers",
  summary: "What other agents on the local network say of a host, weighed by the trust that they earned",
  raises: {
    malicious_ip_from_p2p_network: {
      meaning:
        "Several agents on the local network that earned trust say, each from what it found itself, that this address " +
        "attacks. Your own detectors need not have seen anything yet.",
      threats: ["medium", "high"],
      techniques: [],
      falsePositives:
        "Agents that err together, for instance because all watch the same misbehaving but harmless scanner.",
      whatToDo:
        "Ask what is behind it with `smartshield peers ask` and the address, and look at the reports in p2p_reports.log. " +
        "If a peer is wrong, say `smartshield peers distrust` and its id; if the host is known, put it on the whitelist.",
    },
    p2p_report: {
      meaning:
        "Another agent on the local network reports, on its own account, that this address attacks. How sure it counts " +
        "depends on how often that agent was right before.",
      threats: ["info", "low"],
      techniques: [],
      falsePositives: "A peer that lies, or whose detectors are set more sensitively than yours.",
      whatToDo:
        "Nothing, as long as it stands alone. See what the peer is worth with `smartshield peers show` and its id, and " +
        "watch the address.",
    },
  },
  settings: {},
  on: {},
});

/** What the trust model makes of all that peers said about an address (the part of it that is needed here). */
export interface PeersOpinion {
  readonly score: number;
  readonly confidence: number;
  readonly independentTrustedVoices: number;
  readonly mayBlock: boolean;
  /** `info` unless the peers' word is followed. */
  readonly threat: ThreatLevel;
}

/** A peer's word about an address. */
export interface PeerWord {
  readonly peer: string;
  readonly address: string;
  readonly blames: boolean;
  readonly score: number;
  readonly confidence: number;
  /** How much the peer's word weighs, 0..1. */
  readonly trust: number;
}

/** The finding that several peers together make; undefined when their word is not followed. */
export function opinionFinding(ip: string, opinion: PeersOpinion, timestamp: number): Finding | undefined {
  const { threat, confidence, independentTrustedVoices: voices, mayBlock } = opinion;
  if (threat === "info" || confidence <= 0) return undefined;
  return {
    type: "malicious_ip_from_p2p_network",
    threat,
    confidence,
    attacker: attacker(ip),
    profile: ip,
    timestamp,
    uids: [],
    description: `${voices} trusted ${voices === 1 ? "peer says" : "peers say"} that ${ip} attacks${
      mayBlock ? ", which is enough to block it" : ""
    } (score ${opinion.score.toFixed(2)}, confidence ${confidence.toFixed(2)})`,
  };
}

/** The finding of one peer's word. It is worth something only if the trust model follows it; undefined when it accuses nobody. */
export function reportFinding(ip: string, word: PeerWord, followed: boolean, timestamp: number): Finding | undefined {
  const { peer, address, blames, score, confidence, trust } = word;
  if (score <= ACCUSES || confidence <= 0) return undefined;
  return {
    type: "p2p_report",
    threat: followed ? "low" : "info",
    confidence: confidence * trust,
    attacker: attacker(ip),
    profile: ip,
    timestamp,
    uids: [],
    description: `The peer ${peer} at ${address} ${blames ? "blames" : "reports"} ${ip} (score ${
      score.toFixed(2)
    }, confidence ${confidence.toFixed(2)}; its word weighs ${trust.toFixed(2)})`,
  };
}

/** Scores from here on accuse; at 0.5 a peer is undecided. */
const ACCUSES = 0.5;

function attacker(ip: string): Party {
  return { direction: "src", kind: "ip", value: ip };
}
