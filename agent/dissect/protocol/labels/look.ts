// Looking at the first bytes of one side: small comparisons without allocation from which the labels are made.

import type { Recognition } from "../../analyzer.ts";

/** Judges the first bytes of one side: surely this protocol, surely not, or too few bytes to tell. */
export type Look = (bytes: Uint8Array, start: number, end: number) => Recognition;

/** The bytes of an ASCII text, for the functions below. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether the bytes at `at` are `wanted`; "more" while they are so as far as they go. */
export function isAt(bytes: Uint8Array, at: number, end: number, wanted: Uint8Array): Recognition {
  for (let i = 0; i < wanted.length; i++) {
    if (at + i >= end) return "more";
    if (bytes[at + i] !== wanted[i]) return "no";
  }
  return "yes";
}

/** As `isAt`, but letters of either case are the same; `wanted` is in upper case. */
function isWordAt(bytes: Uint8Array, at: number, end: number, wanted: Uint8Array): Recognition {
  for (let i = 0; i < wanted.length; i++) {
    if (at + i >= end) return "more";
    const byte = bytes[at + i]!;
    if ((byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte) !== wanted[i]) return "no";
  }
  return "yes";
}

/** Whether one of the words stands at `at`. */
export function isOneOfAt(bytes: Uint8Array, at: number, end: number, words: readonly Uint8Array[]): Recognition {
  let answer: Recognition = "no";
  for (const word of words) {
    const found = isWordAt(bytes, at, end, word);
    if (found === "yes") return "yes";
    if (found === "more") answer = "more";
  }
  return answer;
}

/** Where `wanted` first stands in `bytes[start..end)`, or -1. Its first byte must not occur in it again: then this is O(n). */
export function indexOf(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): number {
  let matched = 0;
  for (let at = start; at < end; at++) {
    matched = bytes[at] === wanted[matched] ? matched + 1 : bytes[at] === wanted[0] ? 1 : 0;
    if (matched === wanted.length) return at - matched + 1;
  }
  return -1;
}

export function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!;
}

export function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

/** The look that never finds anything: for a side whose first bytes could be anybody's. */
export const never: Look = () => "no";

/** For sides that must speak but may say anything. */
export const anything: Look = (_, start, end) => start < end ? "yes" : "more";

/**
 * Reads the header of a BER element (X.690 section 8.1): the place of its contents, or -1 when it is cut off or longer
 * than four bytes of length can say. Its tag is at `at`.
 */
export function berContents(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const first = bytes[at + 1]!;
  if (first < 0x80) return at + 2;
  const size = first & 0x7f;
  return size >= 1 && size <= 4 && at + 2 + size <= end ? at + 2 + size : -1;
}

/** Length of the contents of a BER element whose header `berContents` has read. */
export function berLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1]!;
  if (first < 0x80) return first;
  let length = 0;
  for (let i = 0; i < (first & 0x7f); i++) length = length * 256 + bytes[at + 2 + i]!;
  return length;
}
