// The experiments of the thesis behind Slips' local trust model, from their parameters: an observer and nine peers, one
// device that attacks, one that does not, 20 rounds, everybody with the same simple detector.

import {
  dovecotAggregate,
  dovecotLocal,
  type DovecotOpinion,
  dovecotPrediction,
} from "../../p2p/trust/formula/dovecot.ts";
import { createTrust } from "../../p2p/trust/trust.ts";
import type { Trust } from "../../p2p/trust/contract.ts";

const ROUNDS = 20;
const PEERS = 9;
/** The observer is attacked from this round on. */
const OBSERVER_FROM = 10;
/** Liars who attack the observer as well begin in this round. */
const LIARS_ATTACK_FROM = 5;
const PERIOD = 3600;

/** Whether the device attacks this peer (1..9) in this round. */
type Victims = (peer: number, round: number) => boolean;

export interface SetUp {
  readonly id: string;
  readonly victims: Victims;
  readonly liars: number;
  /** What a liar says: everybody is good, or worse, the innocent device is bad. */
  readonly lie: "praise" | "badmouth";
  readonly liarsAttack?: boolean;
}

const ALL: Victims = () => true;
const STAGGERED: Victims = (peer, round) => Math.abs(peer - round) <= 1;
const upTo = (count: number): Victims => (peer) => peer <= count;

/** The set-ups; 3c has so many liars among the peers and five victims. */
export const SET_UPS: readonly SetUp[] = [
  { id: "2a", victims: ALL, liars: 0, lie: "praise" },
  { id: "2b", victims: STAGGERED, liars: 0, lie: "praise" },
  ...[1, 5, 9].map((v) => ({ id: `2c, ${v} victims`, victims: upTo(v), liars: 0, lie: "praise" as const })),
  ...[3, 5, 7, 9].map((liars) => ({ id: `3a, ${liars} liars`, victims: ALL, liars, lie: "praise" as const })),
  ...[3, 5, 9].map((liars) => ({ id: `3b, ${liars} liars`, victims: STAGGERED, liars, lie: "praise" as const })),
  ...[3, 5].map((liars) => ({ id: `3c, ${liars} liars`, victims: upTo(5), liars, lie: "praise" as const })),
  ...[1, 3, 4, 5, 7, 8, 9].map((liars) => ({
    id: `4a, ${liars} liars`,
    victims: ALL,
    liars,
    lie: "badmouth" as const,
  })),
  ...[1, 3, 5, 7, 9].map((liars) => ({
    id: `5a, ${liars} liars`,
    victims: ALL,
    liars,
    lie: "badmouth" as const,
    liarsAttack: true,
  })),
];

const NOTHING: DovecotOpinion = { score: 0, confidence: 0 };
const GOOD: DovecotOpinion = { score: 1, confidence: 1 };
const BAD: DovecotOpinion = { score: -1, confidence: 1 };

/** What is known in one round: the observer's own opinions and what the peers say, of both devices. */
interface Round {
  own: Record<Device, DovecotOpinion>;
  said: { peer: number; of: Record<Device, DovecotOpinion> }[];
  /** The observer's opinion of its peers, by number. */
  ofPeers: DovecotOpinion[];
  attacked: boolean;
}
type Device = "attacker" | "innocent";
const DEVICES: readonly Device[] = ["attacker", "innocent"];

const isLiar = (setUp: SetUp, peer: number): boolean => peer > PEERS - setUp.liars;

/** Plays a set-up: what happens and is said, round by round. */
function* rounds(setUp: SetUp): Generator<Round> {
  const own = { attacker: NOTHING, innocent: NOTHING };
  const peers = Array.from({ length: PEERS }, () => ({ attacker: NOTHING, innocent: NOTHING }));
  const ofPeers = Array.from({ length: PEERS + 1 }, () => NOTHING);
  for (let round = 0; round < ROUNDS; round++) {
    const attacked = round >= OBSERVER_FROM;
    own.attacker = dovecotLocal(own.attacker, attacked);
    own.innocent = dovecotLocal(own.innocent, false);
    for (const [i, opinion] of peers.entries()) {
      opinion.attacker = dovecotLocal(opinion.attacker, setUp.victims(i + 1, round));
      opinion.innocent = dovecotLocal(opinion.innocent, false);
      const attacks = setUp.liarsAttack === true && isLiar(setUp, i + 1) && round >= LIARS_ATTACK_FROM;
      ofPeers[i + 1] = dovecotLocal(ofPeers[i + 1]!, attacks);
    }
    const said = peers.map((opinion, i) => ({
      peer: i + 1,
      of: isLiar(setUp, i + 1) ? { attacker: GOOD, innocent: setUp.lie === "badmouth" ? BAD : GOOD } : { ...opinion },
    }));
    yield { own: { ...own }, said, ofPeers: [...ofPeers], attacked };
  }
}

