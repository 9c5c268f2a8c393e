// From evidence to alerts: adds up threat levels per profile and time window until there is enough for an alert.
//
// Evidence comes one by one in stream order, so an alert lists exactly what came before it. Only what a host did itself
// counts (attacker direction `src`); the alert also lists its informational evidence. After an alert the sum restarts.

import { BoundedMap } from "../profile/bounded-map.ts";
import { windowEnd, windowStart } from "../profile/window.ts";
import { account, type ProfileAccount, readAccount, type TypeSums } from "./account.ts";
import type { Alert, Evidence, EvidenceType, Repeat, ThreatLevel } from "./evidence.ts";
import { contentUuid } from "./identity.ts";
import { alertConfidence, evidencePoints, POINTS, thresholdPoints } from "./levels.ts";
import { createIdMemory, type RememberedIds } from "./remembered-ids.ts";

export interface ScorerOptions {
  /** Accumulated threat level per minute of window width that makes an alert; the field's default is 0.25. */
  thresholdPerMinute: number;
  /** Seconds; Infinity for one window over everything. */
  windowWidth: number;
  /** Unix seconds of the first record of the run; asked when there is an alert. */
  origin: () => number;
}

export interface Scored {
  /** The accumulated threat level of the evidence's profile and window after this evidence. */
  score: number;
  alert: Alert | undefined;
}

/** What was scored and what had to be forgotten. */
export interface ScoreCounts {
  evidence: number;
  by_type: Partial<Record<EvidenceType, number>>;
  by_level: Record<ThreatLevel, number>;
  alerts: number;
  /** Profiles with evidence, and with an alert, as far as they are still remembered. */
  profiles_with_evidence: number;
  profiles_with_alerts: number;
  /** The same finding told again. */
  duplicates: number;
  /** What went when a bound was reached. */
  profiles_forgotten: number;
  windows_forgotten: number;
  evidence_ids_forgotten: number;
}

export interface Scorer {
  /** Takes the next evidence in stream order; what is told again counts nothing by itself. */
  add(evidence: Evidence): Scored;
  /** Counts what came again. */
  repeat(repeat: Repeat): Scored;
  /** The profiles that had alerts, the first alerted one first. */
  account(): ProfileAccount[];
  counts(): ScoreCounts;
}

/** Profiles with evidence but no alert, and profiles with alerts, remembered at a time. Own choice: about 20 MB each. */
const PROFILES = 20_000;
/** Windows of one profile remembered at a time (the field's number). */
const WINDOWS_PER_PROFILE = 50;
/** Windows of one profile without an alert of which more than the sum is kept: late evidence can still complete them. */
const DETAILED_WINDOWS = 3;

interface WindowState {
  points: number;
  alerts: number;
  confidence: number;
  sums: TypeSums;
  ids: RememberedIds;
}

interface ProfileState {
  hostname: string | undefined;
  evidence: number;
  alerts: number;
  /** Place among the alerted profiles. */
  rank: number;
  /** The window written longest ago first. */
  windows: Map<number, WindowState>;
}

