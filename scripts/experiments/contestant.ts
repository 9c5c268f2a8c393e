// Who is compared: local-only detection and trust models, all hearing the same messages and seeing the same traffic.

import { createTrust } from "../../p2p/trust/trust.ts";
import type { Aggregate, Claim, Trust, Verdict } from "../../p2p/trust/contract.ts";

export interface Contestant {
  readonly name: string;
  readonly trust: Trust | undefined;
  /** IPs on which an own alert was raised. */
  readonly alerted: Set<string>;
}

/** Names of the contestants, in the order of tables. */
export const CONTESTANTS = ["local-only", "dovecot", "fides", "fides, anchored", "smartshield"] as const;
/** Ours with peers that may get hosts blocked: three honest ones that the user named, or whoever earned it. */
export const BLOCKERS = ["smartshield, vouched", "smartshield, earned"] as const;
export type ContestantName = typeof CONTESTANTS[number] | typeof BLOCKERS[number];

/** Share of the peers that `fides, anchored` is told to trust: the share with which its thesis recommends it. */
export const ANCHORED = 0.25;

/** `anchors`: honest peers that the user could name. */
export function contestant(name: ContestantName, anchors: readonly string[]): Contestant {
  const limits = { answers_per_second: 1000, reports_per_minute: 1000 };
  const models = {
    "local-only": () => undefined,
    dovecot: () => createTrust("dovecot", limits),
    // As it is shipped.
    fides: () => createTrust("fides", { ...limits, fides_strategy: "threshold" }),
    "fides, anchored": () => {
      const trust = createTrust("fides", { ...limits, fides_initial_reputation: 0 });
      for (const id of anchors) trust.vouch(id, { trust: 0.95, enforced: true });
      return trust;
    },
    smartshield: () => createTrust("smartshield"),
    "smartshield, vouched": () => {
      const trust = createTrust("smartshield");
      for (const id of anchors.slice(0, 3)) trust.vouch(id, { trust: 1 });
      return trust;
    },
    "smartshield, earned": () => createTrust("smartshield", { block_voices_from: "earned" }),
  };
  return { name, trust: models[name](), alerted: new Set() };
}

export function tell(who: Contestant, peer: string, ip: string, claim: Claim): void {
  who.trust?.claim(peer, ip, claim);
}

export function see(who: Contestant, ip: string, verdict: Verdict, at: number): void {
  if (verdict.kind === "attack") who.alerted.add(ip);
  who.trust?.ownDetection(ip, verdict, at);
}

/** A decision of this contestant. */
export interface Decision {
  attacker: boolean;
  /** The peers' word alone would get the host blocked. */
  blocks: boolean;
}

/**
 * Decides about an IP. The reference blocks whatever its peers blame, so for its models each decision made by peers counts
 * as a block.
 */
export function decide(who: Contestant, ip: string, at: number): Decision {
  const alerted = who.alerted.has(ip);
  if (who.trust === undefined) return { attacker: alerted, blocks: false };
  const answer: Aggregate = who.trust.decide(ip, at);
  const blocks = who.trust.model === "smartshield" ? answer.mayBlock : answer.byPeers;
  return { attacker: answer.decision === "attacker", blocks: blocks && !alerted };
}
