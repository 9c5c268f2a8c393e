// A body of data that may be too large to hold: it is asked for piece by piece.

import { type Content, toBytes } from "./bytes.ts";
import { noise } from "./random.ts";

/** Data of known size, made when it is needed. */
export interface Source {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes at `offset`; asked for in any order, also twice. */
  piece(offset: number, length: number): Uint8Array;
}

/** What a conversation sends: bytes, text, a number of bytes that look encrypted, or a source. */
export type Data = Content | number | Source;

/** Any data as a source; `key` chooses the bytes that stand for a number. */
export function toSource(data: Data, key: number): Source {
  if (typeof data === "number") {
    return { size: data, piece: (offset, length) => noise(length, (key + Math.imul(offset, 31)) >>> 0) };
  }
  if (typeof data === "string" || data instanceof Uint8Array) {
    const bytes = toBytes(data);
    return { size: bytes.length, piece: (offset, length) => bytes.subarray(offset, offset + length) };
  }
  return data;
}

/** All bytes of a source at once. */
export function wholeSource(source: Source): Uint8Array {
  return source.piece(0, source.size);
}
