/**
 * Blocks of addresses in CIDR notation (RFC 4632), alone and in tables of many.
 *
 * CIDR blocks never overlap by halves: of two, one holds the other or they are apart. So a table is the blocks sorted
 * by their first address, each with the index of the smallest block around it. The last block that starts at or before
 * an address either holds it, or one of those around it does, or none: one binary search, then a short climb.
 */

import { parseAddress, parseIPv4, parseIPv6 } from "./address-text.ts";

/** A block of addresses. `words` and `masks` hold one 32-bit number for IPv4, four for IPv6. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly words: Uint32Array;
  readonly masks: Uint32Array;
  /** Prefix length: 0 to 32 or 0 to 128. */
  readonly bits: number;
}

/**
 * Reads "10.0.0.0/8", "2001:db8::/32" or a lone address (a block of one). Bits behind the prefix are cleared. IPv6 is
 * taken as written, IPv4-mapped blocks too. Undefined when the text is no block.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const quad = parseIPv4(address);
  const family = quad >= 0 ? 4 : 6;
  const words = new Uint32Array(family === 4 ? 1 : 4);
  if (family === 4) words[0] = quad;
  else if (!parseIPv6(address, words)) return undefined;
  const most = words.length * 32;
  const bits = slash < 0 ? most : prefixLength(text.slice(slash + 1), most);
  if (bits < 0) return undefined;
  const masks = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const ones = Math.min(32, Math.max(0, bits - i * 32));
    masks[i] = ones === 0 ? 0 : 0xffffffff << (32 - ones);
    words[i] = words[i]! & masks[i]!;
  }
  return { family, words, masks, bits };
}

function prefixLength(text: string, most: number): number {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return -1;
  const bits = Number(text);
  return bits <= most ? bits : -1;
}

const wanted = new Uint32Array(4);

/** Whether the address (either family; IPv4-mapped counts as IPv4) lies in the block. False for text that is no address. */
export function cidrContains(cidr: Cidr, ip: string): boolean {
  return parseAddress(ip, wanted) === cidr.family && holds(cidr.words, cidr.masks, 0, cidr.words.length);
}

function holds(starts: Uint32Array, masks: Uint32Array, at: number, stride: number): boolean {
  for (let i = 0; i < stride; i++) {
    if ((wanted[i]! & masks[at + i]!) >>> 0 !== starts[at + i]) return false;
  }
  return true;
}

/** The sorted blocks of one family; see the head of this file. Arrays of words hold `stride` numbers a block. */
interface Family<T> {
  readonly stride: number;
  readonly starts: Uint32Array;
  readonly masks: Uint32Array;
  readonly around: Int32Array;
  readonly values: readonly T[];
}

/** Many blocks, each with a value. Blocks may nest and may repeat. */
export interface RangeTable<T> {
  readonly ipv4: Family<T>;
  readonly ipv6: Family<T>;
}

/** Builds a table; O(n log n), about 12 bytes a block for IPv4 and 36 for IPv6 beside the values. */
export function rangeTable<T>(entries: Iterable<readonly [block: Cidr, value: T]>): RangeTable<T> {
  const ipv4: (readonly [Cidr, T])[] = [];
  const ipv6: (readonly [Cidr, T])[] = [];
  for (const entry of entries) (entry[0].family === 4 ? ipv4 : ipv6).push(entry);
  return { ipv4: buildFamily(ipv4, 1), ipv6: buildFamily(ipv6, 4) };
}

function buildFamily<T>(entries: (readonly [Cidr, T])[], stride: number): Family<T> {
  entries.sort(([a], [b]) => compareWords(a.words, 0, b.words, stride) || a.bits - b.bits);
  const starts = new Uint32Array(entries.length * stride);
  const masks = new Uint32Array(entries.length * stride);
  const around = new Int32Array(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const { words, masks: mask } = entries[i]![0];
    starts.set(words, i * stride);
    masks.set(mask, i * stride);
    wanted.set(words);
    let outer = i - 1;
    while (outer >= 0 && !holds(starts, masks, outer * stride, stride)) outer = around[outer]!;
    around[i] = outer;
  }
  return { stride, starts, masks, around, values: entries.map(([, value]) => value) };
}

function compareWords(words: Uint32Array, at: number, other: Uint32Array, stride: number): number {
  for (let i = 0; i < stride; i++) {
    const difference = words[at + i]! - other[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The value of the smallest block that holds the address, or undefined. */
export function findRange<T>(table: RangeTable<T>, ip: string): T | undefined {
  const family = familyOf(table, ip);
  const at = family === undefined ? -1 : smallestAround(family);
  return at < 0 ? undefined : family!.values[at];
}

/** The values of all blocks that hold the address, smallest block first. */
export function findRanges<T>(table: RangeTable<T>, ip: string): T[] {
  const family = familyOf(table, ip);
  if (family === undefined) return [];
  const values: T[] = [];
  for (let at = smallestAround(family); at >= 0; at = family.around[at]!) values.push(family.values[at]!);
  return values;
}

/** Reads the address into `wanted` and picks the family to search. */
function familyOf<T>(table: RangeTable<T>, ip: string): Family<T> | undefined {
  const family = parseAddress(ip, wanted);
  if (family === 0) return undefined;
  return family === 4 ? table.ipv4 : table.ipv6;
}

function smallestAround<T>({ stride, starts, masks, around }: Family<T>): number {
  let low = 0;
  let high = around.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWords(starts, middle * stride, wanted, stride) <= 0) low = middle + 1;
    else high = middle;
  }
  let at = low - 1;
  while (at >= 0 && !holds(starts, masks, at * stride, stride)) at = around[at]!;
  return at;
}