/** Accuracy of the thesis' decision rule: attacker when the prediction is below `threshold`. */
export function dovecotAccuracy(setUp: SetUp, threshold: number, ownShare: number): number {
  let right = 0;
  for (const { own, said, ofPeers } of rounds(setUp)) {
    for (const device of DEVICES) {
      const network = dovecotAggregate(said.map(({ peer, of }) => ({
        reportScore: of[device].score,
        reportConfidence: of[device].confidence,
        reliability: 1,
        ...ofPeers[peer]!,
      })));
      const attacker = dovecotPrediction(network, own[device], ownShare) < threshold;
      if (attacker === (device === "attacker")) right++;
    }
  }
  return right / (2 * ROUNDS);
}

/** The best accuracy over the thesis' grid: threshold -1 … 1, share 0 … 1, in tenths. */
export function bestDovecotAccuracy(setUp: SetUp): number {
  let best = 0;
  for (let t = -10; t <= 10; t++) {
    for (let w = 0; w <= 10; w++) best = Math.max(best, dovecotAccuracy(setUp, t / 10, w / 10));
  }
  return best;
}

export interface OursResult {
  accuracy: number;
  /** Rounds in which the innocent device would have been blocked. */
  falseBlocks: number;
}

/**
 * Our model in a set-up. `graded`: before it, 80 rounds in which hosts come that later turn out to attack the observer or
 * not, while the liars already lie the way they will.
 */
export function ourAccuracy(setUp: SetUp, graded: boolean): OursResult {
  const trust = createTrust("smartshield", { decision_period: PERIOD });
  for (let peer = 1; peer <= PEERS; peer++) {
    trust.peerSeen(`peer ${peer}`, { address: `10.0.0.${peer}`, subnet: "10.0.0.0/24", at: 0 });
  }
  const from = graded ? warmUp(trust, setUp) : 0;
  let right = 0, falseBlocks = 0, round = from;
  for (const { said, attacked } of rounds(setUp)) {
    const at = round * PERIOD;
    for (const device of DEVICES) {
      const kind = device === "attacker" && attacked ? "attack" as const : "quiet" as const;
      for (const { peer, of } of said) {
        const { score, confidence } = of[device];
        const id = `${round} ${device}`;
        trust.claim(`peer ${peer}`, device, { kind: "opinion", id, score: (1 - score) / 2, confidence, at });
      }
      trust.ownDetection(device, { kind }, at);
      const decision = trust.decide(device, at);
      if ((decision.decision === "attacker") === (device === "attacker")) right++;
      if (device === "innocent" && decision.mayBlock) falseBlocks++;
    }
    round++;
  }
  return { accuracy: right / (2 * ROUNDS), falseBlocks };
}

/** Rounds of grading; each brings a host, an attacker every second time. Returns the first round after them. */
function warmUp(trust: Trust, setUp: SetUp): number {
  const length = 80, quietRounds = 26, warning = 6;
  for (let round = 0; round < length + quietRounds; round++) {
    const at = round * PERIOD;
    for (let host = Math.max(0, round - quietRounds); host <= Math.min(round, length - 1); host++) {
      const attacks = host % 2 === 0, ip = `host ${host}`;
      if (attacks && round > host + warning) continue;
      for (let peer = 1; peer <= PEERS; peer++) {
        const honest = { score: attacks ? 0.95 : 0, confidence: attacks ? 0.9 : 0.2 };
        const lie = { score: setUp.lie === "badmouth" && !attacks ? 1 : 0, confidence: 1 };
        const said = isLiar(setUp, peer) ? lie : honest;
        trust.claim(`peer ${peer}`, ip, { kind: "opinion", id: `${round}`, ...said, at });
      }
      trust.decide(ip, at);
      trust.ownDetection(ip, { kind: attacks && round === host + warning ? "attack" : "quiet" }, at + PERIOD / 2);
    }
  }
  return length + quietRounds;
}

/** Accuracy of the local detector alone. */
export function localAccuracy(setUp: SetUp): number {
  return dovecotAccuracy(setUp, 0, 1);
}
