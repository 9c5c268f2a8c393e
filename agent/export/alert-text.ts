// An alert in words, for whoever is woken by it: how sure we are, which stages of an attack were seen since when, the
// findings that decided, and what to do first.

import type { StageAccount, TypeAccount } from "../evidence/account.ts";
import type { Alert } from "../evidence/evidence.ts";
import { confidenceWord } from "../evidence/levels.ts";
import { type Stage, STAGE_NAMES, STAGES } from "../evidence/stages.ts";
import { isPrivate } from "../record/address.ts";
import { isoTime, plainText } from "./text.ts";

/** Characters told of one finding; the whole sentence stands in the line of the finding. Own choice. */
const FINDING_LENGTH = 180;

/** What to do first about a host inside, by the furthest stage that was seen. */
const FIRST_STEPS_INSIDE: Readonly<Record<Stage, string>> = {
  reconnaissance: "ask who runs this host and whether the scan was planned; if nobody did, take it off the network",
  access: "look in the logs of the hosts that it tried for a log-in that succeeded, and change the passwords it tried",
  command_and_control:
    "take the host off the network but leave it switched on, and find the program that made the connections",
  exfiltration: "take the host off the network now, leave it switched on, and find out what was sent",
};

/** And about a host on the Internet, which nobody here can take off a network. */
const FIRST_STEPS_OUTSIDE: Readonly<Record<Stage, string>> = {
  reconnaissance: "nothing is lost yet: see whether a host of yours answered it; block the address if it goes on",
  access: "block the address and look in the logs of the hosts that it tried for a log-in that succeeded",
  command_and_control: "block the address and look at the hosts of yours that it talked to",
  exfiltration: "block the address and look at the hosts of yours that it talked to",
};

/** "0.93 (high)". */
export function confidenceText(confidence: number): string {
  return `${confidence.toFixed(2)} (${confidenceWord(confidence)})`;
}

/** A number without digits that say nothing. */
export function scoreText(score: number): string {
  return String(Math.round(score * 100) / 100);
}

/** "Since 08:42 reconnaissance: …; …. Since 09:05 command and control: …." */
export function stagesText({ stages, timestamp }: Pick<Alert, "stages" | "timestamp">): string {
  return stages.map((stage) => `Since ${clockText(stage.first, timestamp)} ${stageText(stage)}.`).join(" ");
}

/** "reconnaissance: …; …, and 2 more kinds of findings". */
export function stageText({ stage, findings, more }: StageAccount): string {
  const rest = more === 0 ? "" : `; and ${more} more ${more === 1 ? "kind" : "kinds"} of findings`;
  return `${STAGE_NAMES[stage].name}: ${findings.map(findingText).join("; ")}${rest}`;
}

/** What to do first about it. */
export function firstStep({ profile, stages }: Pick<Alert, "profile" | "stages">): string {
  const furthest = stages.reduce((far, { stage }) => Math.max(far, STAGES.indexOf(stage)), 0);
  return (isPrivate(profile) ? FIRST_STEPS_INSIDE : FIRST_STEPS_OUTSIDE)[STAGES[furthest]!];
}

function findingText({ example, count, technique }: TypeAccount): string {
  const text = plainText(example);
  const short = text.length <= FINDING_LENGTH ? text : `${text.slice(0, FINDING_LENGTH - 1).trimEnd()}…`;
  return `${short}${count === 1 ? "" : ` (${count} times)`} [${technique}]`;
}

/** "08:42", with the day where it is not that of `now`. */
export function clockText(time: number, now: number): string {
  const text = isoTime(time);
  return text.slice(0, 10) === isoTime(now).slice(0, 10) ? text.slice(11, 16) : text.slice(0, 16).replace("T", " ");
}
