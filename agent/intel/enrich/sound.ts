// Whether what claims to be an answer is one: what comes from a file or from a store that others write to may be anything.

import { type Answer, questionKey, type Service, SERVICES, type Verdict } from "./question.ts";
import type { Remembered } from "./remembered.ts";

/** Characters of names, and of what services call something. */
const LONGEST_NAME = 255;
const LONGEST_WORDS = 120;

/** What terminals would obey, and what turns the direction of writing. */
// deno-lint-ignore no-control-regex
const OBEYED = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

type Maybe = Record<string, unknown>;

/** A remembered answer to the question with this key, if that is what it is. */
export function readRemembered(value: unknown, key: string): Remembered | undefined {
  if (!isObject(value)) return undefined;
  const { answer, at, services } = value;
  if (typeof at !== "number" || !Number.isFinite(at) || !isObject(answer)) return undefined;
  if (!Array.isArray(services) || !services.every((one) => SERVICES.includes(one))) return undefined;
  const { question, verdicts, hostname, registered, jarm } = answer;
  if (!isObject(question) || !Array.isArray(verdicts) || !verdicts.every(isVerdict)) return undefined;
  if (hostname !== undefined && !isText(hostname, LONGEST_NAME)) return undefined;
  if (registered !== undefined && !isRegistration(registered)) return undefined;
  if (jarm !== undefined && !(typeof jarm === "string" && /^[0-9a-f]{62}$/.test(jarm))) return undefined;
  const read = { question, verdicts, hostname, registered, jarm } as unknown as Answer;
  if (questionKey(read.question) !== key) return undefined;
  return { answer: JSON.parse(JSON.stringify(read)), at, services: services as Service[] };
}

function isVerdict(value: unknown): value is Verdict {
  if (!isObject(value)) return false;
  const { service, says, words, share } = value;
  return SERVICES.some((one) => one === service) && ["malicious", "known", "unknown"].includes(says as string) &&
    isText(words, LONGEST_WORDS) && (share === undefined || (typeof share === "number" && share >= 0 && share <= 1));
}

function isRegistration(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { domain, at, registrar } = value;
  return isText(domain, LONGEST_NAME) && typeof at === "number" && Number.isFinite(at) &&
    (registrar === undefined || isText(registrar, LONGEST_NAME));
}

/** One line of text that terminals would not obey. */
function isText(value: unknown, longest: number): value is string {
  return typeof value === "string" && value.length <= longest && !OBEYED.test(value);
}

function isObject(value: unknown): value is Maybe {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
