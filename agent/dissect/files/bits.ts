// The bits of a deflate stream (RFC 1951 section 3.1.1), least significant first, and the symbols they code.

import { type HuffmanTable, lookUp } from "./huffman.ts";

/**
 * Bits of the input, least significant first. `missing` is set when a step needed more than there are, so that it has to
 * be done again; `starved` when a step did what it could and went back itself to where it has to go on.
 */
export interface Bits {
  bytes: Uint8Array;
  at: number;
  end: number;
  hold: number;
  count: number;
  missing: boolean;
  starved: boolean;
}

/** Bits of nothing yet. */
export function newBits(): Bits {
  return { bytes: new Uint8Array(0), at: 0, end: 0, hold: 0, count: 0, missing: false, starved: false };
}

/** The next `count` bits (at most 16) as a number; 0 and `missing` when there are not so many. */
export function take(bits: Bits, count: number): number {
  while (bits.count < count) {
    if (bits.at >= bits.end) {
      bits.missing = true;
      return 0;
    }
    bits.hold |= bits.bytes[bits.at++]! << bits.count;
    bits.count += 8;
  }
  const value = bits.hold & ((1 << count) - 1);
  bits.hold >>>= count;
  bits.count -= count;
  return value;
}

/** The next symbol, -1 when no code matches. Near the end of the input fewer than 15 bits may be enough. */
export function readCode(bits: Bits, table: HuffmanTable): number {
  while (bits.count < 15 && bits.at < bits.end) {
    bits.hold |= bits.bytes[bits.at++]! << bits.count;
    bits.count += 8;
  }
  const found = lookUp(table, bits.hold);
  const length = found & 15;
  if (length > bits.count || (length === 0 && bits.count < 15)) {
    bits.missing = true;
    return 0;
  }
  if (length === 0) return -1;
  bits.hold >>>= length;
  bits.count -= length;
  return found >> 4;
}
