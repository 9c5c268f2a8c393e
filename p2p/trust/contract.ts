// What a trust model is to the rest of the program: what it is told, and what it answers. Plain data in, plain data out;
// it reads no clock, no file, no network: the time of everything is an argument, Unix seconds.
//
// Scores: 0 harmless … 0.5 undecided … 1 attacker. Confidence, trust and weight: 0..1.

import type { ThreatLevel } from "../../agent/evidence/evidence.ts";
import type { Snapshot } from "./state.ts";

/** `smartshield` is ours and the default; the others are there for comparison. */
export type ModelName = "smartshield" | "dovecot" | "fides";

/** Where a peer was met. */
export interface Sighting {
  /** Its IP on the local network. */
  readonly address: string;
  /** The local network it is in, as CIDR. */
  readonly subnet: string;
  /** Its MAC address, where known: the surest sign that two identities are one machine. */
  readonly hardware?: string;
  /** Ids of the organisations it proved to belong to (`fides`). */
  readonly organisations?: readonly string[];
  readonly at: number;
}

/** How a statement came: the answer to our question, or on the peer's own account. */
export type ClaimKind = "opinion" | "report" | "blame";

/** What a peer says about an IP. */
export interface Claim {
  readonly kind: ClaimKind;
  /** Fresh for each message: for an opinion the id of our request, for the others the sender's. */
  readonly id: string;
  readonly score: number;
  readonly confidence: number;
  /** When it arrived, by our clock: what a peer says about its own clock earns nothing. */
  readonly at: number;
}

/** What became of a statement. Everything but `taken` changes nothing but a counter and the manners of the sender. */
export type Reception =
  | "taken"
  | "invalid"
  | "stranger"
  | "replayed"
  | "flood"
  | "about_itself"
  | "about_protected";

/** Breaches of the protocol, as the transport notices them. */
export type Offence = "malformed" | "oversized" | "early" | "replayed" | "flood" | "about_itself" | "silent";

/**
 * What we found out ourselves about an IP, told once in each decision period in which we saw it; evidence that came from
 * peers must not be part of it, or they would confirm themselves. `attack` when an alert was raised (ground truth), `suspicion` with the share of the alert's threshold that its evidence reached (0..1),
 * `quiet` when it was there and nothing was found.
 */
export type Verdict =
  | { readonly kind: "attack" }
  | { readonly kind: "suspicion"; readonly share: number }
  | { readonly kind: "quiet" };

/** The user's word about a peer or an organisation. */
export interface Voucher {
  /** 1: as the best peer there can be; 0: never listen to it. */
  readonly trust: number;
  /** The word stands whatever the peer does (dovecot, fides; ours grades vouched peers as any other). */
  readonly enforced?: boolean;
}

/** What the peers make of an IP, and what that changes. */
export interface Aggregate {
  readonly ip: string;
  readonly score: number;
  readonly confidence: number;
  /** Machines that said anything that still counts; not identities. */
  readonly voices: number;
  /** Those that say "attacker", are trusted, and do not belong together. */
  readonly independentTrustedVoices: number;
  /** Our own findings and the peers' together. */
  readonly decision: "attacker" | "harmless";
  /** True when our own findings alone would have decided otherwise. */
  readonly byPeers: boolean;
  /** Whether the peers' word suffices for a block. What our own detection blocks does not depend on it. */
  readonly mayBlock: boolean;
  /** Level for evidence made of it: `info` (worth nothing towards an alert) unless the peers' word is followed. */
  readonly threat: ThreatLevel;
  /** Sentences for people: what decided. */
  readonly reasons: readonly string[];
}

/** Why a peer is trusted as much as it is. */
export interface Explanation {
  readonly peer: string;
  readonly trust: number;
  readonly address: string | undefined;
  /** Other identities on the same machine. */
  readonly sharesMachineWith: readonly string[];
  readonly right: number;
  readonly wrong: number;
  /** 1: never broke the protocol of late. */
  readonly manners: number;
  readonly reasons: readonly string[];
}

/** What one peer says about another (`fides`). */
export interface Recommendation {
  readonly competence: number;
  readonly integrity: number;
  readonly historySize: number;
  readonly reputation: number;
  /** How many provided the reputation. */
  readonly providers: number;
}

/** A trust model with its state. */
export interface Trust {
  readonly model: ModelName;
  /** A peer was met, or met again elsewhere. */
  peerSeen(peer: string, sighting: Sighting): void;
  /** The user's word about a peer or an organisation; undefined takes it back. */
  vouch(subject: string, voucher: Voucher | undefined): void;
  /** An IP that peers must never get blocked: ourselves, the gateway, the DNS server, whitelisted hosts. */
  protect(ip: string, reason: string): void;
  unprotect(ip: string): void;
  /** A statement came in. */
  claim(peer: string, ip: string, claim: Claim): Reception;
  /** A peer takes its statement back; too late once it has been graded. */
  retract(peer: string, ip: string, at: number): void;
  manners(peer: string, offence: Offence, at: number): void;
  ownDetection(ip: string, verdict: Verdict, at: number): void;
  /** How much this peer's word weighs. */
  trust(peer: string, at: number): number;
  /** True when its manners are so bad that it should be disconnected. */
  unwelcome(peer: string, at: number): boolean;
  /** What the peers make of an IP; changes nothing. */
  aggregate(ip: string, at: number): Aggregate;
  /**
   * The same for a decision that is acted upon: call it once in each decision period in which the IP was seen, before that
   * period's own verdict is told, and again when answers came. Keeps account of how often the peers' word is followed.
   */
  decide(ip: string, at: number): Aggregate;
  explain(peer: string, at: number): Explanation;
  /** Ids of the peers known. */
  peers(): string[];
  /** What we would say about a peer to another (`fides`; undefined elsewhere or for strangers). */
  recommend(about: string): Recommendation | undefined;
  /** Answers of others about a peer (`fides`; ignored elsewhere). */
  recommended(about: string, answers: readonly (readonly [peer: string, recommendation: Recommendation])[]): void;
  /** How often something was refused or forgotten. */
  counters(): Readonly<Record<string, number>>;
  /** All that has to be kept; JSON. */
  snapshot(): Snapshot;
}
