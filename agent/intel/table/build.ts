// Makes the table: takes indicators from all feeds, sorts them, joins those that several feeds name, and writes it all
// into one piece of memory. Kept in typed arrays throughout: a million indicators take about 100 MB on the way.

import { parseCidr } from "../../record/address-range.ts";
import { parseAddress } from "../../record/address-text.ts";
import { type Indicator, INDICATOR_KINDS, type IndicatorKind } from "../indicator.ts";
import { GrowingBytes, GrowingWords } from "./growing.ts";
import { hashKey, key, type KeyedKind, writeKey } from "./key.ts";
import { BYTE_ORDER, checksum, HEADER_BYTES, HEADER_WORDS, MAGIC, type SectionName, SECTIONS } from "./layout.ts";
import { createMentions } from "./mentions.ts";
import type { Mention } from "./verdict.ts";

/** Indicators of each sort of storage; more are not taken, and counted. It fits a sort key of 53 bits beside a hash. */
export const MOST_INDICATORS = 2 ** 21;
/** Keys with one and the same hash: more only come from somebody who wants look-ups to take long, and are not taken. */
const MOST_WITH_SAME_HASH = 64;

/** What a table was made from, and what is in it. */
export interface TableFacts {
  /** A hash over everything that the table was made from: when it is another now, the table is out of date. */
  readonly madeFrom: string;
  /** Different indicators by kind. */
  readonly kinds: Readonly<Partial<Record<IndicatorKind, number>>>;
  /** Indicators by feed, those included that other feeds name as well. */
  readonly feeds: Readonly<Record<string, number>>;
  /** Indicators not taken because there are too many, and descriptions left out. */
  readonly dropped: { readonly indicators: number; readonly descriptions: number };
}

export interface TableBuilder {
  /** Takes an indicator that a feed names. `isPublicSuffix`: what stands below the domain belongs to others. */
  add(indicator: Indicator, mention: Mention, isPublicSuffix?: boolean): void;
  /** The table's bytes. */
  finish(madeFrom: string): SharedArrayBuffer;
}

/** A builder with nothing in it. */
export function createTableBuilder(): TableBuilder {
  const mentions = createMentions();
  const ipv4 = { addresses: new GrowingWords(), mentions: new GrowingWords() };
  const ranges = [4, 6].map(() => ({
    words: new GrowingWords(),
    bits: new GrowingWords(),
    mentions: new GrowingWords(),
  }));
  const keyed = {
    hashes: new GrowingWords(),
    offsets: new GrowingWords(),
    mentions: new GrowingWords(),
    bytes: new GrowingBytes(),
  };
  const kinds: Partial<Record<IndicatorKind, number>> = {};
  const feeds: Record<string, number> = {};
  let dropped = 0;
  const words = new Uint32Array(4);

  function addRange(family: 4 | 6, at: Uint32Array, bits: number, mention: number): boolean {
    const range = ranges[family === 4 ? 0 : 1]!;
    if (range.bits.length >= MOST_INDICATORS) return false;
    for (let i = 0; i < (family === 4 ? 1 : 4); i++) range.words.push(at[i]!);
    range.bits.push(bits);
    range.mentions.push(mention);
    return true;
  }

  function addAddress(ip: string, mention: number): boolean {
    const family = parseAddress(ip, words);
    if (family === 6) return addRange(6, words, 128, mention);
    if (family === 0 || ipv4.addresses.length >= MOST_INDICATORS) return false;
    ipv4.addresses.push(words[0]!);
    ipv4.mentions.push(mention);
    return true;
  }

  function addKeyed(kind: KeyedKind, value: string, mention: number): boolean {
    const length = writeKey(kind, value);
    if (length === 0 || keyed.hashes.length >= MOST_INDICATORS) return false;
    keyed.hashes.push(hashKey(length));
    keyed.offsets.push(keyed.bytes.length);
    keyed.bytes.push(key, length);
    keyed.mentions.push(mention);
    return true;
  }

  function add(indicator: Indicator, mention: Mention, isPublicSuffix: boolean): boolean {
    const { kind, value } = indicator;
    const number = mentions.number(mention);
    if (kind === "ip") return addAddress(value, number);
    if (kind !== "range") return addKeyed(kind === "domain" && isPublicSuffix ? "public_suffix" : kind, value, number);
    const block = parseCidr(value);
    return block !== undefined && addRange(block.family, block.words, block.bits, number);
  }

  return {
    add(indicator, mention, isPublicSuffix = false) {
      if (add(indicator, mention, isPublicSuffix)) feeds[mention.feed] = (feeds[mention.feed] ?? 0) + 1;
      else dropped++;
    },
    finish(madeFrom) {
      const count = (kind: IndicatorKind, number: number): void => {
        if (number > 0) kinds[kind] = (kinds[kind] ?? 0) + number;
      };
      const addresses = sortAddresses(ipv4.addresses.words, ipv4.mentions.words, mentions.verdict);
      count("ip", addresses.ipv4.length);
      const [ranges4, ranges6] = ranges.map(({ words, bits, mentions: numbers }, i) =>
        sortRanges(words.words, bits.words, numbers.words, i === 0 ? 1 : 4, mentions.verdict)
      );
      const single = ranges6!.bits.reduce((sum, bits) => sum + (bits === 128 ? 1 : 0), 0);
      count("ip", single);
      count("range", ranges4!.bits.length + ranges6!.bits.length - single);
      const keys = sortKeys(keyed, mentions.verdict);
      for (const [kind, number] of Object.entries(keys.kinds)) count(kind as IndicatorKind, number);
      const { texts, offsets } = mentions.written();
      const facts: TableFacts = {
        madeFrom,
        kinds,
        feeds,
        dropped: { indicators: dropped + keys.dropped, descriptions: mentions.descriptionsDropped },
      };
      return writeTable({
        facts: new TextEncoder().encode(JSON.stringify(facts)),
        ...addresses,
        ranges4: ranges4!.words,
        ranges4Bits: ranges4!.bits,
        ranges4Around: ranges4!.around,
        ranges4Verdicts: ranges4!.verdicts,
        ranges6: ranges6!.words,
        ranges6Bits: ranges6!.bits,
        ranges6Around: ranges6!.around,
        ranges6Verdicts: ranges6!.verdicts,
        hashes: keys.hashes,
        hashIndex: keys.hashIndex,
        keyOffsets: keys.keyOffsets,
        keyVerdicts: keys.keyVerdicts,
        keys: keys.keys,
        verdictOffsets: offsets,
        verdicts: texts,
      });
    },
  };
}

