// alerts.log: one line for a person per piece of evidence and per alert. Traffic time only, so every run writes the same.

import type { Alert, Evidence } from "../evidence/evidence.ts";
import { isoTime, plainText } from "./text.ts";

/** Columns of the address and host name, which line up the sentences of most hosts (the field's layout). */
const SOURCE_WIDTH = 26;

/** What was found and how bad it is. */
export function evidenceSentence(evidence: Evidence): string {
  return `${plainText(evidence.description)}. threat level: ${evidence.threat}.`;
}

/** The line of one piece of evidence, without line end. */
export function evidenceLine(evidence: Evidence): string {
  const { timestamp, window, profile, hostname } = evidence;
  return `${isoTime(timestamp)} (TW ${window}): Src IP ${source(profile, hostname)}. Detected ${
    evidenceSentence(evidence)
  }`;
}

/** The line of an alert, without line end. */
export function alertLine(alert: Alert): string {
  const { timestamp, window, profile, hostname, score, threshold, confidence } = alert;
  const count = alert.evidence.length + alert.evidence_omitted;
  return `${isoTime(timestamp)} (TW ${window}): Src IP ${
    source(profile, hostname)
  }. Generated an alert given enough evidence on timewindow ${window}. accumulated threat level: ${round(score)} of ${
    round(threshold)
  }, evidence: ${count}, confidence: ${confidence.toFixed(2)}.`;
}

function source(profile: string, hostname: string | undefined): string {
  return plainText(hostname === undefined ? profile : `${profile} (${hostname})`).padEnd(SOURCE_WIDTH);
}

/** A threat level without digits that say nothing. */
function round(level: number): string {
  return String(Math.round(level * 100) / 100);
}
