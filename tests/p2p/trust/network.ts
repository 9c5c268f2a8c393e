// A small network of peers for the tests of trust: who is where, what they say, what we find out; an hour at a time.

import { createTrust } from "../../../p2p/trust/trust.ts";
import type { Claim, ModelName, Trust } from "../../../p2p/trust/contract.ts";
import type { TrustSettings } from "../../../p2p/trust/settings.ts";

export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const SUBNET = "192.168.1.0/24";

export interface Network {
  readonly trust: Trust;
  /** A peer on a machine of its own, or at this address. */
  meet(peer: string, address?: string): void;
  /** Lets hours pass. */
  pass(hours: number): void;
  now(): number;
  /** Each of these peers says something about an IP. */
  say(peers: readonly string[], ip: string, score: number, confidence?: number): void;
  blame(peers: readonly string[], ip: string): void;
  praise(peers: readonly string[], ip: string): void;
  /** An hour in which we see the host quiet, or attack us; decided about before. Returns the decision. */
  quietHour(ip: string): ReturnType<Trust["decide"]>;
  attacked(ip: string): void;
  /** These peers warn of so many attackers, each an hour before it attacks us. */
  earnTrust(peers: readonly string[], attackers?: number): void;
}

export function network(
  settings: Partial<Omit<TrustSettings, "model">> = {},
  model: ModelName = "smartshield",
): Network {
  const trust = createTrust(model, { newcomer_age: 0, ...settings });
  let now = 1_700_000_000, ids = 0, machines = 0, attackers = 0;
  const claim = (score: number, confidence: number): Claim => {
    return { kind: "opinion", id: `request ${ids++}`, score, confidence, at: now };
  };
  const self: Network = {
    trust,
    meet: (peer, address = `192.168.1.${++machines}`) => trust.peerSeen(peer, { address, subnet: SUBNET, at: now }),
    pass: (hours) => void (now += hours * HOUR),
    now: () => now,
    say: (peers, ip, score, confidence = 1) => {
      for (const peer of peers) trust.claim(peer, ip, claim(score, confidence));
    },
    blame: (peers, ip) => self.say(peers, ip, 1),
    praise: (peers, ip) => self.say(peers, ip, 0),
    quietHour: (ip) => {
      const decision = trust.decide(ip, now);
      trust.ownDetection(ip, { kind: "quiet" }, now + HOUR / 2);
      now += HOUR;
      return decision;
    },
    attacked: (ip) => trust.ownDetection(ip, { kind: "attack" }, now),
    earnTrust: (peers, count = 25) => {
      for (let i = 0; i < count; i++) {
        const ip = `203.0.113.${attackers++}`;
        self.blame(peers, ip);
        self.quietHour(ip);
        self.attacked(ip);
      }
    },
  };
  return self;
}
