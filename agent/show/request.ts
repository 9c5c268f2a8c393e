// What `smartshield show` is asked for: the words of the command line, read and checked.

import { EVIDENCE_TYPES, type EvidenceType } from "../evidence/evidence.ts";
import { InputError } from "../errors.ts";
import { isAddress } from "../record/address.ts";
import { type Kind, KINDS } from "../record/schema.ts";
import type { Selection } from "../store/store.ts";

export const SUBJECTS = [
  "alerts",
  "alert",
  "hosts",
  "host",
  "evidence",
  "flows",
  "blocks",
  "sensors",
  "peers",
] as const;
export type Subject = typeof SUBJECTS[number];

/** Options as they were typed. */
export interface ShowFlags {
  readonly host?: string;
  readonly sensor?: string;
  readonly window?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly kind?: string;
}

export interface ShowRequest {
  readonly subject: Subject;
  /** Of `host` the address, of `alert` and `evidence` the id or the beginning of it. */
  readonly word: string | undefined;
  readonly selection: Selection;
  /** Of records. */
  readonly kind: Kind | undefined;
  /** Of evidence. */
  readonly type: EvidenceType | undefined;
}

/** Lines shown unless more are asked for, and the most that may be asked for. */
const LIMIT = 50;
const MOST = 1_000_000;

/** A day, with or without a time of it. */
const DAY_AND_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?Z?$/;

/**
 * Reads the request.
 * @throws {InputError} when something in it cannot be meant.
 */
export function readRequest(subject: Subject, word: string | undefined, flags: ShowFlags): ShowRequest {
  if (subject === "host") {
    if (word === undefined) throw new InputError("smartshield show host needs an IP address: show hosts lists them.");
    if (!isAddress(word)) throw new InputError(`${word} is no IP address: smartshield show hosts lists them.`);
  } else if (subject === "alert" && word === undefined) {
    throw new InputError("smartshield show alert needs an id, or the beginning of it: show alerts lists them.");
  } else if (word !== undefined && subject !== "alert" && subject !== "evidence") {
    throw new InputError(`smartshield show ${subject} takes no further word, but there is ${word}.`);
  }
  const { host, sensor, window, from, to, limit, kind } = flags;
  if (subject === "sensors" || subject === "peers") {
    const narrowed = (["host", "window", "from", "to"] as const).find((option) => flags[option] !== undefined);
    if (narrowed !== undefined) throw new InputError(`--${narrowed} does not narrow ${subject}; --sensor does.`);
  }
  if (subject === "blocks" && window !== undefined) {
    throw new InputError("--window does not narrow blocks, which are of no time window; --from and --to do.");
  }
  if (subject === "hosts" && (host !== undefined || window !== undefined)) {
    throw new InputError(
      "--host and --window do not narrow hosts: smartshield show host tells of one, --from and --to of a time.",
    );
  }
  if (host !== undefined && !isAddress(host)) throw new InputError(`--host is ${host} but must be an IP address.`);
  return {
    subject,
    word,
    selection: {
      sensor,
      profile: subject === "host" ? word : host,
      window: window === undefined ? undefined : wholeNumber("--window", window, Number.MIN_SAFE_INTEGER, MOST),
      from: from === undefined ? undefined : readTime("--from", from),
      to: to === undefined ? undefined : readTime("--to", to),
      limit: limit === undefined ? LIMIT : wholeNumber("--limit", limit, 1, MOST),
    },
    ...readKind(subject, kind),
  };
}

function readKind(subject: Subject, word: string | undefined): Pick<ShowRequest, "kind" | "type"> {
  if (word === undefined) return { kind: undefined, type: undefined };
  if (subject === "flows" || subject === "host") {
    const kind = KINDS.find((one) => one === word);
    if (kind === undefined) throw new InputError(`There is no kind of record ${word}; there are ${KINDS.join(", ")}.`);
    return { kind, type: undefined };
  }
  if (subject === "evidence") {
    const type = EVIDENCE_TYPES.find((one) => one === word);
    if (type === undefined) {
      throw new InputError(`There is no type of finding ${word}; smartshield explain lists all.`);
    }
    return { kind: undefined, type };
  }
  throw new InputError(`--kind narrows flows, host and evidence, not ${subject}.`);
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isInteger(number) || number < least || number > most) {
    const bounds = least === 1 ? ` from 1 to ${most.toLocaleString("en-GB")}` : "";
    throw new InputError(`${option} is ${text} but must be a whole number${bounds}.`);
  }
  return number;
}

/** Unix seconds. */
function readTime(option: string, text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const time = DAY_AND_TIME.test(text)
    ? Date.parse(`${text.replace(" ", "T").replace("Z", "")}${text.length > 11 ? "Z" : ""}`)
    : NaN;
  if (Number.isNaN(time)) {
    throw new InputError(
      `${option} is ${text} but must be a time in UTC, such as 2024-05-06T07:08:09, 2024-05-06, or Unix seconds.`,
    );
  }
  return time / 1000;
}
