// What comes of it: peers' words go into the trust model, our own findings grade them, and what the model makes of an
// address is told. One decision about one address lasts a decision period: it begins when the address is seen, and ends
// with our own verdict.

import { BoundedMap } from "../agent/profile/bounded-map.ts";
import type { OwnFinding } from "./findings.ts";
import type { Indicator } from "./indicator.ts";
import type { Judgement } from "./protocol/message.ts";
import type { Offence } from "./protocol/session.ts";
import type { Aggregate, ClaimKind, Offence as TrustOffence, Reception, Trust } from "./trust/contract.ts";

export interface JudgingOptions {
  readonly trust: Trust;
  /** Seconds that a decision lasts. */
  readonly period: number;
  /** Seconds in which the confidence of what was found halves; it grew old before we heard it. */
  readonly halfLife: number;
}

export interface Judging {
  /** An address was seen: a decision period begins, unless one is under way. Unix seconds. */
  seen(ip: string, at: number): void;
  /** A peer's word. */
  said(peer: string, kind: ClaimKind, indicator: Indicator, judgement: Judgement, at: number): Reception;
  /** A finding of ours: grades what peers said before. */
  found(finding: OwnFinding, share: number, at: number): void;
  offended(peer: string, offence: Offence | "silent", at: number): void;
  /** What the peers make of it, as a decision if the address is being decided about. */
  decide(indicator: Indicator, at: number): Aggregate;
  /** Ends the periods that are over, each with our verdict. */
  tick(at: number): void;
}

interface Period {
  readonly since: number;
  /** The greatest share of an alert's threshold that our own findings reached. */
  share: number;
  attack: boolean;
}

/** Addresses under decision: a scan of a /16 network. */
const DECIDED = 65_536;
/** Periods ended in one tick: each may grade many peers. */
const ENDED_AT_ONCE = 200;

const OFFENCES: Readonly<Record<Offence | "silent", TrustOffence>> = {
  malformed: "malformed",
  oversized: "oversized",
  early: "early",
  replayed: "replayed",
  unasked: "replayed",
  flood: "flood",
  silent: "silent",
};

export function createJudging({ trust, period, halfLife }: JudgingOptions): Judging {
  /** In the order in which they began. */
  const periods = new BoundedMap<string, Period>(DECIDED);
  /** Tells the reports of this run apart from all others. */
  const run = `${Date.now().toString(36)}-`;
  let statements = 0;

  function end(ip: string, { share, attack }: Period, at: number): void {
    // An attack was told when it was found.
    if (!attack) trust.ownDetection(ip, share > 0 ? { kind: "suspicion", share } : { kind: "quiet" }, at);
  }

  return {
    seen(ip, at) {
      if (!periods.has(ip)) periods.set(ip, { since: at, share: 0, attack: false });
    },
    said(peer, kind, { value }, { score, confidence, age }, at) {
      return trust.claim(peer, value, {
        kind,
        id: `${run}${++statements}`,
        score,
        confidence: confidence * 2 ** (-age / halfLife),
        at,
      });
    },
    found({ indicator: { kind, value }, alert }, share, at) {
      if (kind !== "ip") return;
      const open = periods.get(value);
      const entry = open ?? { since: at, share: 0, attack: false };
      if (open === undefined) periods.set(value, entry);
      entry.share = Math.max(entry.share, Math.min(1, share));
      if (!alert || entry.attack) return;
      // What the others said is judged before they can hear from us what is true.
      trust.decide(value, at);
      entry.attack = true;
      trust.ownDetection(value, { kind: "attack" }, at);
    },
    offended: (peer, offence, at) => trust.manners(peer, OFFENCES[offence], at),
    decide: ({ value }, at) => periods.has(value) ? trust.decide(value, at) : trust.aggregate(value, at),
    tick(at) {
      for (let ended = 0; ended < ENDED_AT_ONCE; ended++) {
        const ip = periods.oldest();
        const oldest = ip === undefined ? undefined : periods.get(ip);
        if (ip === undefined || oldest === undefined || at - oldest.since < period) return;
        periods.delete(ip);
        end(ip, oldest, at);
      }
    },
  };
}
