// The field's own arithmetic: threat levels are added up per profile and time window until there is enough for an alert;
// then the sum begins anew. Kept to compare with; the default is the graded scorer.
//
// Only what a host did itself counts (attacker direction `src`); the alert also lists its informational evidence. Each repeat
// of a finding counts like the first.

import { windowEnd, windowStart } from "../profile/window.ts";
import { count, exemplify, stagesOf } from "./account.ts";
import type { Alert, Evidence } from "./evidence.ts";
import { contentUuid } from "./identity.ts";
import { createLedger, type ProfileEntry, type WindowEntry } from "./ledger.ts";
import { alertConfidence, evidencePoints, POINTS, thresholdPoints } from "./levels.ts";
import type { Scored, Scorer } from "./scorer.ts";

export interface ReferenceOptions {
  /** Accumulated threat level per minute of window width that makes an alert; the field's default is 0.25. */
  thresholdPerMinute: number;
  /** Seconds; Infinity for one window over everything. */
  windowWidth: number;
  /** Unix seconds of the first record of the run; asked when there is an alert. */
  origin: () => number;
}

interface Window extends WindowEntry {
  points: number;
}

type Cause = Pick<Evidence, "profile" | "window" | "timestamp">;

/** A scorer for one run. */
export function createReferenceScorer(options: ReferenceOptions): Scorer {
  let threshold = thresholdPoints(options.thresholdPerMinute, options.windowWidth);
  const ledger = createLedger<Window>({
    ...options,
    window: (common) => ({ ...common, points: 0 }),
    thin: ({ sums }) => sums.clear(),
  });

  function alertOf(cause: Cause, profile: ProfileEntry<Window>, window: Window): Alert {
    const clock = ledger.clock();
    const { listed, omitted } = ledger.ids.take(window.ids);
    const score = window.points / POINTS;
    const confidence = alertConfidence(score);
    window.points = 0;
    ledger.alert(cause.profile, profile, window, confidence, false);
    return {
      id: contentUuid(["alert", cause.profile, cause.window, window.alerts, ...listed]),
      updates: undefined,
      profile: cause.profile,
      hostname: profile.hostname,
      window: cause.window,
      window_start: windowStart(clock, cause.window),
      window_end: windowEnd(clock, cause.window),
      timestamp: cause.timestamp,
      score,
      threshold: threshold / POINTS,
      confidence,
      new_stages: [],
      stages: stagesOf(window.sums.values()),
      evidence: listed,
      evidence_omitted: omitted,
      ordinal: window.alerts,
    };
  }

  const score = (window: Window | undefined): Scored => ({ score: (window?.points ?? 0) / POINTS, alert: undefined });

  function weigh(cause: Cause, points: number, profile: ProfileEntry<Window>, window: Window): Scored {
    window.points += points;
    const reached = window.points / POINTS;
    const enough = points > 0 && window.points >= threshold;
    return { score: reached, alert: enough ? alertOf(cause, profile, window) : undefined };
  }

  return {
    wantsRepeats: true,
    threshold: () => threshold / POINTS,
    adjust({ thresholdPerMinute }) {
      threshold = thresholdPoints(thresholdPerMinute, options.windowWidth);
    },
    add(evidence) {
      const { profile, window } = ledger.enter(evidence);
      if (evidence.attacker.direction !== "src") return score(window);
      if (evidence.count_before > 0) {
        exemplify(
          count(window.sums, evidence),
          evidence,
          evidencePoints(evidence.threat, evidence.confidence) / POINTS,
        );
        return score(window);
      }
      if (!ledger.ids.add(window.ids, evidence.id)) {
        ledger.duplicate();
        return score(window);
      }
      const points = evidencePoints(evidence.threat, evidence.confidence);
      const sum = count(window.sums, evidence);
      exemplify(sum, evidence, points / POINTS);
      addTo(sum, points);
      return weigh(evidence, points, profile, window);
    },
    repeat(repeat) {
      const place = ledger.find(repeat.profile, repeat.window);
      // What was never scored (switched off, whitelisted) is not scored when it comes again.
      if (place === undefined || !place.window.ids.seen.has(repeat.id)) return score(place?.window);
      const { profile, window } = place;
      ledger.ids.again(window.ids, repeat.id);
      const points = evidencePoints(repeat.threat, repeat.confidence);
      const sum = window.sums.get(repeat.type);
      if (sum !== undefined) addTo(sum, points);
      return weigh(repeat, points, profile, window);
    },
    account: ledger.account,
    counts: ledger.counts,
  };
}

/** Adds points to a sum of levels, exactly. */
function addTo(sum: { total: number }, points: number): void {
  sum.total = (Math.round(sum.total * POINTS) + points) / POINTS;
}
