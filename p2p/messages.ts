// What main and the peer's thread say to each other. Plain data.

import type { Indicator } from "./indicator.ts";
import type { OwnFinding } from "./findings.ts";
import type { P2pSettings } from "./settings.ts";
import type { Judgement } from "./protocol/message.ts";
import type { Aggregate } from "./trust/contract.ts";
import type { TrustSettings } from "./trust/settings.ts";

/** How a peer is started. */
export interface PeerStart {
  readonly settings: P2pSettings;
  readonly trust: TrustSettings;
  /** The group's secret, read from its file if it was in one. */
  readonly secret: string;
  /** Where key, address book, trust and findings are kept. It exists. */
  readonly directory: string;
  /** Hosts that peers must never get blocked, with the reason. */
  readonly protected: readonly (readonly [ip: string, reason: string])[];
}

/** Main to the peer's thread. */
export type ToPeer =
  /** Hosts that the program may contact, but the peer need not. */
  | { readonly say: "start"; readonly start: PeerStart; readonly unneeded: readonly string[] }
  /** Addresses seen in the traffic. */
  | { readonly say: "seen"; readonly addresses: readonly string[] }
  /** A finding of ours, and the share of an alert's threshold that its host has reached. */
  | { readonly say: "found"; readonly finding: OwnFinding; readonly share: number }
  | { readonly say: "protect"; readonly ip: string; readonly reason: string }
  | { readonly say: "command"; readonly id: number; readonly command: string; readonly words: readonly string[] }
  | { readonly say: "stop" };

/** A peer's word on its own account. */
export interface PeerReport {
  readonly kind: "report" | "blame" | "retract";
  /** Unix seconds. */
  readonly at: number;
  readonly peer: string;
  /** Where the peer is. */
  readonly address: string;
  readonly indicator: Indicator;
  readonly judgement: Judgement;
  /** What became of it: "taken", or why it counts for nothing. */
  readonly reception: string;
  /** How much the peer's word weighs, 0..1. */
  readonly trust: number;
}

/** The peer's thread to main. */
export type FromPeer =
  | { readonly say: "ready"; readonly peer: string; readonly port: number }
  /** It cannot start; one sentence that says what helps. */
  | { readonly say: "refused"; readonly sentence: string }
  | { readonly say: "warning"; readonly sentence: string }
  /** It has met a mistake of ours, and has left. */
  | { readonly say: "failed"; readonly reason: string }
  | { readonly say: "report"; readonly report: PeerReport; readonly opinion: Aggregate }
  /** What the peers that answered make of an address. */
  | {
    readonly say: "opinion";
    readonly indicator: Indicator;
    readonly opinion: Aggregate;
    readonly asked: number;
    readonly answered: number;
    /** Seconds from the question to the last answer. */
    readonly took: number;
  }
  /** A peer is here, at this address. */
  | { readonly say: "met"; readonly address: string }
  | { readonly say: "log"; readonly line: string }
  /** A command's result, or the sentence why there is none. */
  | { readonly say: "answer"; readonly id: number; readonly result?: unknown; readonly problem?: string }
  | { readonly say: "counters"; readonly counters: Readonly<Record<string, number>> }
  | { readonly say: "stopped"; readonly counters: Readonly<Record<string, number>> };
