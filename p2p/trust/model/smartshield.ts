// Our trust model: peers are graded by what our own detection found out later; their word is put together so that neither
// loudness nor numbers help a lie, and it changes a decision only where our own findings decide nothing, within what the
// peers gained for us before. docs/trust.md tells why this is never worse than our own detection alone.

import { claimedProbability, MAX_GOOD, newAccount, weightOf } from "../formula/account.ts";
import { independentGroups } from "../formula/dependence.ts";
import { enterDecision, mayFollow, newStake, settle, settleAnew, writeOff } from "../formula/hedge.ts";
import { medianConfidence, oneVote, phantomMedian, type Vote } from "../formula/median.ts";
import { mannersOf } from "../manners.ts";
import type { Judgement, Model } from "../model.ts";
import type { TrustSettings } from "../settings.ts";
import { type HeldClaim, ownView, type Peer, type State, type Target } from "../state.ts";
import { fadedBad, gradeClaim, gradeTarget, machineBad, type Side, sideOf } from "./grading.ts";

/** The voice of one machine, or of several that belong together. */
interface Voice extends Vote {
  readonly machine: string;
  readonly vouched: boolean;
}

/** Weight of a peer's word when it blames, when it praises, or in all; 0..1. */
function weight(state: State, settings: TrustSettings, peer: Peer, side: Side | "all", at: number): number {
  const voucher = state.vouchers.get(peer.id);
  if (voucher !== undefined && voucher.trust <= 0) return 0;
  const account = peer[side];
  const fading = 2 ** (-Math.max(0, at - account.at) / (2 * settings.trust_half_life));
  const good = Math.max(account.good * fading * fading, MAX_GOOD * (voucher?.trust ?? 0));
  // What other identities on the same machine did counts against this one.
  const ofOthers = machineBad(state, settings, peer.machine, at) - fadedBad(settings, peer.onMachine, at);
  const bad = account.bad * fading + Math.max(0, ofOthers);
  return weightOf(good, bad) * mannersOf(peer, at) * grownUp(voucher !== undefined);

  function grownUp(vouched: boolean): number {
    if (vouched || settings.newcomer_age === 0) return 1;
    return Math.min(1, Math.max(0, at - peer.firstSeen) / settings.newcomer_age);
  }
}

/** The probability that a statement stands for now: its confidence fades. Undefined when it counts no more. */
function standing(claim: HeldClaim, at: number, settings: TrustSettings): number | undefined {
  const age = Math.max(0, at - claim.at);
  if (claim.retracted || age > settings.opinion_age) return undefined;
  const probability = claimedProbability(claim.score, claim.confidence * 2 ** (-age / settings.opinion_half_life));
  return probability === 0.5 ? undefined : probability;
}

/** One voice for each machine heard. */
function machineVoices(state: State, settings: TrustSettings, target: Target, at: number): Voice[] {
  const byMachine = new Map<string, { votes: Vote[]; vouched: boolean }>();
  for (const [id, claim] of target.claims) {
    const peer = state.peers.get(id);
    const probability = standing(claim, at, settings);
    if (peer?.machine === undefined || probability === undefined) continue;
    const voice = byMachine.get(peer.machine) ?? { votes: [], vouched: false };
    const value = weight(state, settings, peer, sideOf(probability), at);
    voice.votes.push({ probability, weight: value });
    const trusted = value >= settings.trusted_weight && probability > 0.5;
    if (trusted && (state.vouchers.get(id)?.trust ?? 0) >= settings.trusted_weight) voice.vouched = true;
    byMachine.set(peer.machine, voice);
  }
  return [...byMachine].map(([machine, { votes, vouched }]) => ({ machine, vouched, ...oneVote(votes) }));
}

/** The voices of machines that were wrong together too often become one. */
function independentVoices(state: State, voices: readonly Voice[]): Voice[] {
  const byMachine = new Map(voices.map((voice) => [voice.machine, voice]));
  return independentGroups(state.shared, [...byMachine.keys()]).map((group) => {
    const members = group.map((machine) => byMachine.get(machine)!);
    return { ...members[0]!, ...oneVote(members), vouched: members.some(({ vouched }) => vouched) };
  });
}

