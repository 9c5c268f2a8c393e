// The experiments of the thesis behind Fides, from their parameters: eight peers who behave in one of four ways, two
// targets, 200 clicks; traitors turn at click 50.

import {
  fidesAggregate,
  type FidesAggregation,
  fidesGrade,
  fidesServiceTrust,
  type FidesStrategy,
  HISTORY_MAX,
  type Interaction,
} from "../../p2p/trust/formula/fides.ts";
import { createTrust } from "../../p2p/trust/trust.ts";
import { type Random, random } from "./random.ts";

const CLICKS = 200;
const TURN = 50;
const PRE_TRUSTED = 0.95;

/** Confident and correct, uncertain, confident and incorrect, malicious after a time of good behaviour. */
export type Behaviour = "CC" | "UP" | "CI" | "MA";

/** How trustworthy each behaviour is, for `pbdp`. */
const WORTH: Readonly<Record<Behaviour, number>> = { CC: 0.95, UP: 0.5, CI: 0.1, MA: 0.05 };

export interface Mix {
  readonly name: string;
  readonly peers: readonly Behaviour[];
  /** Of these, so many are trusted beforehand, the first ones. */
  readonly preTrusted: number;
}

const repeat = (behaviour: Behaviour, count: number): Behaviour[] => Array.from({ length: count }, () => behaviour);

export const MIXES: readonly Mix[] = [
  { name: "25 % correct (pre-trusted), 75 % traitors", peers: [...repeat("CC", 2), ...repeat("MA", 6)], preTrusted: 2 },
  { name: "25 % correct, 75 % traitors", peers: [...repeat("CC", 2), ...repeat("MA", 6)], preTrusted: 0 },
  { name: "50 % correct, 50 % traitors", peers: [...repeat("CC", 4), ...repeat("MA", 4)], preTrusted: 0 },
  { name: "75 % correct, 25 % traitors", peers: [...repeat("CC", 6), ...repeat("MA", 2)], preTrusted: 0 },
  {
    name: "50 % correct (half pre-trusted), 25 % uncertain, 25 % traitors",
    peers: [...repeat("CC", 4), ...repeat("UP", 2), ...repeat("MA", 2)],
    preTrusted: 2,
  },
];

export interface Variant {
  readonly name: string;
  readonly strategy: FidesStrategy;
  readonly aggregation: FidesAggregation;
  readonly initial: number;
}

export const VARIANTS: readonly Variant[] = [
  { name: "even, average", strategy: "even", aggregation: "average", initial: 0.5 },
  { name: "distance, average", strategy: "distance", aggregation: "average", initial: 0.5 },
  { name: "distance, average, strangers 0", strategy: "distance", aggregation: "average", initial: 0 },
  { name: "threshold 0.5, average", strategy: "threshold", aggregation: "average", initial: 0.5 },
  { name: "max confidence, average", strategy: "max_confidence", aggregation: "average", initial: 0.5 },
  { name: "distance, weighted", strategy: "distance", aggregation: "weighted_average", initial: 0.5 },
];

export interface FidesResult {
  /** Mean distance of the score from the truth (-1 or 1) while the traitors lie: 0 best, 1 knows nothing, 2 worst. */
  tdp: number;
  /** Mean distance of the trust in peers from their worth, while the traitors lie. */
  pbdp: number;
  /** Clicks with the wrong sign, of the first target. */
  wrong: number;
}

/** What a peer says of a target whose truth is -1 or 1: score and confidence. */
function answer(behaviour: Behaviour, truth: number, click: number, chance: Random): [number, number] {
  const clip = (value: number, low: number): number => Math.min(1, Math.max(low, value));
  const draw = (score: number, spread: number, confidence: number, uncertainty: number): [number, number] => [
    clip(chance.normal(score, spread), -1),
    clip(chance.normal(confidence, uncertainty), 0),
  ];
  switch (behaviour) {
    case "CC":
      return draw(0.9 * truth, 0.1, 0.9, 0.1);
    case "UP":
      return draw(0, 0.8, 0.3, 0.2);
    case "CI":
      return draw(-0.8 * truth, 0.2, 0.8, 0.2);
    case "MA":
      return draw(click < TURN ? 0.9 * truth : -0.9 * truth, 0.1, 0.9, 0.1);
  }
}

