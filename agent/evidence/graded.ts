// The graded scorer: what different findings together say about a host, rather than how many lines there are about it.
// Repeats of one finding add little, different kinds and different stages of an attack add much, and one finding that
// leaves no doubt is enough. The arithmetic is in grading.ts, the meaning of each type in stages.ts; docs/decisions.md
// explains both with an example.
//
// A host has at most one alert in a window; it is updated when a new stage appears or the score has doubled.

import { windowEnd, windowStart } from "../profile/window.ts";
import { count, exemplify, stagesOf, type TypeAccount } from "./account.ts";
import type { Alert, Evidence, EvidenceType } from "./evidence.ts";
import {
  findingWorth,
  gradedConfidence,
  isConclusive,
  POINT,
  repeatedWorth,
  stagesOfWeight,
  tellingOf,
  togetherWorth,
  type TypeWorth,
} from "./grading.ts";
import { contentUuid } from "./identity.ts";
import { createLedger, type ProfileEntry, type WindowEntry } from "./ledger.ts";
import type { Scored, Scorer } from "./scorer.ts";
import type { Stage, Telling } from "./stages.ts";

/** Points that make an alert. Chosen by scripts/calibrate.ts on labelled traffic; the table is in docs/decisions.md. */
export const SENSITIVITIES = { low: 100, normal: 60, high: 30 } as const;

export type Sensitivity = keyof typeof SENSITIVITIES;

export interface GradedOptions {
  sensitivity: Sensitivity;
  /** Seconds; Infinity for one window over everything. */
  windowWidth: number;
  /** Unix seconds of the first record of the run; asked when there is an alert. */
  origin: () => number;
}

/** What came before a window counts half as much for every hour gone by. */
const HALVED_EVERY = 3600;

/** An alert that a conclusive finding made is at least so sure. */
const CONCLUSIVE_CONFIDENCE = 0.9;

/** Evidence of one type and one weight. */
interface Tally {
  telling: Telling;
  base: number;
  count: number;
  informational: boolean;
}

interface Window extends WindowEntry {
  number: number;
  tallies: Map<EvidenceType, Tally[]>;
  /** What earlier windows had shown by the time this one began. */
  before: Map<EvidenceType, Before>;
  conclusive: boolean;
  /** What the last alert or update told: its id, score and stages. */
  told: { id: string; score: number; stages: readonly Stage[] } | undefined;
}

interface Before extends TypeWorth {
  account: TypeAccount;
}

