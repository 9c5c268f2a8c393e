// The ways to lie: what a dishonest peer says instead of what it knows. Attack taxonomy of the theses behind Dovecot and
// Fides, and some more.

import type { Random } from "./random.ts";

/** What a peer says about a host. Undefined: nothing. */
export interface Statement {
  score: number;
  confidence: number;
}

/** What a liar knows when it speaks. */
export interface Situation {
  /** Liars know the truth: they are with the attackers. */
  attacks: boolean;
  /** What an honest peer in its place would say. */
  honest: Statement | undefined;
  round: number;
  rounds: number;
  /** Number of the host, the same for all liars: what they agree on. */
  host: number;
  /** Whether this host came lately (so that the observer cannot know it well). */
  young: boolean;
  /** Trust of our model in this peer, for those who look into our head. */
  trust: number;
  random: Random;
}

export interface Lie {
  readonly name: string;
  readonly meaning: string;
  readonly say: (situation: Situation) => Statement | undefined;
  /** Identities on each lying machine. */
  readonly identities?: number;
  /** Each of these identities with an address of its own (and a forged MAC address). */
  readonly addresses?: boolean;
  /** Rounds after which a liar leaves and comes back as somebody else. */
  readonly newNameAfter?: number;
  /** Sends each statement so often. */
  readonly copies?: number;
  /** Sends recorded messages again, with their old ids. */
  readonly replays?: boolean;
  /** Liars attack the observer and each other's victims themselves. */
  readonly attackers?: boolean;
}

const GOOD: Statement = { score: 0, confidence: 1 };
const BAD: Statement = { score: 1, confidence: 1 };

/** The opposite of the truth, as loud as can be. */
const invert = ({ attacks }: Situation): Statement => attacks ? GOOD : BAD;

export const LIES: readonly Lie[] = [
  { name: "praise", meaning: "everybody is good, loudly", say: () => GOOD },
  {
    name: "badmouth",
    meaning: "blames every second innocent host, else honest",
    say: ({ attacks, host, honest }) => !attacks && host % 2 === 0 ? BAD : honest,
  },
  { name: "collusion", meaning: "all liars say the opposite of the truth", say: invert },
  {
    name: "random",
    meaning: "any score with any confidence",
    say: ({ random }) => ({ score: random.next(), confidence: random.next() }),
  },
  {
    name: "betrayal",
    meaning: "honest for the first half, then the opposite of the truth",
    say: (situation) => situation.round < situation.rounds / 2 ? situation.honest : invert(situation),
  },
  {
    name: "on-off",
    meaning: "ten rounds honest, five rounds the opposite",
    say: (situation) => situation.round % 15 < 10 ? situation.honest : invert(situation),
  },
  {
    name: "whitewashing",
    meaning: "lies, and has a new name and address every ten rounds",
    say: invert,
    newNameAfter: 10,
  },
  { name: "Sybil, one address", meaning: "10 identities on each lying machine", say: invert, identities: 10 },
  {
    name: "Sybil, own addresses",
    meaning: "4 identities on each lying machine, each with a forged address",
    say: invert,
    identities: 4,
    addresses: true,
  },
  { name: "replay", meaning: "lies, and sends all its messages again", say: invert, replays: true },
  { name: "flooding", meaning: "sends each lie 10 times", say: invert, copies: 10 },
  { name: "lie and attack", meaning: "lies, and the liars' machines attack", say: invert, attackers: true },
];

/** The worst that peers can do who know what we think of them: lies only where it works. Measured apart. */
export const ADAPTIVE: Lie = {
  name: "adaptive",
  meaning: "honest until we trust it, then lies about young hosts only, until the trust is gone, and so on",
  say: (situation) => situation.trust > 0.5 && situation.young ? invert(situation) : situation.honest,
};
