// A trust model with its state: the one way in for the rest of the program (contract.ts says what each part is for).

import type { Aggregate, Claim, ModelName, Recommendation, Trust, Verdict, Voucher } from "./contract.ts";
import { dovecotLocal } from "./formula/dovecot.ts";
import { newStake } from "./formula/hedge.ts";
import { enterRefusal, enterSighting, examine, hold, usePeer } from "./intake.ts";
import { enterOffence, isUnwelcome, mannersOf } from "./manners.ts";
import { DOVECOT } from "./model/dovecot.ts";
import { FIDES, recommendationOf, takeRecommendations } from "./model/fides.ts";
import { SMARTSHIELD } from "./model/smartshield.ts";
import type { Judgement, Model } from "./model.ts";
import { type TrustSettings, trustSettings } from "./settings.ts";
import {
  countOne,
  forgetTarget,
  fromSnapshot,
  newState,
  ownView,
  type Snapshot,
  type State,
  type Target,
  toSnapshot,
  useTarget,
} from "./state.ts";

const MODELS: Readonly<Record<ModelName, Model>> = { smartshield: SMARTSHIELD, dovecot: DOVECOT, fides: FIDES };

/** Words of the user, and protected hosts, that are remembered at most. */
const VOUCHERS = 4096;
const PROTECTED = 65_536;

