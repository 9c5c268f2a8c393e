// What a trust model decides: the weight of peers, what their statements come to, and what is learnt from the truth.
// Taking statements in, keeping them and guarding the protected hosts is the same for all (trust.ts).

import type { Explanation, ModelName } from "./contract.ts";
import type { TrustSettings } from "./settings.ts";
import type { HeldClaim, Peer, State, Target } from "./state.ts";

/** What the peers' statements about a target come to. */
export interface Judgement {
  /** 0 harmless … 0.5 undecided … 1 attacker; 0..1. */
  readonly score: number;
  readonly confidence: number;
  /** Machines heard. */
  readonly voices: number;
  /** Independent trusted machines that say attacker; those of them that count for a block. */
  readonly trusted: number;
  readonly forBlock: number;
  /** The peers say attacker. */
  readonly attacker: boolean;
  /** The peers' word would be followed against our own findings. */
  readonly followed: boolean;
  readonly reasons: readonly string[];
}

export interface Model {
  readonly name: ModelName;
  trust(state: State, settings: TrustSettings, peer: Peer, at: number): number;
  judge(state: State, settings: TrustSettings, target: Target, at: number): Judgement;
  /** A decision is made in this period; the statements have had their effect. */
  decided(state: State, settings: TrustSettings, target: Target, judgement: Judgement, at: number): void;
  /** A new peer was met. */
  met(state: State, settings: TrustSettings, peer: Peer, at: number): void;
  /** A statement was taken in. */
  taken(state: State, settings: TrustSettings, target: Target, peer: Peer, claim: HeldClaim, at: number): void;
  /** Our own detection found the truth about a target. */
  truth(state: State, settings: TrustSettings, target: Target, truth: "attack" | "harmless", at: number): void;
  forgotten(state: State, target: Target): void;
  explain(state: State, settings: TrustSettings, peer: Peer, at: number): Explanation["reasons"];
}
