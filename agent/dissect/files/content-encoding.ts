// Undoes the content encodings `gzip` (RFC 1952) and `deflate` (RFC 1950, or the bare RFC 1951 that some servers send)
// piece by piece. Which of the three it really is shows in the first two bytes; the name in the header often lies.

import { type InflateState, newInflater, type Sink } from "./inflate.ts";

/** A body is inflated up to this many bytes. */
export const INFLATED_BYTES_LIMIT = 64 * 1024 * 1024;
/**
 * A bomb of a few kilobytes must not cost as much: beyond `INFLATED_BYTES_FREE`, a body may be so many times larger than
 * what was sent. DEFLATE can make it 1032 times larger, pages and scripts are five to twenty times. Own choices.
 */
export const INFLATED_RATIO_LIMIT = 128;
export const INFLATED_BYTES_FREE = 256 * 1024;

export interface ContentDecoder {
  /** Decodes `bytes[start..end)`. "bad" is said once and for all, as are "done" and "stopped". */
  push(bytes: Uint8Array, start: number, end: number): InflateState;
}

/** Flags of a gzip header (RFC 1952 section 2.3.1). */
const FLAG_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;

/** Fixed part of a gzip header behind its two magic bytes. */
const GZIP_FIXED_BYTES = 8;

/** Where in the header we are; gzip's optional parts come in this order. */
type Part = "magic" | "fixed" | "extra-length" | "extra" | "name" | "comment" | "crc" | "data";

/** A new decoder; decoded bytes go to `sink`. */
export function newContentDecoder(sink: Sink): ContentDecoder {
  let inflated = 0;
  /** Bytes that it may become, by what was sent so far. */
  let limit = INFLATED_BYTES_FREE;
  let sent = 0;
  const inflater = newInflater((bytes, start, end) => {
    const room = limit - inflated;
    inflated += end - start;
    return sink(bytes, start, Math.min(end, start + room)) && inflated < limit;
  });
  let part: Part = "magic";
  let first = -1;
  let flags = 0;
  let left = 0;
  let value = 0;

  function header(byte: number): void {
    if (part === "fixed") {
      if (left === GZIP_FIXED_BYTES - 1) flags = byte;
      if (--left === 0) enter("extra-length");
    } else if (part === "extra-length") {
      value |= byte << (left === 2 ? 0 : 8);
      if (--left === 0) {
        part = "extra";
        left = value;
        if (left === 0) enter("name");
      }
    } else if (part === "extra") {
      if (--left === 0) enter("name");
    } else if (part === "name") {
      if (byte === 0) enter("comment");
    } else if (part === "comment") {
      if (byte === 0) enter("crc");
    } else if (--left === 0) part = "data";
  }

  /** Goes to `next`, or past it when the flags say that it is left out. */
  function enter(next: "extra-length" | "name" | "comment" | "crc"): void {
    part = next;
    left = 2;
    if (next === "extra-length" && (flags & FLAG_EXTRA) === 0) enter("name");
    else if (next === "name" && (flags & FLAG_NAME) === 0) enter("comment");
    else if (next === "comment" && (flags & FLAG_COMMENT) === 0) enter("crc");
    else if (next === "crc" && (flags & FLAG_CRC) === 0) part = "data";
  }

  return {
    push(bytes, start, end) {
      sent += end - start;
      limit = Math.min(INFLATED_BYTES_LIMIT, Math.max(INFLATED_BYTES_FREE, sent * INFLATED_RATIO_LIMIT));
      let at = start;
      if (part === "magic") {
        if (first < 0 && at < end) first = bytes[at++]!;
        if (at >= end) return "more";
        const second = bytes[at++]!;
        if (first === 0x1f && second === 0x8b) {
          part = "fixed";
          left = GZIP_FIXED_BYTES;
        } else {
          part = "data";
          // RFC 1950 section 2.2: compression method 8, and the two bytes are a multiple of 31.
          const zlib = (first & 15) === 8 && (first << 8 | second) % 31 === 0;
          if (!zlib) inflater.push(Uint8Array.of(first, second), 0, 2);
        }
      }
      while (part !== "data" && at < end) header(bytes[at++]!);
      return part === "data" ? inflater.push(bytes, at, end) : "more";
    },
  };
}
