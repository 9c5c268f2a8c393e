// Counts how many different things were seen, exactly up to a bound and closely beyond it, in bounded memory.
//
// Beyond the bound it is Wegman's adaptive sampling (P. Flajolet, "On adaptive sampling", Computing 43, 1990): only
// those values are kept whose hash ends in `level` zero bits, and each stands for 2^level values. The standard error is
// 1.2 / sqrt(bound), about one in a hundred.

import { parseAddress } from "../agent/record/address-text.ts";

/** Values counted exactly. Own choice: enough to be exact when 10,000 are reported. */
export const EXACT_VALUES = 16_384;

/** Up to so many values a list is smaller and faster than a Set. */
const FEW = 12;

/** A count of different values, given as scattered 32-bit numbers. Plain data. */
export interface Distinct {
  /** Those that end in `level` zero bits: in `few` while they are few, then in `many`. */
  few: number[];
  many: Set<number> | undefined;
  level: number;
}

/** Scatters 32-bit numbers one to one: the finaliser of MurmurHash3 (Austin Appleby, public domain). */
export function scatter(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const words = new Uint32Array(4);

/** An address as a scattered number: another one for every IPv4 address, and nearly always for IPv6. */
export function scatterAddress(ip: string): number {
  if (parseAddress(ip, words) !== 6) return scatter(words[0]!);
  let hash = 0;
  for (const word of words) hash = scatter(hash ^ word);
  return hash;
}

/** Counts a scattered value; false when it was counted before. */
export function addDistinct(distinct: Distinct, hash: number): boolean {
  if (!isSampled(hash, distinct.level)) return false;
  const { few } = distinct;
  if (distinct.many === undefined) {
    if (few.includes(hash)) return false;
    if (few.length < FEW) {
      few.push(hash);
      return true;
    }
    distinct.many = new Set(few);
    distinct.few = [];
  }
  const { many } = distinct;
  const before = many.size;
  if (many.add(hash).size === before) return false;
  if (many.size > EXACT_VALUES) {
    distinct.level++;
    for (const value of many) if (!isSampled(value, distinct.level)) many.delete(value);
  }
  return true;
}

function isSampled(hash: number, level: number): boolean {
  return (hash & ((1 << level) - 1)) === 0;
}

/** How many different values were counted: exact up to `EXACT_VALUES`, beyond that an estimate. */
export function countDistinct(distinct: Distinct): number {
  return valuesKept(distinct) * 2 ** distinct.level;
}

/** How many values are kept in memory for the count. */
export function valuesKept({ few, many }: Distinct): number {
  return many === undefined ? few.length : many.size;
}