/** A scorer for one run. */
export function createGradedScorer(options: GradedOptions): Scorer {
  let threshold = SENSITIVITIES[options.sensitivity] * POINT;
  const ledger = createLedger<Window>({
    ...options,
    window: (common, profile, number) => ({
      ...common,
      number,
      tallies: new Map(),
      before: beforeOf(profile, number),
      conclusive: false,
      told: undefined,
    }),
    // What comes so late is scored for itself.
    thin({ sums, tallies, before }) {
      for (const map of [sums, tallies, before]) map.clear();
    },
  });

  /** What the window before this one has left, halved for the time gone by. */
  function beforeOf({ windows }: ProfileEntry<Window>, number: number): Map<EvidenceType, Before> {
    const left = new Map<EvidenceType, Before>();
    let latest: Window | undefined;
    for (const [other, window] of windows) {
      if (other < number && (latest === undefined || other > latest.number)) latest = window;
    }
    if (latest === undefined) return left;
    const halvings = Math.ceil((number - latest.number) * options.windowWidth / HALVED_EVERY);
    for (const before of allOf(latest)) {
      const worth = Math.floor(before.worth / 2 ** halvings);
      const stageWorth = Math.floor(before.stageWorth / 2 ** halvings);
      const account = { ...before.account, total: worth / POINT };
      if (worth > 0) left.set(before.type, { ...before, worth, stageWorth, account });
    }
    return left;
  }

  /** What a window has to say of itself. */
  function ownOf(window: Window): Before[] {
    return [...window.tallies].map(([type, tallies]) => {
      const account = window.sums.get(type)!;
      return {
        type,
        worth: worthOf(tallies),
        stageWorth: worthOf(tallies.filter(({ telling }) => telling !== "groping")),
        informational: tallies.every(({ informational }) => informational),
        account,
      };
    });
  }

  /** And with what came before: of each type, the weightier. */
  function allOf(window: Window): Before[] {
    const all = new Map(window.before);
    for (const own of ownOf(window)) {
      const before = all.get(own.type);
      all.set(own.type, before === undefined ? own : weightier(own, before));
    }
    return [...all.values()];
  }

  /** What came before can at most double what the window has itself. */
  function scoreOf(window: Window): number {
    const own = togetherWorth(ownOf(window));
    return window.before.size === 0 ? own : Math.max(own, Math.min(togetherWorth(allOf(window)), 2 * own));
  }

  function alertOf(
    evidence: Evidence,
    profile: ProfileEntry<Window>,
    window: Window,
    score: number,
  ): Alert | undefined {
    if (score < threshold && !window.conclusive) return undefined;
    const all = allOf(window);
    const stages = stagesOfWeight(all);
    const { told } = window;
    const isNews = told === undefined || score >= 2 * told.score ||
      stages.some((stage) => !told.stages.includes(stage));
    if (!isNews) return undefined;
    const sure = gradedConfidence(score, threshold);
    const confidence = window.conclusive ? Math.max(sure, CONCLUSIVE_CONFIDENCE) : sure;
    ledger.alert(evidence.profile, profile, window, confidence, told !== undefined);
    const clock = ledger.clock();
    const ordinal = 1 + window.updates;
    const id = contentUuid(["alert", evidence.profile, evidence.window, ordinal]);
    const { listed, omitted } = ledger.ids.take(window.ids);
    window.told = { id, score, stages };
    return {
      id,
      updates: told?.id,
      profile: evidence.profile,
      hostname: profile.hostname,
      window: evidence.window,
      window_start: windowStart(clock, evidence.window),
      window_end: windowEnd(clock, evidence.window),
      timestamp: evidence.timestamp,
      score: score / POINT,
      threshold: threshold / POINT,
      confidence,
      new_stages: stages.filter((stage) => told?.stages.includes(stage) !== true),
      stages: stagesOf(all.map(({ account }) => account)),
      evidence: listed,
      evidence_omitted: omitted,
      ordinal,
    };
  }

  return {
    wantsRepeats: false,
    threshold: () => threshold / POINT,
    adjust({ sensitivity }) {
      threshold = SENSITIVITIES[sensitivity] * POINT;
    },
    add(evidence): Scored {
      const { profile, window } = ledger.enter(evidence);
      const { type, threat, confidence } = evidence;
      if (evidence.attacker.direction !== "src") return { score: scoreOf(window) / POINT, alert: undefined };
      if (evidence.count_before === 0 && !ledger.ids.add(window.ids, evidence.id)) {
        ledger.duplicate();
        return { score: scoreOf(window) / POINT, alert: undefined };
      }
      if (evidence.count_before > 0) ledger.ids.again(window.ids, evidence.id);
      const sum = count(window.sums, evidence);
      const worth = findingWorth(type, threat, confidence);
      exemplify(sum, evidence, worth / POINT);
      const tallies = window.tallies.get(type) ?? [];
      window.tallies.set(type, tallies);
      const telling = tellingOf(type, threat);
      const informational = threat === "info";
      let tally = tallies.find((one) => one.telling === telling && one.informational === informational);
      if (tally === undefined) tallies.push(tally = { telling, informational, base: 0, count: 0 });
      tally.base = Math.max(tally.base, worth);
      tally.count += evidence.count - evidence.count_before;
      sum.total = worthOf(tallies) / POINT;
      if (SCANS.some((scan) => window.sums.has(scan))) partOfScan(window);
      window.conclusive ||= isConclusive(type, threat, confidence);
      const score = scoreOf(window);
      return { score: score / POINT, alert: worth > 0 ? alertOf(evidence, profile, window, score) : undefined };
    },
    repeat: ({ profile, window }) => {
      const place = ledger.find(profile, window);
      return { score: place === undefined ? 0 : scoreOf(place.window) / POINT, alert: undefined };
    },
    account: ledger.account,
    counts: ledger.counts,
  };
}

/** What evidence of one type is worth, thousandths of a point. */
function worthOf(tallies: readonly Tally[]): number {
  return tallies.reduce((most, { base, count, telling }) => Math.max(most, repeatedWorth(base, count, telling)), 0);
}

/** The weightier of two tellings of one type. */
function weightier(own: Before, before: Before): Before {
  return {
    ...before.worth <= own.worth ? own : before,
    stageWorth: Math.max(own.stageWorth, before.stageWorth),
    informational: own.informational && before.informational,
  };
}

const SCANS = ["horizontal_port_scan", "vertical_port_scan"] as const;

/** What gropes about beside a port scan is part of the scan, and told as such. */
function partOfScan({ sums, tallies }: Window): void {
  for (const [type, each] of tallies) {
    if (each.every(({ telling }) => telling === "groping")) sums.get(type)!.stage = "reconnaissance";
  }
}
