// From evidence to alerts, in stream order: what is switched off is left out, what the whitelist covers counts nothing, the
// rest is scored; all of it is told to the logs, the console and whoever else listens.

import type { Alert, Evidence, EvidenceType, Repeat } from "../evidence/evidence.ts";
import { createScorer, type Scored, type Scorer } from "../evidence/scorer.ts";
import { alertLine, evidenceLine } from "../export/alerts-log.ts";
import { type IdmefContext, idmefEvent, idmefIncident, idmefLine } from "../export/idmef.ts";
import type { Output } from "../export/output-directory.ts";
import type { Telling, Told } from "../resume/told.ts";
import { VERSION } from "../version.ts";
import type { Configuration } from "../../config/schema.ts";

/** The score of a window, and what makes an alert. */
export interface Standing {
  readonly score: number;
  readonly threshold: number;
}

/** Somebody who hears of all findings: the console, peers, the store. */
export interface Listener {
  /** Whether the finding is only about what the listener itself does: then nobody hears of it. */
  isOurs?(evidence: Evidence): boolean;
  /** `standing`: what its profile's window has come to with it; undefined when the whitelist covers it. */
  evidence?(evidence: Evidence, standing: Standing | undefined): void;
  alert?(alert: Alert): void;
}

export interface Verdicts {
  /** Takes the next evidence; `clock` is stream time, Infinity at the end of the input. */
  evidence(evidence: Evidence, clock: number): void;
  /** Takes evidence that came again, for a scorer that counts each time. */
  repeat(repeat: Repeat, clock: number): void;
  /** Whether each repeat is wanted. */
  readonly wantsRepeats: boolean;
  hear(listener: Listener): void;
  /** Takes back what was told before this run was taken up: nobody hears of it but who `lacks` it. */
  recall(telling: Telling, lacks: Lacks): void;
  /** All was taken back: alerts that follow from it and were not told are told. */
  recalled(): void;
  /** Other settings from now on. */
  adjust(detection: Configuration["detection"]): void;
  /** The first `ALERTS_KEPT` alerts. */
  readonly alerts: readonly Alert[];
  readonly accounts: Scorer["account"];
  readonly counts: Scorer["counts"];
  /** Evidence of switched-off types, and evidence that a whitelist covers. */
  leftOut(): { disabled: number; whitelisted: number };
  flush(): void;
  close(): void;
}

/** Who has not heard what was told. */
export interface Lacks {
  readonly log: boolean;
  readonly json: boolean;
  readonly listeners: readonly Listener[];
}

/** Alerts kept for the final word; all of them are in the files. */
const ALERTS_KEPT = 1000;

export interface VerdictOptions {
  readonly detection: Configuration["detection"];
  readonly windowWidth: number;
  /** Unix seconds of the first record of the run. */
  readonly origin: () => number;
  readonly output: Output;
  /** Where what is told is noted first, in a run that can be taken up. */
  readonly told?: Told | undefined;
}

/** The verdicts of one run, written to `alerts/` in the output directory. */
export function createVerdicts({ detection, windowWidth, origin, output, told }: VerdictOptions): Verdicts {
  const alertsLog = output.lines("alerts/alerts.log");
  const alertsJson = output.lines("alerts/alerts.json");
  const scorer = createScorer({
    scorer: detection.scorer,
    sensitivity: detection.sensitivity,
    thresholdPerMinute: detection.evidence_detection_threshold,
    windowWidth,
    origin,
  });
  const listeners: Listener[] = [];
  const alerts: Alert[] = [];
  let switchedOff = typesOf(detection);
  let disabled = 0;
  let whitelisted = 0;

  const contextAt = (clock: number, timestamp: number): IdmefContext => ({
    version: VERSION,
    clock: Number.isFinite(clock) ? clock : timestamp,
  });

  /** Alerts that follow from what was taken back, until it shows that they were told. */
  const untold = new Map<string, { alert: Alert; clock: number }>();
  const everybody = (): Lacks => ({ log: true, json: true, listeners });

  function tellEvidence(evidence: Evidence, score: number | undefined, clock: number, to: Lacks): void {
    if (to.log) alertsLog.line(evidenceLine(evidence));
    if (to.json) alertsJson.line(idmefLine(idmefEvent(evidence, score, contextAt(clock, evidence.timestamp))));
    const standing = score === undefined ? undefined : { score, threshold: scorer.threshold() };
    for (const listener of to.listeners) listener.evidence?.(evidence, standing);
  }

  function tellAlert(alert: Alert, clock: number, to: Lacks): void {
    if (alerts.length < ALERTS_KEPT) alerts.push(alert);
    if (to.log) alertsLog.line(alertLine(alert));
    if (to.json) alertsJson.line(idmefLine(idmefIncident(alert, contextAt(clock, alert.timestamp))));
    for (const listener of to.listeners) listener.alert?.(alert);
  }

  function news(alert: Alert, clock: number): void {
    told?.write({ alert, clock });
    tellAlert(alert, clock, everybody());
  }

  /** What it comes to; nothing where the user's whitelist covers it. */
  function weigh(evidence: Evidence): Partial<Scored> {
    if (evidence.whitelisted === undefined) return scorer.add(evidence);
    whitelisted += evidence.count - evidence.count_before;
    return {};
  }

  return {
    evidence(evidence, clock) {
      if (listeners.some((listener) => listener.isOurs?.(evidence))) return;
      if (switchedOff.has(evidence.type)) {
        disabled += evidence.count - evidence.count_before;
        return;
      }
      told?.write({ evidence, clock });
      const { score, alert } = weigh(evidence);
      tellEvidence(evidence, score, clock, everybody());
      if (alert !== undefined) news(alert, clock);
    },
    repeat(repeat, clock) {
      told?.write({ repeat, clock });
      const { alert } = scorer.repeat(repeat);
      if (alert !== undefined) news(alert, clock);
    },
    recall(telling, lacks) {
      const { clock } = telling;
      if ("alert" in telling) {
        untold.delete(telling.alert.id);
        tellAlert(telling.alert, clock, lacks);
        return;
      }
      const { score, alert } = "repeat" in telling ? scorer.repeat(telling.repeat) : weigh(telling.evidence);
      if ("evidence" in telling) tellEvidence(telling.evidence, score, clock, lacks);
      if (alert !== undefined) untold.set(alert.id, { alert, clock });
    },
    recalled() {
      for (const { alert, clock } of untold.values()) news(alert, clock);
      untold.clear();
    },
    wantsRepeats: scorer.wantsRepeats,
    hear: (listener) => void listeners.push(listener),
    adjust(next) {
      switchedOff = typesOf(next);
      scorer.adjust({ sensitivity: next.sensitivity, thresholdPerMinute: next.evidence_detection_threshold });
    },
    alerts,
    accounts: () => scorer.account(),
    counts: () => scorer.counts(),
    leftOut: () => ({ disabled, whitelisted }),
    flush() {
      alertsLog.flush();
      alertsJson.flush();
    },
    close() {
      alertsLog.close();
      alertsJson.close();
    },
  };
}

function typesOf({ disabled_evidence }: Configuration["detection"]): ReadonlySet<EvidenceType> {
  return new Set(disabled_evidence as readonly EvidenceType[]);
}
