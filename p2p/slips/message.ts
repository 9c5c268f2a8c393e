// The old protocol /slips/1.0 of Slips 1.1's peers: a line of text per stream; what is no hello, ping or goodbye is JSON in
// base64. Its scores are threat levels: 0 harmless, 1 malicious; ours have 0.5 for "undecided".

import { readIndicator } from "../indicator.ts";
import type { Judgement } from "../protocol/message.ts";

export const LEGACY_PROTOCOL = "/slips/1.0";
/** The only version there is. */
export const LEGACY_VERSION = "version1";
/** Bytes of the longest line taken. Own choice: their messages have 300. */
export const LONGEST_LINE = 4096;

export type LegacyMessage =
  | { readonly type: "hello"; readonly version: string }
  | { readonly type: "ping" }
  | { readonly type: "pong" }
  | { readonly type: "goodbye" }
  | { readonly type: "request"; readonly ip: string }
  | { readonly type: "report" | "blame"; readonly ip: string; readonly judgement: Judgement | undefined }
  | { readonly type: "malformed"; readonly problem: string };

const malformed = (problem: string): LegacyMessage => ({ type: "malformed", problem });

/** Reads a line without its end. Never throws. */
export function readLegacy(line: string): LegacyMessage {
  const words = line.trim().split(" ");
  switch (words[0]) {
    case "":
      return malformed("an empty line");
    case "hello":
      return words.length === 2 ? { type: "hello", version: words[1]! } : malformed("a hello of another form");
    case "ping":
    case "pong":
    case "goodbye":
      return { type: words[0] };
  }
  let message: unknown;
  try {
    message = JSON.parse(atob(line.trim()));
  } catch {
    return malformed("a line that is no JSON in base64");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    return malformed("JSON that is no object");
  }
  const { message_type, key_type, key, evaluation_type, evaluation } = message as Record<string, unknown>;
  if (message_type !== "request" && message_type !== "report" && message_type !== "blame") {
    return malformed("a message of an unknown type");
  }
  if (key_type !== "ip" || typeof key !== "string") return malformed("a message that is not about an address");
  const ip = readIndicator("ip", key)?.value;
  if (ip === undefined) return malformed("a message that is not about an address");
  if (evaluation_type !== "score_confidence") return malformed("an evaluation of an unknown type");
  if (message_type === "request") return { type: "request", ip };
  if (evaluation === null) return { type: message_type, ip, judgement: undefined };
  const { score, confidence } = (evaluation ?? {}) as Record<string, unknown>;
  if (!within(score, -1, 1) || !within(confidence, 0, 1)) return malformed("an evaluation out of bounds");
  return { type: message_type, ip, judgement: { score: 0.5 + score / 2, confidence, age: 0 } };
}

function within(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

/** The line of a message, with its end. */
export function writeLegacy(message: Exclude<LegacyMessage, { type: "malformed" }>): string {
  switch (message.type) {
    case "hello":
      return `hello ${message.version}\n`;
    case "ping":
    case "pong":
    case "goodbye":
      return `${message.type}\n`;
    default: {
      const judgement = message.type === "request" ? undefined : message.judgement;
      const evaluation = judgement === undefined
        ? null
        : { score: Math.max(0, 2 * judgement.score - 1), confidence: judgement.confidence };
      return `${
        btoa(JSON.stringify({
          message_type: message.type,
          key_type: "ip",
          key: message.ip,
          evaluation_type: "score_confidence",
          ...(message.type === "request" ? {} : { evaluation }),
        }))
      }\n`;
    }
  }
}
