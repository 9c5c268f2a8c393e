// Everything that trust remembers, as plain data, and its form for the store.

import type { Bucket } from "./bounded.ts";
import type { ClaimKind, ModelName, Verdict, Voucher } from "./contract.ts";
import type { Account } from "./formula/account.ts";
import type { SharedMistakes } from "./formula/dependence.ts";
import type { Interaction } from "./formula/fides.ts";
import { type Hedge, newHedge, newStake, type Stake } from "./formula/hedge.ts";
import type { TrustSettings } from "./settings.ts";

/** Evidence against somebody, as it was at `at`; it fades. */
export interface Against {
  readonly bad: number;
  readonly at: number;
}

/** What we hold of one peer. */
export interface Peer {
  id: string;
  firstSeen: number;
  lastSeen: number;
  address: string | undefined;
  /** The machine whose voice it is; identities on one machine share it. */
  machine: string | undefined;
  organisations: readonly string[];
  /** Sum of the costs of its offences, fading. */
  offences: number;
  offencesAt: number;
  answers: Bucket;
  reports: Bucket;
  /** Ids of its newest reports. */
  ids: Set<string>;
  right: number;
  wrong: number;
  /** Ours: what it got right and wrong in all, when it blamed, and when it praised. */
  all: Account;
  blame: Account;
  praise: Account;
  /** Its share of the evidence against its machine. */
  onMachine: Against;
  /** Fides: its interactions, the trust they make, and its reputation. */
  history: Interaction[];
  serviceTrust: number;
  reputation: number;
  providers: number;
  recommendationHistory: Interaction[];
  recommendationTrust: number;
}

/** What one peer says about a target. */
export interface HeldClaim {
  id: string;
  kind: ClaimKind;
  score: number;
  confidence: number;
  at: number;
  /** Since when it has been on this side of 0.5. */
  since: number;
  /** The most certain probability that it claimed on this side: whispering in the end does not undo a shout. */
  loudest: number;
  /** Taken back: counts no more, but is still graded. */
  retracted: boolean;
  /** The most certain blame that it gave up for the other side before the truth came out. */
  withdrawn: number | undefined;
  /** Grades entered for it, to take back should the truth change; undefined until graded. */
  grade: number | undefined;
  withdrawnGrade: number | undefined;
  /** Fides: whether the answer has been graded. */
  interacted: boolean;
}

/** What we hold of an IP. */
export interface Target {
  ip: string;
  attackAt: number | undefined;
  /** The newest own verdict, and the decision periods, in a row, in which it was quiet. */
  verdict: Verdict | undefined;
  quietPeriods: number;
  lastPeriod: number;
  /** Our own opinion as the field's local detector would have it, -1..1 and 0..1 (dovecot, fides). */
  ownScore: number;
  ownConfidence: number;
  /** The truth by which peers were graded. */
  truth: "attack" | "harmless" | undefined;
  claims: Map<string, HeldClaim>;
  stake: Stake;
}

export interface State {
  model: ModelName;
  peers: Map<string, Peer>;
  targets: Map<string, Target>;
  /** Evidence against machines, whichever identity it came from. */
  /** Statements held about all targets together. */
  opinions: number;
  machines: Map<string, Against>;
  vouchers: Map<string, Voucher>;
  protected: Map<string, string>;
  shared: SharedMistakes;
  hedge: Hedge;
  counters: Record<string, number>;
}

/** The state as JSON. `form` tells a later program how to read it. */
export interface Snapshot {
  readonly form: 1;
  readonly model: ModelName;
  readonly peers: readonly (Omit<Peer, "ids"> & { readonly ids: readonly string[] })[];
  readonly targets:
    readonly (Omit<Target, "claims"> & { readonly claims: readonly (readonly [string, HeldClaim])[] })[];
  readonly machines: readonly (readonly [string, Against])[];
  readonly vouchers: readonly (readonly [string, Voucher])[];
  readonly mistakes: readonly (readonly [string, number])[];
  readonly pairs: readonly (readonly [string, number])[];
  readonly hedge: Hedge;
  readonly counters: Readonly<Record<string, number>>;
}

