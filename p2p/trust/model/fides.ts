// Slips' global trust model (Fides, after SORT) behind our interface: answers are graded against the aggregate of all, a
// history of the grades makes the trust, pre-trusted peers and organisations anchor it.

import {
  fidesAggregate,
  fidesBeliefs,
  fidesGrade,
  type FidesOpinion,
  fidesReputation,
  fidesServiceTrust,
  HISTORY_MAX,
  type Interaction,
  INTERACTION_WEIGHTS,
  type TrustedAnswer,
} from "../formula/fides.ts";
import { dovecotPrediction } from "../formula/dovecot.ts";
import type { Recommendation } from "../contract.ts";
import type { Model } from "../model.ts";
import type { TrustSettings } from "../settings.ts";
import type { HeldClaim, Peer, State, Target } from "../state.ts";

/** Service trust from which on a peer counts as trusted (the reference's threshold for recommenders). */
const TRUSTED = 0.8;

function remember(history: Interaction[], satisfaction: number, weight: number): void {
  history.push({ satisfaction, weight });
  if (history.length > HISTORY_MAX) history.shift();
}

/** Enters an interaction with a peer as a source. */
function interact(peer: Peer, satisfaction: number, weight: number): void {
  remember(peer.history, satisfaction, weight);
  peer.serviceTrust = fidesServiceTrust(peer.history, peer.reputation);
}

/** Trust in a peer as a source; fixed where the user says so. */
function serviceTrust(state: State, peer: Peer): number {
  const voucher = state.vouchers.get(peer.id);
  return voucher?.enforced === true ? voucher.trust : peer.serviceTrust;
}

function heard(
  state: State,
  settings: TrustSettings,
  target: Target,
  at: number,
): { peer: Peer; claim: HeldClaim; answer: TrustedAnswer }[] {
  const answers = [];
  for (const [id, claim] of target.claims) {
    const peer = state.peers.get(id);
    if (peer?.machine === undefined || claim.retracted || at - claim.at > settings.opinion_age) continue;
    const answer = { score: 1 - 2 * claim.score, confidence: claim.confidence, trust: serviceTrust(state, peer) };
    answers.push({ peer, claim, answer });
  }
  return answers;
}

/** What we would say ourselves; undefined where we found nothing out. */
function ownOpinion(target: Target): FidesOpinion | undefined {
  return target.ownConfidence > 0 ? { score: target.ownScore, confidence: target.ownConfidence } : undefined;
}

export const FIDES: Model = {
  name: "fides",
  trust: (state, _settings, peer) => serviceTrust(state, peer),
  judge(state, settings, target, at) {
    const answers = heard(state, settings, target, at);
    const network = fidesAggregate(answers.map(({ answer }) => answer), settings.fides_aggregation);
    const own = { score: target.ownScore, confidence: target.ownConfidence };
    const attacker = dovecotPrediction(network, own, settings.field_own_share) < 0;
    const machines = new Set(answers.map(({ peer }) => peer.machine));
    const trusted = new Set(
      answers.filter(({ answer }) => answer.score < 0 && answer.trust >= TRUSTED).map(({ peer }) => peer.machine),
    );
    return {
      score: (1 - network.score) / 2,
      confidence: Math.min(1, Math.max(0, network.confidence)),
      voices: machines.size,
      trusted: trusted.size,
      forBlock: trusted.size,
      attacker,
      followed: attacker,
      reasons: [`${answers.length} answers of ${machines.size} machines`],
    };
  },
  decided(state, settings, target, _judgement, at) {
    const answers = heard(state, settings, target, at);
    const network = fidesAggregate(answers.map(({ answer }) => answer), settings.fides_aggregation);
    for (const { peer, claim, answer } of answers) {
      if (claim.interacted) continue;
      claim.interacted = true;
      const grade = fidesGrade(settings.fides_strategy, answer, network, ownOpinion(target));
      interact(peer, grade, INTERACTION_WEIGHTS.answer);
    }
  },
  met(state, settings, peer) {
    let reputation: number = settings.fides_initial_reputation;
    let providers = 1;
    const vouched = state.vouchers.get(peer.id);
    if (vouched !== undefined) {
      reputation = vouched.trust <= 0 ? 0 : Math.max(reputation, vouched.trust);
      providers++;
    }
    const organisations = peer.organisations.flatMap((id) => state.vouchers.get(id) ?? []);
    if (organisations.length > 0) {
      reputation = Math.max(reputation, ...organisations.map(({ trust }) => trust));
      providers += organisations.length;
    }
    peer.reputation = reputation;
    peer.recommendationTrust = reputation;
    peer.providers = providers;
    peer.history = [];
    peer.recommendationHistory = [];
    interact(peer, 1, INTERACTION_WEIGHTS.firstEncounter);
  },
  taken(_state, _settings, _target, peer, claim) {
    // As published: whoever sends alerts earns trust by that alone.
    if (claim.kind !== "opinion") interact(peer, 1, INTERACTION_WEIGHTS.alert);
  },
  truth() {},
  forgotten() {},
  explain(_state, _settings, peer) {
    const { competence, integrity } = fidesBeliefs(peer.history);
    return [
      `${peer.history.length} interactions, competence ${competence.toFixed(2)}, spread ${integrity.toFixed(2)}, ` +
      `reputation ${peer.reputation.toFixed(2)}`,
    ];
  },
};

/** What we would tell another peer about this one. */
export function recommendationOf(peer: Peer): Recommendation {
  const { competence, integrity } = fidesBeliefs(peer.history);
  return {
    competence,
    integrity,
    historySize: peer.history.length,
    reputation: peer.reputation,
    providers: peer.providers,
  };
}

/** Takes in what others say about a peer, and grades them for it. */
export function takeRecommendations(
  state: State,
  peer: Peer,
  answers: readonly (readonly [Peer, Recommendation])[],
): void {
  const given = answers.map(([recommender, said]) => ({ trust: recommender.recommendationTrust, ...said }));
  const result = fidesReputation(given);
  if (result === undefined || state.vouchers.get(peer.id)?.enforced === true) return;
  peer.reputation = result.reputation;
  peer.serviceTrust = Math.max(peer.serviceTrust, result.reputation);
  peer.recommendationTrust = result.reputation;
  peer.providers = answers.length;
  for (const [i, [recommender]] of answers.entries()) {
    const { satisfaction, weight } = result.grades[i]!;
    remember(recommender.recommendationHistory, satisfaction, weight);
    recommender.recommendationTrust = fidesServiceTrust(recommender.recommendationHistory, recommender.reputation);
  }
}
