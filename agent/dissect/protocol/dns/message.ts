// The header of a DNS message (RFC 1035 section 4.1.1), its questions, and whether bytes look like such a message.

import { type Cursor, readName, type ReportWeird } from "./name.ts";
import { CLASS, isKnownType } from "./numbers.ts";

export interface Header {
  readonly id: number;
  readonly response: boolean;
  readonly operation: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** The three bits that were reserved: one still is, two tell of DNSSEC (RFC 2535); on NetBIOS, of broadcast. */
  readonly z: number;
  readonly code: number;
  readonly questions: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
}

export const HEADER_BYTES = 12;

/** The header at `start`; the caller has seen to it that `HEADER_BYTES` bytes are there. */
export function readHeader(bytes: Uint8Array, start: number): Header {
  const flags = uint16(bytes, start + 2);
  return {
    id: uint16(bytes, start),
    response: (flags & 0x8000) !== 0,
    operation: flags >>> 11 & 0xf,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    z: flags >>> 4 & 0x7,
    code: flags & 0xf,
    questions: uint16(bytes, start + 4),
    answers: uint16(bytes, start + 6),
    authorities: uint16(bytes, start + 8),
    additionals: uint16(bytes, start + 10),
  };
}

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** Reads the question at the cursor and moves behind it; undefined when it is cut off. */
export function readQuestion(cursor: Cursor, netbios: boolean, weird: ReportWeird): Question | undefined {
  const name = readName(cursor, netbios, weird);
  if (cursor.end - cursor.at < 4) {
    weird("DNS_truncated_quest_too_short");
    return undefined;
  }
  cursor.at += 4;
  return { name, type: uint16(cursor.bytes, cursor.at - 4), class: uint16(cursor.bytes, cursor.at - 2) };
}

/** More records than this in the last two sections of a message on some other port than DNS's make it something else. */
const PLAUSIBLE_RECORDS = 64;
/** Longest name (RFC 1035 section 2.3.4). */
const MAXIMUM_NAME = 255;

/**
 * Whether `bytes[start..end)` is a whole standard query or its answer, strictly: one question for the Internet, of a
 * known type, with a name of plain labels that fits the message. For ports on which DNS does not live.
 */
export function looksLikeMessage(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < HEADER_BYTES + 5) return false;
  const flags = uint16(bytes, start + 2);
  const response = (flags & 0x8000) !== 0;
  // A standard query or its answer, the reserved bit zero.
  if ((flags & 0x7840) !== 0 || uint16(bytes, start + 4) !== 1) return false;
  const answers = uint16(bytes, start + 6);
  const rest = uint16(bytes, start + 8) + uint16(bytes, start + 10);
  if (response ? answers > PLAUSIBLE_RECORDS || rest > PLAUSIBLE_RECORDS : answers !== 0 || rest > 1) return false;
  if (!response && (flags & 0x048f) !== 0) return false;
  let at = start + HEADER_BYTES;
  while (bytes[at] !== 0) {
    const length = bytes[at]!;
    if (length > 63 || at + length + 1 >= end || at - start > MAXIMUM_NAME + HEADER_BYTES) return false;
    for (let i = at + 1; i <= at + length; i++) if (bytes[i]! < 0x21 || bytes[i]! > 0x7e) return false;
    at += length + 1;
  }
  at++;
  if (at + 4 > end || !isKnownType(uint16(bytes, at)) || uint16(bytes, at + 2) !== CLASS.INTERNET) return false;
  return answers + rest > 0 ? at + 4 < end : at + 4 === end;
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!;
}