export function newState(model: ModelName): State {
  return {
    model,
    peers: new Map(),
    targets: new Map(),
    opinions: 0,
    machines: new Map(),
    vouchers: new Map(),
    protected: new Map(),
    shared: { mistakes: new Map(), pairs: new Map() },
    hedge: newHedge(),
    counters: {},
  };
}

/** A copy of the state for the store. Protected hosts are left out: they are told anew at each start. */
export function toSnapshot(state: State): Snapshot {
  return structuredClone({
    form: 1,
    model: state.model,
    peers: [...state.peers.values()].map((peer) => ({ ...peer, ids: [...peer.ids] })),
    targets: [...state.targets.values()].map((target) => ({ ...target, claims: [...target.claims] })),
    machines: [...state.machines],
    vouchers: [...state.vouchers],
    mistakes: [...state.shared.mistakes],
    pairs: [...state.shared.pairs],
    hedge: state.hedge,
    counters: state.counters,
  });
}

/** The state of a snapshot. Of another model's, only the user's words are of use to this one. */
export function fromSnapshot(model: ModelName, snapshot: Snapshot): State {
  const kept = structuredClone(snapshot);
  if (kept.model !== model) return { ...newState(model), vouchers: new Map(kept.vouchers) };
  return {
    model,
    peers: new Map(kept.peers.map((peer) => [peer.id, { ...peer, ids: new Set(peer.ids) }])),
    targets: new Map(kept.targets.map((target) => [target.ip, { ...target, claims: new Map(target.claims) }])),
    opinions: kept.targets.reduce((sum, { claims }) => sum + claims.length, 0),
    machines: new Map(kept.machines),
    vouchers: new Map(kept.vouchers),
    protected: new Map(),
    shared: { mistakes: new Map(kept.mistakes), pairs: new Map(kept.pairs) },
    hedge: kept.hedge,
    counters: { ...kept.counters },
  };
}

export function countOne(state: State, name: string): void {
  state.counters[name] = (state.counters[name] ?? 0) + 1;
}

/** The target of an IP, made if need be and marked as used; `forget` is called for one that had to go. */
export function useTarget(
  state: State,
  ip: string,
  settings: TrustSettings,
  forget: (target: Target) => void,
): Target {
  const known = state.targets.get(ip);
  if (known !== undefined) {
    state.targets.delete(ip);
    state.targets.set(ip, known);
    return known;
  }
  if (state.targets.size >= settings.targets) forgetTarget(state, forget);
  const target: Target = {
    ip,
    attackAt: undefined,
    verdict: undefined,
    quietPeriods: 0,
    lastPeriod: -1,
    ownScore: 0,
    ownConfidence: 0,
    truth: undefined,
    claims: new Map(),
    stake: newStake("quiet"),
  };
  state.targets.set(ip, target);
  return target;
}

/** So many of the targets idle longest are looked at for one to forget. */
const CANDIDATES = 64;

/** Forgets the target idle longest; rather one that only peers speak of than one that we saw ourselves. */
export function forgetTarget(state: State, forget: (target: Target) => void): void {
  let candidates = 0;
  let chosen: Target | undefined;
  for (const target of state.targets.values()) {
    chosen ??= target;
    if (target.lastPeriod < 0) chosen = target;
    if (target.lastPeriod < 0 || ++candidates >= CANDIDATES) break;
  }
  if (chosen === undefined) return;
  state.targets.delete(chosen.ip);
  state.opinions -= chosen.claims.size;
  countOne(state, "targets_forgotten");
  forget(chosen);
}

/** Our own findings about a target: an attacker, harmless, or undecided (with something found, or nothing). */
export type OwnView = "attack" | "harmless" | "suspected" | "quiet";

export function ownView(target: Target | undefined, at: number, settings: TrustSettings): OwnView {
  if (target === undefined) return "quiet";
  if (target.attackAt !== undefined && at - target.attackAt <= settings.attack_memory) return "attack";
  if (target.quietPeriods >= settings.benign_after) return "harmless";
  return target.verdict?.kind === "suspicion" ? "suspected" : "quiet";
}
