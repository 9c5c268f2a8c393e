// From evidence to alerts, in stream order: what is switched off is left out, what the whitelist covers counts nothing, the
// rest is scored; all of it is told to the logs, the console and whoever else listens.

import type { Alert, Evidence, EvidenceType, Repeat } from "../evidence/evidence.ts";
import { createScorer, type Scorer } from "../evidence/scorer.ts";
import { alertLine, evidenceLine } from "../export/alerts-log.ts";
import { type IdmefContext, idmefEvent, idmefIncident, idmefLine } from "../export/idmef.ts";
import type { Output } from "../export/output-directory.ts";
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

/** Alerts kept for the final word; all of them are in the files. */
const ALERTS_KEPT = 1000;

export interface VerdictOptions {
  readonly detection: Configuration["detection"];
  readonly windowWidth: number;
  /** Unix seconds of the first record of the run. */
  readonly origin: () => number;
  readonly output: Output;
}

/** The verdicts of one run, written to `alerts/` in the output directory. */
export function createVerdicts({ detection, windowWidth, origin, output }: VerdictOptions): Verdicts {
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

  function tell(alert: Alert, context: IdmefContext): void {
    if (alerts.length < ALERTS_KEPT) alerts.push(alert);
    alertsLog.line(alertLine(alert));
    alertsJson.line(idmefLine(idmefIncident(alert, context)));
    for (const listener of listeners) listener.alert?.(alert);
  }

  return {
    evidence(evidence, clock) {
      if (listeners.some((listener) => listener.isOurs?.(evidence))) return;
      const times = evidence.count - evidence.count_before;
      if (switchedOff.has(evidence.type)) {
        disabled += times;
        return;
      }
      const isCovered = evidence.whitelisted !== undefined;
      if (isCovered) whitelisted += times;
      // What the user's whitelist covers is told, but counts nothing.
      const { score, alert } = isCovered ? { score: undefined, alert: undefined } : scorer.add(evidence);
      const context = contextAt(clock, evidence.timestamp);
      alertsLog.line(evidenceLine(evidence));
      alertsJson.line(idmefLine(idmefEvent(evidence, score, context)));
      const standing = score === undefined ? undefined : { score, threshold: scorer.threshold() };
      for (const listener of listeners) listener.evidence?.(evidence, standing);
      if (alert !== undefined) tell(alert, context);
    },
    repeat(repeat, clock) {
      const { alert } = scorer.repeat(repeat);
      if (alert !== undefined) tell(alert, contextAt(clock, repeat.timestamp));
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