type Words = Uint32Array<ArrayBuffer>;
type VerdictOf = (mentions: readonly number[]) => number;

/** Indices of the numbers in rising order; equal ones in the order in which they came. At most `MOST_INDICATORS`. */
function sortedIndices(numbers: Words): Uint32Array {
  const packed = new Float64Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) packed[i] = numbers[i]! * MOST_INDICATORS + i;
  packed.sort();
  const indices = new Uint32Array(numbers.length);
  for (let i = 0; i < packed.length; i++) indices[i] = packed[i]! % MOST_INDICATORS;
  return indices;
}

/**
 * Where the numbers whose upper bits are 0, 1, 2, … begin in the sorted list, and at the end its length. There are so many
 * places that about four numbers share one.
 */
function indexOf(sorted: Words): Words {
  const bits = Math.min(20, Math.max(4, Math.ceil(Math.log2(sorted.length / 4 + 1))));
  const index = new Uint32Array(2 ** bits + 1);
  let at = 0;
  for (let upper = 0; upper < 2 ** bits; upper++) {
    while (at < sorted.length && sorted[at]! >>> (32 - bits) < upper) at++;
    index[upper] = at;
  }
  index[2 ** bits] = sorted.length;
  return index;
}

/** The different numbers among these mentions, the smallest first. */
function distinct(numbers: number[]): number[] {
  return numbers.length === 1 ? numbers : [...new Set(numbers)].sort((a, b) => a - b);
}

function sortAddresses(addresses: Words, mentions: Words, verdictOf: VerdictOf) {
  const order = sortedIndices(addresses);
  const sorted = new GrowingWords(), verdicts = new GrowingWords();
  for (let at = 0; at < order.length;) {
    const address = addresses[order[at]!]!;
    const of: number[] = [];
    while (at < order.length && addresses[order[at]!] === address) of.push(mentions[order[at++]!]!);
    sorted.push(address);
    verdicts.push(verdictOf(distinct(of)));
  }
  return { ipv4: sorted.words, ipv4Index: indexOf(sorted.words), ipv4Verdicts: verdicts.words };
}

