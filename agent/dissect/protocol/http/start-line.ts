// The first line of a request and of a reply (RFC 9112 sections 3 and 4), read as leniently as Zeek reads it.

import { wireText } from "../../text.ts";
import { decodedUri, isUriCharacter } from "./uri.ts";

const SPACE = 0x20;
const TAB = 0x09;
const PERCENT = 0x25;
/** HTTP/0.9 knew GET alone; a shorter first word without a version is no HTTP. */
const SHORTEST_METHOD = 3;

/** "1.1"; "0.9" when a request states none, "0.0" when it cannot be read. */
export type Version = string;

export interface RequestLine {
  readonly method: string;
  readonly uri: string;
  readonly version: Version;
}

export interface StatusLine {
  readonly version: Version;
  readonly code: number;
  /** Undefined when the line ends behind the code. */
  readonly reason: string | undefined;
}

/** Reads a request line; a text says why it is none, in Zeek's words. */
export function readRequestLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  weird: (name: string) => void,
): RequestLine | string {
  let methodEnd = start;
  while (methodEnd < end && isTokenCharacter(bytes[methodEnd]!)) methodEnd++;
  if (methodEnd === start) {
    const version = end - start >= 9 && wireText(bytes, end - 9, end - 3).toUpperCase() === " HTTP/";
    return version ? "bad_HTTP_request_with_version" : "bad_HTTP_request";
  }
  const uriStart = skipBlanks(bytes, methodEnd, end);
  if (uriStart === methodEnd) return "bad_HTTP_request";
  let uriEnd = uriStart;
  while (uriEnd < end && (isUriCharacter(bytes[uriEnd]!) || bytes[uriEnd] === PERCENT)) uriEnd++;
  if (uriEnd >= end && isVersion(bytes, uriStart, end)) {
    weird("missing_HTTP_uri");
    uriEnd = uriStart;
  }
  let versionAt = uriEnd;
  while (versionAt < end) {
    uriEnd = versionAt;
    versionAt = skipBlanks(bytes, versionAt, end);
    if (isVersion(bytes, versionAt, end)) break;
    versionAt++;
  }
  const found = versionAt < end && isVersion(bytes, versionAt, end);
  if (!found) {
    uriEnd = end;
    while (uriEnd > uriStart && isBlank(bytes[uriEnd - 1]!)) uriEnd--;
    if (methodEnd - start < SHORTEST_METHOD || uriEnd === uriStart) return "bad_HTTP_request";
  }
  return {
    method: wireText(bytes, start, methodEnd),
    uri: decodedUri(bytes, uriStart, uriEnd, weird),
    version: found ? versionText(bytes, versionAt + 5, end) : "0.9",
  };
}

/** Reads a status line; undefined when it is none. */
export function readStatusLine(bytes: Uint8Array, start: number, end: number): StatusLine | undefined {
  if (!isVersion(bytes, start, end)) return undefined;
  let at = start + 5;
  while (at < end && !isBlank(bytes[at]!)) at++;
  at = skipBlanks(bytes, at, end);
  if (at + 3 > end) return undefined;
  const digits = wireText(bytes, at, at + 3);
  const code = /^[0-9]{3}$/.test(digits) ? Number(digits) : 0;
  at += 3;
  while (at < end && !isBlank(bytes[at]!)) at++;
  const reason = at < end ? wireText(bytes, skipBlanks(bytes, at, end), end) : undefined;
  return { version: versionText(bytes, start + 5, end), code, reason };
}

/** Whether "HTTP/" stands at `at`. */
export function isVersion(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 5 <= end && bytes[at] === 0x48 && bytes[at + 1] === 0x54 && bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 && bytes[at + 4] === 0x2f;
}

/** Whether a byte may stand in a method (RFC 9110 section 5.6.2, as generous as Zeek). */
export function isTokenCharacter(byte: number): boolean {
  return byte > SPACE && byte < 0x7f && !'()<>@,;:\\"/[]?={}'.includes(String.fromCharCode(byte));
}

function versionText(bytes: Uint8Array, at: number, end: number): Version {
  const text = wireText(bytes, at, Math.min(end, at + 3));
  return /^[0-9]\.[0-9]$/.test(text) ? text : "0.0";
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isBlank(bytes[at]!)) at++;
  return at;
}
