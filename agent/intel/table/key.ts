// The bytes under which an indicator that is no address lies in the table: its kind, then its value, hexadecimal digits
// packed two to a byte. Written into one piece of scratch memory, because it is done for every look-up.

import { HEX_DIGITS, INDICATOR_KINDS, type IndicatorKind } from "../indicator.ts";
import { LONGEST_URL } from "../url.ts";

/** What is looked up by its bytes. */
export type KeyedKind = Exclude<IndicatorKind, "ip" | "range"> | "public_suffix";

/** A domain that is listed but whose children belong to others (a public suffix) matches alone. */
const PUBLIC_SUFFIX = INDICATOR_KINDS.length;

const NUMBERS = new Map<KeyedKind, number>([
  ...INDICATOR_KINDS.map((kind, number) => [kind as KeyedKind, number] as const),
  ["public_suffix", PUBLIC_SUFFIX],
]);
const IS_HEX = new Set<KeyedKind>(Object.keys(HEX_DIGITS) as KeyedKind[]);

/** The longest key: a URL, and the byte for its kind. */
export const LONGEST_KEY = LONGEST_URL + 1;

/** Where `writeKey` leaves the key. */
export const key: Uint8Array<ArrayBuffer> = new Uint8Array(LONGEST_KEY);

/** Writes the key of a canonical value from its character `from` on; gives its length, 0 when it cannot be one. */
export function writeKey(kind: KeyedKind, value: string, from = 0): number {
  const length = value.length - from;
  key[0] = NUMBERS.get(kind)!;
  if (!IS_HEX.has(kind)) {
    if (length >= LONGEST_KEY) return 0;
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(from + at);
      if (code > 0x7f) return 0;
      key[1 + at] = code;
    }
    return length + 1;
  }
  if (length % 2 !== 0 || length / 2 >= LONGEST_KEY) return 0;
  for (let at = 0; at < length; at += 2) {
    const high = hexDigit(value.charCodeAt(from + at)), low = hexDigit(value.charCodeAt(from + at + 1));
    if (high < 0 || low < 0) return 0;
    key[1 + at / 2] = high * 16 + low;
  }
  return length / 2 + 1;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** FNV-1a over the key, its bits then mixed as in MurmurHash3's end (fmix32), so that the upper ones sort well. */
export function hashKey(length: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ key[at]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
