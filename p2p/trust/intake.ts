// Taking statements in: who may say what, how often, and what is kept of it. The same for every model.

import { takeToken } from "./bounded.ts";
import type { Claim, Reception, Sighting } from "./contract.ts";
import { claimedProbability, newAccount } from "./formula/account.ts";
import { machineOf } from "./machine.ts";
import { enterOffence } from "./manners.ts";
import type { TrustSettings } from "./settings.ts";
import { countOne, type HeldClaim, type Peer, type State, type Target } from "./state.ts";

/** Longest name of a target: a URL's (RFC 9110 section 4.1 recommends to support 8000 octets; indicators are shorter). */
const NAME_MAX = 2048;
/** Longest id of a peer, a message, an organisation, an address. */
const ID_MAX = 256;
/** Ids of reports remembered for each peer: more than its budget of ten minutes, at the default. */
const IDS = 1024;
/** Organisations of one peer. */
const ORGANISATIONS = 16;
/** Seconds that the budgets for answers and for reports average over. */
const ANSWERS_OVER = 60;
const REPORTS_OVER = 600;

/** Whether a number lies within 0..1. */
const isShare = (value: number): boolean => value >= 0 && value <= 1;

function newPeer(id: string, at: number, settings: TrustSettings): Peer {
  return {
    id,
    firstSeen: at,
    lastSeen: at,
    address: undefined,
    machine: undefined,
    organisations: [],
    offences: 0,
    offencesAt: at,
    answers: { tokens: settings.answers_per_second * ANSWERS_OVER, at },
    reports: { tokens: settings.reports_per_minute * REPORTS_OVER / 60, at },
    ids: new Set(),
    right: 0,
    wrong: 0,
    all: newAccount(at),
    blame: newAccount(at),
    praise: newAccount(at),
    onMachine: { bad: 0, at },
    history: [],
    serviceTrust: 0,
    reputation: 0,
    providers: 0,
    recommendationHistory: [],
    recommendationTrust: 0,
  };
}

/** A peer of this id, made if need be; undefined for an impossible id. At the bound, the least known one goes. */
export function usePeer(
  state: State,
  id: string,
  at: number,
  settings: TrustSettings,
): { peer: Peer; isNew: boolean } | undefined {
  const known = state.peers.get(id);
  if (known !== undefined) return { peer: known, isNew: false };
  if (id === "" || id.length > ID_MAX) return undefined;
  if (state.peers.size >= settings.peers) {
    countOne(state, "peers_forgotten");
    state.peers.delete(leastKnown(state).id);
  }
  const peer = newPeer(id, at, settings);
  state.peers.set(id, peer);
  return { peer, isNew: true };
}

/** The peer with the least record of any kind, vouched ones last; of several the one not seen for the longest time. */
function leastKnown(state: State): Peer {
  const record = (peer: Peer): number =>
    peer.all.good + peer.all.bad + peer.history.length / 100 + (state.vouchers.has(peer.id) ? 1000 : 0);
  let least: Peer | undefined;
  for (const peer of state.peers.values()) {
    if (least === undefined || record(peer) < record(least) - 1e-9) least = peer;
    else if (Math.abs(record(peer) - record(least)) <= 1e-9 && peer.lastSeen < least.lastSeen) least = peer;
  }
  return least!;
}

export function enterSighting(peer: Peer, sighting: Sighting): void {
  peer.lastSeen = Math.max(peer.lastSeen, sighting.at);
  peer.address = sighting.address.slice(0, ID_MAX);
  peer.machine = machineOf(sighting).slice(0, ID_MAX);
  const organisations = sighting.organisations?.slice(0, ORGANISATIONS).map((id) => id.slice(0, ID_MAX));
  if (organisations !== undefined) peer.organisations = organisations;
}