/** A trust model; `settings` overlays the defaults, `kept` is what `snapshot` gave in an earlier run. */
export function createTrust(
  name: ModelName,
  changed: Partial<Omit<TrustSettings, "model">> = {},
  kept?: Snapshot,
): Trust {
  const settings = trustSettings(changed);
  const model = MODELS[name];
  const state: State = kept === undefined ? newState(name) : fromSnapshot(name, kept);
  const forget = (target: Target): void => model.forgotten(state, target);
  const periodOf = (at: number): number => Math.floor(at / settings.decision_period);

  function targetOf(ip: string, at: number): Target {
    const target = useTarget(state, ip, settings, forget);
    // An attack of long ago: we begin anew with this host.
    if (target.attackAt !== undefined && at - target.attackAt > settings.attack_memory) {
      target.attackAt = undefined;
      target.truth = undefined;
      target.quietPeriods = 0;
      state.opinions -= target.claims.size;
      target.claims.clear();
      target.stake = newStake("quiet");
    }
    return target;
  }

  function ownDetection(ip: string, verdict: Verdict, at: number): void {
    const target = targetOf(ip, at);
    const period = periodOf(at);
    const again = target.lastPeriod === period;
    const seen = !again || verdict.kind !== "quiet";
    target.lastPeriod = period;
    if (!seen) return;
    // A suspicion is neither an attack nor its absence to the field's simple detector.
    if (verdict.kind !== "suspicion") {
      const own = dovecotLocal({ score: target.ownScore, confidence: target.ownConfidence }, verdict.kind === "attack");
      [target.ownScore, target.ownConfidence] = [own.score, own.confidence];
    }
    target.verdict = verdict;
    if (verdict.kind === "attack") {
      target.attackAt = Math.max(at, target.attackAt ?? at);
      if (target.truth !== "attack") model.truth(state, settings, target, "attack", at);
      target.truth = "attack";
    } else if (target.attackAt === undefined) {
      if (verdict.kind === "suspicion") reconsider(target);
      else if (++target.quietPeriods >= settings.benign_after && target.truth === undefined) {
        model.truth(state, settings, target, "harmless", at);
        target.truth = "harmless";
      }
    }
  }

  /** Something was found on a host: its quiet time begins anew. */
  function reconsider(target: Target): void {
    target.quietPeriods = 0;
    if (target.truth !== "harmless") return;
    target.truth = undefined;
    target.stake = newStake("suspected");
  }

  function claim(peerId: string, ip: string, said: Claim) {
    const peer = state.peers.get(peerId);
    const reception = examine(state, settings, peer, ip, said);
    if (reception !== "taken" || peer === undefined) {
      enterRefusal(state, peer, reception, said.at);
      return reception;
    }
    const target = targetOf(ip, said.at);
    const held = hold(state, settings, target, peer, said);
    if (held !== undefined) model.taken(state, settings, target, peer, held, said.at);
    while (state.opinions > settings.opinions && state.targets.size > 1) forgetTarget(state, forget);
    return reception;
  }

  function answer(ip: string, judgement: Judgement, target: Target | undefined, at: number): Aggregate {
    const shielded = state.protected.get(ip);
    const attackSeen = target !== undefined && ownView(target, at, settings) === "attack";
    const byPeers = judgement.followed && !attackSeen && shielded === undefined;
    const mayBlock = byPeers && judgement.forBlock >= settings.block_voices;
    return {
      ip,
      score: judgement.score,
      confidence: judgement.confidence,
      voices: judgement.voices,
      independentTrustedVoices: judgement.trusted,
      decision: attackSeen || byPeers ? "attacker" : "harmless",
      byPeers,
      mayBlock,
      threat: mayBlock ? "high" : byPeers ? "medium" : "info",
      reasons: shielded === undefined ? judgement.reasons : [...judgement.reasons, `protected: ${shielded}`],
    };
  }

  /** Judges without leaving a trace. */
  function aggregate(ip: string, at: number): Aggregate {
    const known = state.targets.get(ip);
    const stale = known?.attackAt !== undefined && at - known.attackAt > settings.attack_memory;
    if (known === undefined || stale) return answer(ip, NOTHING_SAID, undefined, at);
    return answer(ip, model.judge(state, settings, known, at), known, at);
  }

  function decide(ip: string, at: number): Aggregate {
    if (!state.targets.has(ip)) return aggregate(ip, at);
    const target = targetOf(ip, at);
    const judgement = model.judge(state, settings, target, at);
    model.decided(state, settings, target, judgement, at);
    return answer(ip, judgement, target, at);
  }

  return {
    model: name,
    peerSeen(id, sighting) {
      const used = usePeer(state, id, sighting.at, settings);
      if (used === undefined) return countOne(state, "peers_invalid");
      enterSighting(used.peer, sighting);
      if (used.isNew) model.met(state, settings, used.peer, sighting.at);
    },
    vouch(subject: string, voucher: Voucher | undefined) {
      if (voucher === undefined) state.vouchers.delete(subject);
      else if (state.vouchers.size < VOUCHERS || state.vouchers.has(subject)) {
        state.vouchers.set(subject, { ...voucher, trust: Math.min(1, Math.max(0, voucher.trust || 0)) });
      }
    },
    protect(ip, reason) {
      if (state.protected.size < PROTECTED || state.protected.has(ip)) state.protected.set(ip, reason);
      else countOne(state, "protected_left_out");
    },
    unprotect: (ip) => void state.protected.delete(ip),
    claim,
    retract(peerId, ip, at) {
      const held = state.targets.get(ip)?.claims.get(peerId);
      if (held === undefined) return;
      held.retracted = true;
      held.at = Math.max(held.at, at);
    },
    manners(id, offence, at) {
      const peer = state.peers.get(id);
      if (peer !== undefined) enterOffence(peer, offence, at);
    },
    ownDetection,
    trust(id, at) {
      const peer = state.peers.get(id);
      return peer === undefined ? 0 : model.trust(state, settings, peer, at);
    },
    unwelcome(id, at) {
      const peer = state.peers.get(id);
      return peer !== undefined && isUnwelcome(peer, at);
    },
    aggregate,
    decide,
    explain(id, at) {
      const peer = state.peers.get(id);
      if (peer === undefined) {
        const reasons = ["never met"];
        return {
          peer: id,
          trust: 0,
          address: undefined,
          sharesMachineWith: [],
          right: 0,
          wrong: 0,
          manners: 1,
          reasons,
        };
      }
      const others = [...state.peers.values()].filter((other) => other !== peer && other.machine === peer.machine);
      return {
        peer: id,
        trust: model.trust(state, settings, peer, at),
        address: peer.address,
        sharesMachineWith: peer.machine === undefined ? [] : others.map((other) => other.id),
        right: peer.right,
        wrong: peer.wrong,
        manners: mannersOf(peer, at),
        reasons: model.explain(state, settings, peer, at),
      };
    },
    peers: () => [...state.peers.keys()],
    recommend(about) {
      const peer = state.peers.get(about);
      return name === "fides" && peer !== undefined ? recommendationOf(peer) : undefined;
    },
    recommended(about, answers) {
      const subject = state.peers.get(about);
      if (name !== "fides" || subject === undefined) return;
      const known = answers.flatMap(([id, recommendation]) => {
        const peer = state.peers.get(id);
        return peer !== undefined && isRecommendation(recommendation) ? [[peer, recommendation] as const] : [];
      });
      takeRecommendations(state, subject, known);
    },
    counters: () => ({ ...state.counters }),
    snapshot: () => toSnapshot(state),
  };
}

const NOTHING_SAID: Judgement = {
  score: 0.5,
  confidence: 0,
  voices: 0,
  trusted: 0,
  forBlock: 0,
  attacker: false,
  followed: false,
  reasons: ["no peer said anything that still counts"],
};

/** Whether the numbers of a recommendation are within their bounds. */
function isRecommendation({ competence, integrity, historySize, reputation, providers }: Recommendation): boolean {
  return [competence, integrity, reputation].every((value) => value >= 0 && value <= 1) &&
    [historySize, providers].every((value) => Number.isSafeInteger(value) && value >= 0);
}
