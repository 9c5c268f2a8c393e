// Grading: what a peer said, against what our own detection found out later.

import { type Account, brierGrade, claimedProbability, enter, fade, MAX_BAD, takeBack } from "../formula/account.ts";
import { makeRoom } from "../bounded.ts";
import { enterMistake, enterRightBlame } from "../formula/dependence.ts";
import type { TrustSettings } from "../settings.ts";
import type { Against, HeldClaim, Peer, State, Target } from "../state.ts";

/** A statement is a blame or a praise; a peer can be good at one and bad at the other. */
export type Side = "blame" | "praise";

/** How sure a long quiet time makes us that a host is harmless: it may attack others only. */
const HARMLESS_CERTAINTY = 2 / 3;
/** Most hosts are harmless, so that praising one that is shows little. */
const PRAISE_GAIN = 0.2;
/** A wrong praise speaks this much against a peer's blames: not to have seen an attack is no lie about others. */
const PRAISE_ON_BLAME = 0.25;
/** And so much against its record in all. */
const PRAISE_ON_ALL = 0.5;
/** A lie that was taken back in time costs half. */
const WITHDRAWN = 0.5;

export function sideOf(probability: number): Side {
  return probability > 0.5 ? "blame" : "praise";
}

/** Evidence against somebody at this time: it halves in twice the half-life of what is good. */
export function fadedBad(settings: TrustSettings, against: Against | undefined, at: number): number {
  if (against === undefined) return 0;
  return against.bad * 2 ** (-Math.max(0, at - against.at) / (2 * settings.trust_half_life));
}

/** Evidence against a machine, whichever identity it came from. Unlike a peer's, nothing but time makes it less. */
export function machineBad(state: State, settings: TrustSettings, machine: string | undefined, at: number): number {
  return machine === undefined ? 0 : fadedBad(settings, state.machines.get(machine), at);
}

/** Enters a grade into the accounts of a peer and, when it was wrong, of its machine; a negative sign takes it back. */
function charge(
  state: State,
  settings: TrustSettings,
  peer: Peer,
  side: Side,
  grade: number,
  at: number,
  back: boolean,
): void {
  const change = (account: Account, value: number): void => {
    fade(account, at, settings.trust_half_life);
    (back ? takeBack : enter)(account, value);
  };
  change(peer.all, grade < 0 && side === "praise" ? PRAISE_ON_ALL * grade : grade);
  change(peer[side], grade);
  if (grade > 0) peer.right += back ? -1 : 1;
  if (grade >= 0) return;
  peer.wrong += back ? -1 : 1;
  if (side === "blame") change(peer.praise, grade);
  else change(peer.blame, PRAISE_ON_BLAME * grade);
  if (peer.machine === undefined) return;
  const more = (back ? 1 : -1) * (side === "praise" ? PRAISE_ON_ALL : 1) * grade;
  const changed = (against: Against | undefined): Against => ({
    bad: Math.min(MAX_BAD, Math.max(0, fadedBad(settings, against, at) + more)),
    at,
  });
  const machine = changed(state.machines.get(peer.machine));
  if (!state.machines.delete(peer.machine)) makeRoom(state.machines, settings.peers);
  state.machines.set(peer.machine, machine);
  peer.onMachine = changed(peer.onMachine);
}

/**
 * Grades one statement. `early` is whether it was made before we knew: what repeats our own finding earns nothing. A
 * statement graded before is graded anew, should the truth have changed.
 */
export function gradeClaim(
  state: State,
  settings: TrustSettings,
  peer: Peer,
  claim: HeldClaim,
  truth: "attack" | "harmless",
  early: boolean,
  at: number,
): void {
  const attacks = truth === "attack";
  const scale = (grade: number): number => {
    if (grade <= 0) return attacks ? grade : HARMLESS_CERTAINTY * grade;
    if (!early) return 0;
    return attacks ? grade : HARMLESS_CERTAINTY * PRAISE_GAIN * grade;
  };
  const said = claimedProbability(claim.score, claim.confidence);
  if (claim.grade !== undefined) charge(state, settings, peer, sideOf(claim.loudest), claim.grade, at, true);
  const right = brierGrade(said, attacks) > 0;
  const grade = scale(brierGrade(right ? said : claim.loudest, attacks));
  claim.grade = claim.retracted ? Math.min(0, WITHDRAWN * grade) : grade;
  charge(state, settings, peer, sideOf(claim.loudest), claim.grade, at, false);

  // Blames only: who praised and then sees an attack corrects itself, and should.
  const before = claim.withdrawn;
  if (before === undefined || sideOf(before) !== "blame") return;
  if (claim.withdrawnGrade !== undefined) charge(state, settings, peer, "blame", claim.withdrawnGrade, at, true);
  claim.withdrawnGrade = Math.min(0, WITHDRAWN * scale(brierGrade(before, attacks)));
  charge(state, settings, peer, "blame", claim.withdrawnGrade, at, false);
}

/** Grades all that was said about a target, now that the truth about it is known. */
export function gradeTarget(
  state: State,
  settings: TrustSettings,
  target: Target,
  truth: "attack" | "harmless",
  at: number,
): void {
  const wrong: string[] = [], excused: string[] = [];
  for (const [id, claim] of target.claims) {
    const peer = state.peers.get(id);
    if (peer === undefined) continue;
    const first = claim.grade === undefined;
    const early = claim.since < at;
    gradeClaim(state, settings, peer, claim, truth, early, at);
    if (peer.machine === undefined || claim.loudest <= 0.5) continue;
    if (truth === "harmless") {
      if (first) wrong.push(peer.machine);
    } else {
      if (!first) excused.push(peer.machine);
      if (early) enterRightBlame(state.shared, peer.machine);
    }
  }
  enterMistake(state.shared, wrong);
  enterMistake(state.shared, excused, -1);
}
