// Slips' local trust model behind our interface, with the signs as intended. It grades nobody by what was said, counts
// every identity as a vote, and follows the network whatever its record is.

import { dovecotAggregate, dovecotPrediction, type DovecotRow, dovecotTrust } from "../formula/dovecot.ts";
import { mannersOf } from "../manners.ts";
import type { Model } from "../model.ts";
import type { TrustSettings } from "../settings.ts";
import type { Peer, State, Target } from "../state.ts";

/** Trust from which on the reference takes an IP for trusted (its ARP module). */
const TRUSTED = 0.3;

/** Our own opinion of the peer's IP. */
function reputation(state: State, peer: Peer): { score: number; confidence: number } {
  const own = peer.address === undefined ? undefined : state.targets.get(peer.address);
  return { score: own?.ownScore ?? 0, confidence: own?.ownConfidence ?? 0 };
}

function trustIn(state: State, peer: Peer, at: number): number {
  const voucher = state.vouchers.get(peer.id);
  if (voucher?.enforced === true) return voucher.trust;
  const { score, confidence } = reputation(state, peer);
  return dovecotTrust(mannersOf(peer, at), score, confidence);
}

export const DOVECOT: Model = {
  name: "dovecot",
  trust: (state, _settings, peer, at) => Math.min(1, Math.max(0, trustIn(state, peer, at))),
  judge(state: State, settings: TrustSettings, target: Target, at: number) {
    const rows: DovecotRow[] = [];
    const machines = new Set<string>(), trusted = new Set<string>();
    for (const [id, claim] of target.claims) {
      const peer = state.peers.get(id);
      if (peer?.machine === undefined || claim.retracted || at - claim.at > settings.opinion_age) continue;
      const reportScore = 1 - 2 * claim.score;
      rows.push({
        reportScore,
        reportConfidence: claim.confidence,
        reliability: mannersOf(peer, at),
        ...reputation(state, peer),
      });
      machines.add(peer.machine);
      if (reportScore < 0 && trustIn(state, peer, at) >= TRUSTED) trusted.add(peer.machine);
    }
    const network = dovecotAggregate(rows);
    const own = { score: target.ownScore, confidence: target.ownConfidence };
    const attacker = dovecotPrediction(network, own, settings.field_own_share) < 0;
    return {
      score: (1 - (network?.score ?? 0)) / 2,
      confidence: network?.confidence ?? 0,
      voices: machines.size,
      trusted: trusted.size,
      forBlock: trusted.size,
      attacker,
      followed: attacker,
      reasons: [`${rows.length} reports of ${machines.size} machines`],
    };
  },
  decided() {},
  met() {},
  taken() {},
  truth() {},
  forgotten() {},
  explain(state, _settings, peer) {
    const { score, confidence } = reputation(state, peer);
    return [`our own opinion of its IP: score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}`];
  },
};