/** Networks in the order of their first address, the wider before the narrower; each with the one around it (or -1). */
function sortRanges(words: Words, bits: Words, mentions: Words, stride: number, verdictOf: VerdictOf) {
  const compare = (a: number, b: number): number => {
    for (let i = 0; i < stride; i++) {
      const difference = words[a * stride + i]! - words[b * stride + i]!;
      if (difference !== 0) return difference;
    }
    return bits[a]! - bits[b]!;
  };
  const order = Uint32Array.from(bits, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
  const sorted = new GrowingWords(), sortedBits = new GrowingWords(), verdicts = new GrowingWords();
  const around: number[] = [];
  const holds = (outer: number, inner: number): boolean => {
    for (let i = 0, left = sortedBits.words[outer]!; i < stride && left > 0; i++, left -= 32) {
      const mask = left >= 32 ? 0xffffffff : 0xffffffff << (32 - left);
      if (((sorted.words[outer * stride + i]! ^ words[inner * stride + i]!) & mask) !== 0) return false;
    }
    return true;
  };
  for (let at = 0; at < order.length;) {
    const one = order[at]!;
    const of: number[] = [];
    while (at < order.length && compare(order[at]!, one) === 0) of.push(mentions[order[at++]!]!);
    let outer = sortedBits.length - 1;
    while (outer >= 0 && !holds(outer, one)) outer = around[outer]!;
    around.push(outer);
    for (let i = 0; i < stride; i++) sorted.push(words[one * stride + i]!);
    sortedBits.push(bits[one]!);
    verdicts.push(verdictOf(distinct(of)));
  }
  return {
    words: sorted.words,
    bits: sortedBits.words,
    around: new Uint32Array(Int32Array.from(around).buffer),
    verdicts: verdicts.words,
  };
}

function sortKeys(
  { hashes, offsets, mentions, bytes }: {
    hashes: GrowingWords;
    offsets: GrowingWords;
    mentions: GrowingWords;
    bytes: GrowingBytes;
  },
  verdictOf: VerdictOf,
) {
  const order = sortedIndices(hashes.words);
  const all = bytes.bytes;
  const from = (entry: number): number => offsets.words[entry]!;
  const to = (entry: number): number => entry + 1 < offsets.length ? offsets.words[entry + 1]! : bytes.length;
  const same = (a: number, b: number): boolean => {
    const length = to(a) - from(a);
    if (to(b) - from(b) !== length) return false;
    for (let i = 0; i < length; i++) if (all[from(a) + i] !== all[from(b) + i]) return false;
    return true;
  };
  const sorted = new GrowingWords(), keyOffsets = new GrowingWords(), verdicts = new GrowingWords();
  const keys = new GrowingBytes();
  const kinds: Partial<Record<IndicatorKind, number>> = {};
  let dropped = 0;
  for (let at = 0; at < order.length;) {
    const hash = hashes.words[order[at]!]!;
    const groups: number[][] = [];
    for (; at < order.length && hashes.words[order[at]!] === hash; at++) {
      const entry = order[at]!;
      const group = groups.find(([first]) => same(first!, entry));
      if (group !== undefined) group.push(entry);
      else if (groups.length < MOST_WITH_SAME_HASH) groups.push([entry]);
      else dropped++;
    }
    for (const group of groups) {
      const first = group[0]!;
      sorted.push(hash);
      keyOffsets.push(keys.length);
      keys.push(all.subarray(from(first), to(first)));
      verdicts.push(verdictOf(distinct(group.map((entry) => mentions.words[entry]!))));
      const kind = INDICATOR_KINDS[all[from(first)]!] ?? "domain";
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
  }
  keyOffsets.push(keys.length);
  return {
    hashes: sorted.words,
    hashIndex: indexOf(sorted.words),
    keyOffsets: keyOffsets.words,
    keyVerdicts: verdicts.words,
    keys: keys.bytes,
    kinds,
    dropped,
  };
}

function writeTable(sections: Record<SectionName, Uint32Array | Uint8Array>): SharedArrayBuffer {
  const padded = (length: number): number => (length + 3) & ~3;
  const total = SECTIONS.reduce((sum, name) => sum + padded(sections[name].byteLength), HEADER_BYTES);
  const buffer = new SharedArrayBuffer(total);
  const bytes = new Uint8Array(buffer);
  const words = new Uint32Array(buffer);
  bytes.set(MAGIC);
  words[2] = BYTE_ORDER;
  words[3] = SECTIONS.length;
  words[4] = total;
  let at = HEADER_BYTES;
  for (const [i, name] of SECTIONS.entries()) {
    const section = sections[name];
    words[HEADER_WORDS + 2 * i] = at;
    words[HEADER_WORDS + 2 * i + 1] = section.byteLength;
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at);
    at += padded(section.byteLength);
  }
  words[5] = checksum(words, HEADER_WORDS);
  return buffer;
}