function judge(state: State, settings: TrustSettings, target: Target, at: number): Judgement {
  const machines = machineVoices(state, settings, target, at);
  const voices = independentVoices(state, machines);
  // With as many voices as are needed less one, the best included, nothing is moved.
  const phantom = settings.follow_voices - 1;
  const score = phantomMedian(voices, phantom);
  const blaming = voices.filter(({ probability, weight }) => probability > 0.5 && weight >= settings.trusted_weight);
  const vouched = blaming.filter((voice) => voice.vouched).length;
  const attacker = score >= settings.attacker_score && blaming.length >= settings.follow_voices;
  const view = ownView(target, at, settings);
  const undecided = view === "quiet" || view === "suspected";
  // So many peers that the user trusts by name need no record.
  const anchored = vouched >= settings.follow_voices;
  const stake = target.stake.advised > 0 ? target.stake : newStake(view === "suspected" ? "suspected" : "quiet");
  const record = mayFollow(state.hedge, stake, period(at, settings), settings);
  return {
    score,
    confidence: medianConfidence(voices, score, phantom),
    voices: machines.length,
    trusted: blaming.length,
    forBlock: settings.block_voices_from === "vouched" ? vouched : blaming.length,
    attacker,
    followed: undecided && attacker && (record || anchored),
    reasons: reasons(),
  };

  function reasons(): string[] {
    if (machines.length === 0) return ["no peer said anything that still counts"];
    const said = [
      `${machines.length} machines heard, ${blaming.length} independent trusted ones say attacker`,
    ];
    if (view === "attack") said.push("our own detection raised an alert on it");
    else if (view === "harmless") said.push(`it was quiet for ${target.quietPeriods} decision periods of ours`);
    else if (anchored) said.push(`${vouched} peers that the user trusts by name agree`);
    else if (attacker && !record) said.push("the peers' record is not yet good enough to change our judgement");
    return said;
  }
}

function period(at: number, settings: TrustSettings): number {
  return Math.floor(at / settings.decision_period);
}

export const SMARTSHIELD: Model = {
  name: "smartshield",
  trust: (state, settings, peer, at) => weight(state, settings, peer, "all", at),
  judge,
  decided(state, settings, target, judgement, at) {
    const view = ownView(target, at, settings);
    if (!judgement.attacker || (view !== "quiet" && view !== "suspected")) return;
    if (target.stake.advised === 0) target.stake.band = view;
    const now = period(at, settings);
    enterDecision(state.hedge, target.stake, now, mayFollow(state.hedge, target.stake, now, settings));
  },
  met(_state, _settings, peer, at) {
    for (const account of ["all", "blame", "praise"] as const) peer[account] = newAccount(at);
  },
  taken(state, settings, target, peer, claim, at) {
    if (target.truth === undefined) return;
    // We know already: agreeing earns nothing, contradicting costs, once.
    if (claim.grade === undefined) gradeClaim(state, settings, peer, claim, target.truth, false, at);
  },
  truth(state, settings, target, truth, at) {
    if (target.truth === "harmless" && truth === "attack") settleAnew(state.hedge, target.stake, settings);
    else settle(state.hedge, target.stake, truth === "attack", settings);
    if (truth === "attack") target.stake = newStake("quiet");
    gradeTarget(state, settings, target, truth, at);
  },
  forgotten(state, target) {
    if (target.truth === undefined) writeOff(state.hedge, target.stake);
  },
  explain(state, settings, peer, at) {
    const said: string[] = [];
    const voucher = state.vouchers.get(peer.id);
    if (voucher !== undefined) said.push(voucher.trust > 0 ? "the user trusts it by name" : "the user distrusts it");
    if (at - peer.firstSeen < settings.newcomer_age) said.push("it is new here");
    if (peer.right + peer.wrong === 0) said.push("nothing that it said could be checked yet");
    const blame = weight(state, settings, peer, "blame", at), praise = weight(state, settings, peer, "praise", at);
    said.push(`its blames weigh ${blame.toFixed(2)}, its praises ${praise.toFixed(2)}`);
    if (machineBad(state, settings, peer.machine, at) > fadedBad(settings, peer.onMachine, at) + 0.5) {
      said.push("another identity on the same machine was wrong");
    }
    return said;
  },
};
