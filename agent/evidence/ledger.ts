// What both scorers remember of evidence: profiles and their windows under bounds, what was told twice, and the numbers of
// the final account.

import { BoundedMap } from "../profile/bounded-map.ts";
import { type WindowClock, windowEnd, windowStart } from "../profile/window.ts";
import { type ProfileAccount, readAccount, type TypeSums } from "./account.ts";
import type { Evidence, EvidenceType, ThreatLevel } from "./evidence.ts";
import { createIdMemory, type IdMemory, type RememberedIds } from "./remembered-ids.ts";
import type { ScoreCounts } from "./scorer.ts";

/** Profiles with evidence but no alert, and profiles with alerts, remembered at a time. Own choice: about 20 MB each. */
const PROFILES = 20_000;
/** Windows of one profile remembered at a time (the field's number). */
const WINDOWS_PER_PROFILE = 50;
/** Windows of one profile without an alert of which more than the sum is kept: late evidence can still complete them. */
const DETAILED_WINDOWS = 3;

/** What is remembered of one window; scorers add their own. */
export interface WindowEntry {
  /** Alerts, and updates of alerts. */
  alerts: number;
  updates: number;
  /** The highest confidence of its alerts, 0..1. */
  confidence: number;
  sums: TypeSums;
  ids: RememberedIds;
}

export interface ProfileEntry<Window> {
  hostname: string | undefined;
  evidence: number;
  alerts: number;
  /** Place among the alerted profiles. */
  rank: number;
  /** The window written longest ago first. */
  windows: Map<number, Window>;
}

export interface LedgerOptions<Window extends WindowEntry> {
  /** Seconds; Infinity for one window over everything. */
  windowWidth: number;
  /** Unix seconds of the first record of the run. */
  origin: () => number;
  /** Makes a window out of what is common to all. */
  window: (common: WindowEntry, profile: ProfileEntry<Window>, number: number) => Window;
  /** Leaves of an old window only what late evidence can complete. */
  thin: (window: Window) => void;
}

export interface Ledger<Window extends WindowEntry> {
  readonly ids: IdMemory;
  clock(): WindowClock;
  /** Counts evidence and finds its place. */
  enter(evidence: Evidence): { profile: ProfileEntry<Window>; window: Window };
  /** The place of evidence that was entered before, as long as it is remembered. */
  find(profile: string, window: number): { profile: ProfileEntry<Window>; window: Window } | undefined;
  /** The same finding was told twice. */
  duplicate(): void;
  /** The profile has an alert of this confidence in the window; or an update of one, which is not counted as another. */
  alert(name: string, profile: ProfileEntry<Window>, window: Window, confidence: number, isUpdate: boolean): void;
  account(): ProfileAccount[];
  counts(): ScoreCounts;
}

/** An empty ledger. */
export function createLedger<Window extends WindowEntry>(options: LedgerOptions<Window>): Ledger<Window> {
  const quiet = new BoundedMap<string, ProfileEntry<Window>>(PROFILES);
  const alerted = new BoundedMap<string, ProfileEntry<Window>>(PROFILES);
  const ids = createIdMemory();
  const byType: Partial<Record<EvidenceType, number>> = {};
  const byLevel: Record<ThreatLevel, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  let evidenceCount = 0;
  let alertCount = 0;
  let alertedProfiles = 0;
  let duplicates = 0;
  let windowsForgotten = 0;

  const clock = (): WindowClock => ({ origin: options.origin(), width: options.windowWidth });

  function profileOf(evidence: Evidence, more: number): ProfileEntry<Window> {
    const make = (): ProfileEntry<Window> => ({
      hostname: undefined,
      evidence: 0,
      alerts: 0,
      rank: 0,
      windows: new Map(),
    });
    const profile = (alerted.has(evidence.profile) ? alerted : quiet).use(evidence.profile, make);
    profile.hostname = evidence.hostname ?? profile.hostname;
    profile.evidence += more;
    return profile;
  }

  function windowOf(profile: ProfileEntry<Window>, number: number): Window {
    const { windows } = profile;
    let window = windows.get(number);
    if (window === undefined) {
      const common = { alerts: 0, updates: 0, confidence: 0, sums: new Map(), ids: ids.create() };
      window = options.window(common, profile, number);
      let older = windows.size;
      for (const [old, state] of windows) {
        if (older === WINDOWS_PER_PROFILE) {
          ids.release(state.ids);
          windows.delete(old);
          windowsForgotten++;
        } else if (older >= DETAILED_WINDOWS && state.alerts === 0) options.thin(state);
        older--;
      }
    } else windows.delete(number);
    windows.set(number, window);
    return window;
  }

  return {
    ids,
    clock,
    enter(evidence) {
      const more = evidence.count - evidence.count_before;
      evidenceCount += more;
      byType[evidence.type] = (byType[evidence.type] ?? 0) + more;
      byLevel[evidence.threat] += more;
      const profile = profileOf(evidence, more);
      return { profile, window: windowOf(profile, evidence.window) };
    },
    find(name, number) {
      const profile = alerted.get(name) ?? quiet.get(name);
      const window = profile?.windows.get(number);
      return profile === undefined || window === undefined ? undefined : { profile, window };
    },
    duplicate: () => void duplicates++,
    alert(name, profile, window, confidence, isUpdate) {
      window.confidence = Math.max(window.confidence, confidence);
      if (isUpdate) {
        window.updates++;
        return;
      }
      window.alerts++;
      alertCount++;
      if (profile.alerts++ > 0) return;
      profile.rank = alertedProfiles++;
      quiet.delete(name);
      alerted.set(name, profile);
    },
    account: () =>
      [...alerted.entries()].sort(([, a], [, b]) => a.rank - b.rank).map(([profile, state]) => ({
        profile,
        hostname: state.hostname,
        alerts: state.alerts,
        evidence: state.evidence,
        windows: [...state.windows].filter(([, { alerts }]) => alerts > 0).sort(([a], [b]) => a - b).map((
          [number, { alerts, confidence, sums }],
        ) => ({
          window: number,
          start: windowStart(clock(), number),
          end: windowEnd(clock(), number),
          alerts,
          confidence,
          evidence: readAccount(sums),
        })),
      })),
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
      evidence_ids_forgotten: ids.forgotten(),
    }),
  };
}
