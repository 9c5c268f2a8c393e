// Recognises a request by its first line: on any port, with any method, as long as it says which version it speaks.

import type { Recognition } from "../../analyzer.ts";
import { isTokenCharacter, isVersion } from "./start-line.ts";

const LF = 0x0a;
const SPACE = 0x20;
/** Recognition is given up to this many bytes of a stream. */
const OFFERED_BYTES = 1024;
const LONGEST_METHOD = 32;
/** Methods after which a target that fills all bytes at hand is taken for one. */
const COMMON_METHODS = new Set(["GET", "POST", "HEAD", "PUT"]);

/** Whether `bytes[start..end)`, the beginning of what a client sent, is a request. */
export function recogniseRequest(bytes: Uint8Array, start: number, end: number): Recognition {
  let at = start;
  while (at < end && isSpace(bytes[at]!)) at++;
  const methodStart = at;
  while (at < end && at - methodStart <= LONGEST_METHOD && isTokenCharacter(bytes[at]!)) at++;
  if (at === end) return at - methodStart <= LONGEST_METHOD ? "more" : "no";
  if (bytes[at] !== SPACE || at === methodStart || at - methodStart > LONGEST_METHOD) return "no";
  for (let i = at; i < end; i++) {
    if (bytes[i] === LF) return "no";
    if (bytes[i] === SPACE && isVersion(bytes, i + 1, end)) return "yes";
  }
  if (end - start < OFFERED_BYTES) return "more";
  return COMMON_METHODS.has(String.fromCharCode(...bytes.subarray(methodStart, at))) ? "yes" : "no";
}

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
}
