// alerts.log: one line for a person per piece of evidence and per alert. Traffic time only, so every run writes the same.

import { type Alert, type Evidence, type Party, VICTIMS_COUNTED } from "../evidence/evidence.ts";
import { clockText, confidenceText, firstStep, scoreText, stagesText } from "./alert-text.ts";
import { knownTail } from "./known-text.ts";
import { isoTime, plainText } from "./text.ts";

/** Columns of the address and host name, which line up the sentences of most hosts (the field's layout). */
const SOURCE_WIDTH = 26;

/** What was found, how often, and how bad it is. */
export function evidenceSentence(evidence: Evidence): string {
  const { threat, confidence } = evidence;
  return `${findingText(evidence)}. threat level: ${threat}, confidence: ${confidence.toFixed(2)}.${mark(evidence)}`;
}

/** What was found, and how often. */
export function findingText(evidence: Evidence): string {
  return `${plainText(evidence.description)}${howOften(evidence)}`;
}

/** Why it was not scored, where the user's whitelist covers it. */
function mark({ whitelisted }: Evidence): string {
  if (whitelisted === undefined) return "";
  const { entry, party, because } = whitelisted;
  return ` whitelisted: ${plainText(entry)}, by the ${party}'s ${plainText(because)}.`;
}

/** What several victims are called together. */
const VICTIMS: Readonly<Record<Party["kind"], string>> = {
  ip: "hosts",
  domain: "names",
  url: "addresses",
  md5: "files",
};

/** ", 50 times since 07:01, 17 hosts": to follow the sentence of the newest; nothing the first time. */
function howOften({ count, since, timestamp, victims, victim, mixed }: Evidence): string {
  if (count === 1) return "";
  const when = clockText(since, timestamp);
  const number = victims >= VICTIMS_COUNTED ? `at least ${victims}` : String(victims);
  const whom = victims < 2 ? "" : `, ${number} ${VICTIMS[victim?.kind ?? "ip"]}`;
  return mixed ? `, and ${count - 1} more such findings since ${when}${whom}` : `, ${count} times since ${when}${whom}`;
}

/** The line of one piece of evidence, without line end. */
export function evidenceLine(evidence: Evidence): string {
  const { timestamp, window, profile, hostname } = evidence;
  return `${isoTime(timestamp)} (TW ${window}): Src IP ${source(profile, hostname)}. Detected ${
    evidenceSentence(evidence)
  }${knownTail(evidence)}`;
}

/** The line of an alert, without line end. */
export function alertLine(alert: Alert): string {
  const { timestamp, window, profile, hostname, score, threshold, confidence } = alert;
  const what = alert.updates === undefined
    ? `Generated an alert given enough evidence on timewindow ${window}`
    : `Updated the alert on timewindow ${window}`;
  const stages = stagesText(alert);
  return `${isoTime(timestamp)} (TW ${window}): Src IP ${source(profile, hostname)}. ${what}. confidence: ${
    confidenceText(confidence)
  }, score: ${scoreText(score)} of ${scoreText(threshold)}.${stages === "" ? "" : ` ${stages}`} What to do first: ${
    firstStep(alert)
  }.`;
}

function source(profile: string, hostname: string | undefined): string {
  return plainText(hostname === undefined ? profile : `${profile} (${hostname})`).padEnd(SOURCE_WIDTH);
}