/** A scorer for one run. */
export function createScorer(options: ScorerOptions): Scorer {
  const threshold = thresholdPoints(options.thresholdPerMinute, options.windowWidth);
  const quiet = new BoundedMap<string, ProfileState>(PROFILES);
  const alerted = new BoundedMap<string, ProfileState>(PROFILES);
  const memory = createIdMemory();
  const byType: Partial<Record<EvidenceType, number>> = {};
  const byLevel: Record<ThreatLevel, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  let evidenceCount = 0;
  let alertCount = 0;
  let alertedProfiles = 0;
  let duplicates = 0;
  let windowsForgotten = 0;

  function profileOf(evidence: Evidence): ProfileState {
    const make = (): ProfileState => ({ hostname: undefined, evidence: 0, alerts: 0, rank: 0, windows: new Map() });
    const state = (alerted.has(evidence.profile) ? alerted : quiet).use(evidence.profile, make);
    state.hostname = evidence.hostname ?? state.hostname;
    state.evidence++;
    return state;
  }

  function windowOf(profile: ProfileState, number: number): WindowState {
    const { windows } = profile;
    let window = windows.get(number);
    if (window === undefined) {
      window = { points: 0, alerts: 0, confidence: 0, sums: new Map(), ids: memory.create() };
      let older = windows.size;
      for (const [old, state] of windows) {
        if (older === WINDOWS_PER_PROFILE) {
          memory.release(state.ids);
          windows.delete(old);
          windowsForgotten++;
        } else if (older >= DETAILED_WINDOWS && state.alerts === 0) state.sums.clear();
        older--;
      }
    } else windows.delete(number);
    windows.set(number, window);
    return window;
  }

  function alertOf(
    evidence: Pick<Evidence, "profile" | "window" | "timestamp">,
    profile: ProfileState,
    window: WindowState,
  ): Alert {
    const clock = { origin: options.origin(), width: options.windowWidth };
    const { listed, omitted } = memory.take(window.ids);
    const score = window.points / POINTS;
    const ordinal = ++window.alerts;
    window.points = 0;
    window.confidence = Math.max(window.confidence, alertConfidence(score));
    if (profile.alerts++ === 0) {
      profile.rank = alertedProfiles++;
      quiet.delete(evidence.profile);
      alerted.set(evidence.profile, profile);
    }
    alertCount++;
    return {
      id: contentUuid(["alert", evidence.profile, evidence.window, ordinal, ...listed]),
      profile: evidence.profile,
      hostname: profile.hostname,
      window: evidence.window,
      window_start: windowStart(clock, evidence.window),
      window_end: windowEnd(clock, evidence.window),
      timestamp: evidence.timestamp,
      score,
      threshold: threshold / POINTS,
      confidence: alertConfidence(score),
      evidence: listed,
      evidence_omitted: omitted,
      ordinal,
    };
  }

  function weigh(
    evidence: Pick<Evidence, "profile" | "window" | "timestamp">,
    points: number,
    profile: ProfileState,
    window: WindowState,
  ): Scored {
    window.points += points;
    const score = window.points / POINTS;
    const enough = points > 0 && window.points >= threshold;
    return { score, alert: enough ? alertOf(evidence, profile, window) : undefined };
  }

  return {
    add(evidence) {
      const profile = profileOf(evidence);
      const window = windowOf(profile, evidence.window);
      const more = evidence.count - evidence.count_before;
      evidenceCount += more;
      byType[evidence.type] = (byType[evidence.type] ?? 0) + more;
      byLevel[evidence.threat] += more;
      if (evidence.attacker.direction !== "src") return { score: window.points / POINTS, alert: undefined };
      if (evidence.count_before > 0) {
        account(window.sums, evidence, 0);
        return { score: window.points / POINTS, alert: undefined };
      }
      if (!memory.add(window.ids, evidence.id)) {
        duplicates++;
        return { score: window.points / POINTS, alert: undefined };
      }
      const points = evidencePoints(evidence.threat, evidence.confidence);
      account(window.sums, evidence, points);
      return weigh(evidence, points, profile, window);
    },
    repeat(repeat) {
      const profile = alerted.get(repeat.profile) ?? quiet.get(repeat.profile);
      const window = profile?.windows.get(repeat.window);
      // What was never scored (switched off, say) is not scored when it comes again.
      if (profile === undefined || window === undefined || !window.ids.seen.has(repeat.id)) {
        return { score: (window?.points ?? 0) / POINTS, alert: undefined };
      }
      memory.again(window.ids, repeat.id);
      const points = evidencePoints(repeat.threat, repeat.confidence);
      const sum = window.sums.get(repeat.type);
      if (sum !== undefined) sum.total += points;
      return weigh(repeat, points, profile, window);
    },
    account() {
      const clock = { origin: options.origin(), width: options.windowWidth };
      return [...alerted.entries()].sort(([, a], [, b]) => a.rank - b.rank).map(([profile, state]) => ({
        profile,
        hostname: state.hostname,
        alerts: state.alerts,
        evidence: state.evidence,
        windows: [...state.windows].filter(([, { alerts }]) => alerts > 0).sort(([a], [b]) => a - b).map((
          [number, { alerts, confidence, sums }],
        ) => ({
          window: number,
          start: windowStart(clock, number),
          end: windowEnd(clock, number),
          alerts,
          confidence,
          evidence: readAccount(sums),
        })),
      }));
    },
    counts: () => ({
      evidence: evidenceCount,
      by_type: { ...byType },
      by_level: { ...byLevel },
      alerts: alertCount,
      profiles_with_evidence: quiet.size + alerted.size,
      profiles_with_alerts: alerted.size,
      duplicates,
      profiles_forgotten: quiet.dropped + alerted.dropped,
      windows_forgotten: windowsForgotten,
      evidence_ids_forgotten: memory.forgotten(),
    }),
  };
}
