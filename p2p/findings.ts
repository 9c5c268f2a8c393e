// What we have found ourselves, and nothing that others told us: the only thing that other peers are ever told.

import { BoundedMap } from "../agent/profile/bounded-map.ts";
import { type Indicator, indicatorKey, readIndicator } from "./indicator.ts";
import type { Judgement } from "./protocol/message.ts";

/** A finding of this agent's own detectors about an indicator. */
export interface OwnFinding {
  readonly indicator: Indicator;
  /** Value of its threat level, 0..1. */
  readonly score: number;
  readonly confidence: number;
  /** It completed an alert. */
  readonly alert: boolean;
}

/** What is remembered of an indicator. */
interface Found {
  indicator: Indicator;
  score: number;
  confidence: number;
  alert: boolean;
  /** Unix seconds. */
  at: number;
  /** What peers were told, as score times confidence, and when; 0 when they were told nothing. */
  toldWeight: number;
  toldAt: number;
}

/** What peers are to be told about a finding. */
export type News = "report" | "blame" | undefined;

export interface Findings {
  /** Notes a finding and says what peers are to be told of it. */
  note(finding: OwnFinding, now: number): News;
  /** Nobody was there to be told: it is still to be told. */
  unheard(indicator: Indicator): void;
  /** What we would answer; undefined when we have found nothing. */
  judgement(indicator: Indicator, now: number): Judgement | undefined;
  /** It was wrong: forgets it; whether peers had been told. */
  retract(indicator: Indicator): boolean;
  readonly size: number;
  snapshot(): unknown;
  /** Takes back a snapshot; what is no finding in it is passed over. */
  restore(snapshot: unknown, now: number): void;
}

/** Indicators remembered. */
const REMEMBERED = 65_536;
/** Of these the newest are written to disk. */
const KEPT_ON_DISK = 10_000;
/** Seconds after which a finding is no longer told: addresses change hands. Own choice: a week. */
const TOLD_FOR = 7 * 86_400;
/** Seconds after which the same finding is reported once more: once in a default time window. */
const TOLD_AGAIN_AFTER = 3600;
/** How much heavier (score times confidence) a finding must be to be reported sooner than that. */
const HEAVIER = 0.1;

export function createFindings(): Findings {
  const found = new BoundedMap<string, Found>(REMEMBERED);

  return {
    note({ indicator, score, confidence, alert }, now) {
      // What says nothing bad is nobody's business.
      if (score <= 0 || confidence <= 0) return undefined;
      const entry = found.use(indicatorKey(indicator), () => ({
        indicator,
        score: 0,
        confidence: 0,
        alert: false,
        at: now,
        toldWeight: 0,
        toldAt: -Infinity,
      }));
      if (now - entry.at > TOLD_FOR) Object.assign(entry, { score: 0, confidence: 0, alert: false });
      const newAlert = alert && (!entry.alert || now - entry.toldAt > TOLD_AGAIN_AFTER);
      entry.at = now;
      entry.alert ||= alert;
      if (score * confidence >= entry.score * entry.confidence) Object.assign(entry, { score, confidence });
      const weight = entry.score * entry.confidence;
      if (!newAlert && weight < entry.toldWeight + HEAVIER && now - entry.toldAt < TOLD_AGAIN_AFTER) return undefined;
      entry.toldWeight = weight;
      entry.toldAt = now;
      return newAlert ? "blame" : "report";
    },
    unheard(indicator) {
      const entry = found.get(indicatorKey(indicator));
      if (entry !== undefined) Object.assign(entry, { toldWeight: 0, toldAt: -Infinity });
    },
    judgement(indicator, now) {
      const entry = found.get(indicatorKey(indicator));
      if (entry === undefined) return undefined;
      const age = Math.max(0, now - entry.at);
      return age > TOLD_FOR ? undefined : { score: entry.score, confidence: entry.confidence, age };
    },
    retract(indicator) {
      const key = indicatorKey(indicator);
      const told = (found.get(key)?.toldWeight ?? 0) > 0;
      found.delete(key);
      return told;
    },
    get size() {
      return found.size;
    },
    snapshot() {
      const kept: unknown[] = [];
      for (const [, { indicator, score, confidence, alert, at }] of found.entries()) {
        if (kept.length >= KEPT_ON_DISK) break;
        kept.push({ kind: indicator.kind, value: indicator.value, score, confidence, alert, at });
      }
      return kept.reverse();
    },
    restore(snapshot, now) {
      if (!Array.isArray(snapshot)) return;
      for (const item of snapshot.slice(0, KEPT_ON_DISK)) {
        const { kind, value, score, confidence, alert, at } = (item ?? {}) as Record<string, unknown>;
        const indicator = typeof value === "string" ? readIndicator(kind as Indicator["kind"], value) : undefined;
        if (indicator === undefined || typeof at !== "number" || now - at > TOLD_FOR) continue;
        if (typeof score !== "number" || typeof confidence !== "number") continue;
        found.set(indicatorKey(indicator), {
          indicator,
          score,
          confidence,
          alert: alert === true,
          at: Math.min(at, now),
          toldWeight: score * confidence,
          toldAt: Math.min(at, now),
        });
      }
    },
  };
}
