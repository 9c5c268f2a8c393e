// Small questions with one number for an answer: how fast a traitor falls and comes back, what one peer, many identities
// and new names are worth.

import { campaign } from "./campaign.ts";
import { LIES } from "./liars.ts";
import { createTrust } from "../../p2p/trust/trust.ts";
import type { ModelName, Trust } from "../../p2p/trust/contract.ts";

const PERIOD = 3600;
const TRAITOR = "traitor";

/** Says something about a host that nobody knows yet, and lets the truth come out. */
function graded(trust: Trust, peers: readonly string[], host: string, at: number, say: (peer: string) => number): void {
  for (const peer of peers) {
    trust.claim(peer, host, { kind: "opinion", id: host, score: say(peer), confidence: 0.95, at });
  }
  trust.decide(host, at);
  trust.ownDetection(host, { kind: "attack" }, at + PERIOD / 2);
}

/** The trust in a traitor among five honest peers after each step: 60 right warnings, 20 lies, 60 right warnings. */
export function traitor(model: ModelName): number[] {
  const trust = createTrust(model);
  const peers = ["a", "b", "c", "d", "e", TRAITOR];
  for (const [i, peer] of peers.entries()) {
    trust.peerSeen(peer, { address: `10.0.0.${i + 2}`, subnet: "10.0.0.0/24", at: 0 });
  }
  const course: number[] = [];
  for (let step = 0; step < 140; step++) {
    const at = 100_000 + step * PERIOD;
    const lies = step >= 60 && step < 80;
    graded(trust, peers, `host ${step}`, at, (peer) => peer === TRAITOR && lies ? 0 : 1);
    course.push(trust.trust(TRAITOR, at + PERIOD));
  }
  return course;
}

/** Lies until the trust of step 59 is halved, and right warnings until it is back there; Infinity for never. */
export function fallAndRise(course: readonly number[]): { fall: number; rise: number } {
  const half = course[59]! / 2;
  const fall = course.slice(60, 80).findIndex((trust) => trust <= half);
  if (fall < 0) return { fall: Infinity, rise: Infinity };
  const rise = course.slice(80).findIndex((trust) => trust > half);
  return { fall: fall + 1, rise: rise < 0 ? Infinity : rise + 1 };
}

/** What k identities on one host that lie about one IP do to the network's score of it, beside three honest machines. */
export function sybilScore(model: ModelName, identities: number, earned: boolean): number {
  const trust = createTrust(model, { newcomer_age: 0 });
  const honest = ["a", "b", "c"];
  const sybils = Array.from({ length: identities }, (_, i) => `sybil ${i}`);
  for (const [i, peer] of honest.entries()) {
    trust.peerSeen(peer, { address: `10.0.0.${i + 2}`, subnet: "10.0.0.0/24", at: 0 });
  }
  for (const peer of sybils) trust.peerSeen(peer, { address: "10.0.0.99", subnet: "10.0.0.0/24", at: 0 });
  // All of them are right for a while, the identities among them when they want to earn trust first.
  for (let step = 0; step < 30; step++) {
    graded(trust, earned ? [...honest, ...sybils] : honest, `host ${step}`, step * PERIOD, () => 1);
  }
  const at = 40 * PERIOD;
  for (const peer of honest) trust.claim(peer, "target", { kind: "opinion", id: "1", score: 0.1, confidence: 0.9, at });
  for (const peer of sybils) trust.claim(peer, "target", { kind: "opinion", id: "1", score: 1, confidence: 1, at });
  return trust.aggregate("target", at).score;
}

/** Accuracy lost when one of ten honest peers turns into a liar, and gained by liars who change their names. */
export function influences(rounds: number, seed: number): {
  onePeer: Record<string, number>;
  newNames: Record<string, number>;
} {
  const lie = (name: string) => LIES.find((one) => one.name === name)!;
  const accuracies = (name: string, liars: number): Record<string, number> =>
    Object.fromEntries(
      [...campaign({ lie: lie(name), liars, rounds, seed })].map(([who, t]) => [who, t.right / t.decisions]),
    );
  const honest = accuracies("collusion", 0), one = accuracies("collusion", 0.1);
  const same = accuracies("collusion", 0.6), renamed = accuracies("whitewashing", 0.6);
  const difference = (a: Record<string, number>, b: Record<string, number>) =>
    Object.fromEntries(Object.keys(a).map((who) => [who, a[who]! - b[who]!]));
  return { onePeer: difference(honest, one), newNames: difference(same, renamed) };
}