/** Fides in one mix. */
export function fidesResult(mix: Mix, variant: Variant, seed: number): FidesResult {
  const chance = random(seed, `fides ${mix.name} ${variant.name}`);
  const peers = mix.peers.map((behaviour, i) => ({
    behaviour,
    fixed: i < mix.preTrusted,
    history: [{ satisfaction: 1, weight: 0.1 }] as Interaction[],
    trust: i < mix.preTrusted ? PRE_TRUSTED : variant.initial,
  }));
  const sums = { tdp: 0, pbdp: 0, wrong: 0 };
  for (let click = 0; click < CLICKS; click++) {
    for (const [target, truth] of [-1, 1].entries()) {
      const answers = peers.map(({ behaviour, trust }) => {
        const [score, confidence] = answer(behaviour, truth, click, chance);
        return { score, confidence, trust };
      });
      const network = fidesAggregate(answers, variant.aggregation);
      for (const [i, peer] of peers.entries()) {
        const satisfaction = fidesGrade(variant.strategy, answers[i]!, network, undefined, 0.5);
        peer.history.push({ satisfaction, weight: 1 });
        if (peer.history.length > HISTORY_MAX) peer.history.shift();
        if (!peer.fixed) peer.trust = fidesServiceTrust(peer.history, variant.initial);
      }
      if (click < TURN) continue;
      sums.tdp += Math.abs(truth - network.score) / (2 * (CLICKS - TURN));
      if (target === 0 && network.score * truth < 0) sums.wrong++;
    }
    if (click < TURN) continue;
    for (const { behaviour, trust } of peers) {
      sums.pbdp += Math.abs(WORTH[behaviour] - trust) / peers.length / (CLICKS - TURN);
    }
  }
  return sums;
}

/**
 * Our model in one mix, measured by its decision (1 harmless, -1 attacker, 0 undecided). `own`: whether our own detection
 * sees the targets, an alert on the one at click 25, the other quiet; without it there is no ground truth at all, and the
 * right answer to liars is not to decide.
 */
export function ourResult(mix: Mix, own: boolean, seed: number): FidesResult {
  const chance = random(seed, `ours ${mix.name} ${own}`);
  const trust = createTrust("smartshield");
  const ids = mix.peers.map((_, i) => `peer ${i}`);
  for (const [i, id] of ids.entries()) {
    trust.peerSeen(id, { address: `10.0.0.${i + 1}`, subnet: "10.0.0.0/24", at: 0 });
    if (i < mix.preTrusted) trust.vouch(id, { trust: PRE_TRUSTED });
  }
  const sums = { tdp: 0, pbdp: 0, wrong: 0 };
  for (let click = 0; click < CLICKS; click++) {
    const at = click * 3600;
    for (const [target, truth] of [-1, 1].entries()) {
      const ip = `192.0.2.${target}`;
      for (const [i, behaviour] of mix.peers.entries()) {
        const [score, confidence] = answer(behaviour, truth, click, chance);
        trust.claim(ids[i]!, ip, { kind: "opinion", id: `${click}`, score: (1 - score) / 2, confidence, at });
      }
      const decided = trust.decide(ip, at);
      if (own) trust.ownDetection(ip, { kind: truth < 0 && click === 25 ? "attack" : "quiet" }, at + 1800);
      if (click < TURN) continue;
      const known = own && truth > 0 && click > 24;
      const says = decided.decision === "attacker" ? -1 : known ? 1 : decided.byPeers ? -1 : 0;
      sums.tdp += Math.abs(truth - says) / (2 * (CLICKS - TURN));
      if (target === 0 && says * truth < 0) sums.wrong++;
    }
    if (click < TURN) continue;
    for (const [i, behaviour] of mix.peers.entries()) {
      sums.pbdp += Math.abs(WORTH[behaviour] - trust.trust(ids[i]!, at)) / ids.length / (CLICKS - TURN);
    }
  }
  return sums;
}