/** Whether a statement may be taken in. */
export function examine(
  state: State,
  settings: TrustSettings,
  peer: Peer | undefined,
  ip: string,
  claim: Claim,
): Reception {
  if (peer === undefined) return "stranger";
  if (ip === "" || ip.length > NAME_MAX || claim.id.length > ID_MAX) return "invalid";
  if (!isShare(claim.score) || !isShare(claim.confidence) || !Number.isFinite(claim.at)) return "invalid";
  const [bucket, capacity, perSecond] = claim.kind === "opinion"
    ? [peer.answers, settings.answers_per_second * ANSWERS_OVER, settings.answers_per_second]
    : [peer.reports, settings.reports_per_minute * REPORTS_OVER / 60, settings.reports_per_minute / 60];
  if (!takeToken(bucket, claim.at, capacity, perSecond)) return "flood";
  const replayed = claim.kind === "opinion"
    ? state.targets.get(ip)?.claims.get(peer.id)?.id === claim.id
    : peer.ids.has(claim.id);
  if (replayed) return "replayed";
  if (peer.address === ip) return "about_itself";
  if (state.protected.has(ip)) return "about_protected";
  return "taken";
}

/** Enters what a refused statement says about the manners of its sender. */
export function enterRefusal(state: State, peer: Peer | undefined, reception: Reception, at: number): void {
  countOne(state, `claims_${reception}`);
  if (peer === undefined) return;
  if (reception === "invalid") enterOffence(peer, "malformed", at);
  else if (reception === "replayed" || reception === "flood" || reception === "about_itself") {
    enterOffence(peer, reception, at);
  }
}

/** Keeps a statement in the place of the peer's earlier one; undefined when there is no room for it. */
export function hold(
  state: State,
  settings: TrustSettings,
  target: Target,
  peer: Peer,
  claim: Claim,
): HeldClaim | undefined {
  if (claim.kind !== "opinion") {
    for (const oldest of peer.ids) {
      if (peer.ids.size < IDS) break;
      peer.ids.delete(oldest);
    }
    peer.ids.add(claim.id);
  }
  const probability = claimedProbability(claim.score, claim.confidence);
  const before = target.claims.get(peer.id);
  const sameSide = before !== undefined && (probability - 0.5) * (before.loudest - 0.5) > 0;
  const held: HeldClaim = {
    id: claim.id,
    kind: claim.kind,
    score: claim.score,
    confidence: claim.confidence,
    at: claim.at,
    since: sameSide && !before.retracted ? before.since : claim.at,
    loudest: sameSide ? louder(probability, before.loudest) : probability,
    retracted: false,
    withdrawn: before?.withdrawn,
    grade: sameSide ? before.grade : undefined,
    withdrawnGrade: before?.withdrawnGrade,
    interacted: false,
  };
  // It blamed and changes sides before the truth comes out: that does not undo the blame. Who praised and then sees an
  // attack corrects itself, and should.
  if (before !== undefined && !sameSide && before.grade === undefined && before.loudest > 0.5) {
    held.withdrawn = Math.max(before.loudest, before.withdrawn ?? 0.5);
  }
  if (before === undefined && target.claims.size >= settings.opinions_per_target) {
    const weakest = weakestOf(state, target);
    countOne(state, "opinions_left_out");
    if (weakest !== undefined && weakest.good >= peer.all.good) return undefined;
    if (weakest !== undefined && target.claims.delete(weakest.id)) state.opinions--;
  }
  if (before === undefined) state.opinions++;
  target.claims.set(peer.id, held);
  return held;
}

/** The probability that is farther from 0.5. */
function louder(one: number, other: number): number {
  return Math.abs(one - 0.5) > Math.abs(other - 0.5) ? one : other;
}

/** Whose statement about a target matters least: a stranger's, the newest one. */
function weakestOf(state: State, target: Target): { id: string; good: number } | undefined {
  let weakest: { id: string; good: number } | undefined;
  for (const id of target.claims.keys()) {
    const good = state.peers.get(id)?.all.good ?? -1;
    if (weakest === undefined || good <= weakest.good) weakest = { id, good };
  }
  return weakest;
}
