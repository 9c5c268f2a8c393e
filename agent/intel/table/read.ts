// Look-ups in a compiled table, where it lies: by binary search for addresses, by hash for all else, each key compared in
// full. A miss, by far the most frequent answer, touches a few words and allocates nothing.

import { formatIPv4, formatIPv6, parseAddress } from "../../record/address-text.ts";
import { BoundedCache } from "../bounded-cache.ts";
import type { IndicatorKind } from "../indicator.ts";
import type { TableFacts } from "./build.ts";
import { hashKey, key, type KeyedKind, writeKey } from "./key.ts";
import { BYTE_ORDER, checksum, HEADER_BYTES, HEADER_WORDS, MAGIC, type SectionName, SECTIONS } from "./layout.ts";
import type { Match, Verdict } from "./verdict.ts";

/** A table that can be asked. Values are canonical (indicator.ts). */
export interface IntelTable {
  readonly facts: TableFacts;
  /** The address itself, else the smallest network listed that holds it. */
  address(ip: string): Match | undefined;
  /** Whatever else is looked up as a whole. */
  find(kind: Exclude<KeyedKind, "public_suffix">, value: string): Match | undefined;
  /** The name itself, else the nearest listed domain above it. */
  domain(name: string): Match | undefined;
}

/** The bytes are no table that can be used; `message` says why. */
export class TableError extends Error {
  override name = "TableError";
}

/** Verdicts kept in readable form. */
const VERDICTS_REMEMBERED = 1024;
const UTF8 = new TextDecoder();

/**
 * Opens a table. With `check`, also compares the checksum (10 ms for 60 MB): done once, not in every thread.
 * @throws {TableError} when it is damaged, or was written by another version or another sort of machine.
 */
export function openTable(buffer: ArrayBufferLike, options: { check: boolean }): IntelTable {
  const sections = openSections(buffer, options.check);
  const numbers = (name: SectionName): Uint32Array =>
    new Uint32Array(buffer, sections[name].byteOffset, sections[name].byteLength >>> 2);
  const text = (bytes: Uint8Array): string => UTF8.decode(new Uint8Array(bytes));
  const facts = parse<TableFacts>(text(sections.facts));
  const ipv4 = numbers("ipv4"), ipv4Index = numbers("ipv4Index"), ipv4Verdicts = numbers("ipv4Verdicts");
  const families = {
    4: {
      starts: numbers("ranges4"),
      bits: numbers("ranges4Bits"),
      around: numbers("ranges4Around"),
      verdicts: numbers("ranges4Verdicts"),
      stride: 1,
    },
    6: {
      starts: numbers("ranges6"),
      bits: numbers("ranges6Bits"),
      around: numbers("ranges6Around"),
      verdicts: numbers("ranges6Verdicts"),
      stride: 4,
    },
  };
  const hashes = numbers("hashes"), hashIndex = numbers("hashIndex"), keyOffsets = numbers("keyOffsets");
  const keyVerdicts = numbers("keyVerdicts"), keys = sections.keys;
  const verdictOffsets = numbers("verdictOffsets"), verdicts = sections.verdicts;
  const ipv4Shift = shiftOf(ipv4Index), hashShift = shiftOf(hashIndex);
  const remembered = new BoundedCache<number, Verdict>(VERDICTS_REMEMBERED);
  const wanted = new Uint32Array(4);

  function verdict(number: number): Verdict {
    let known = remembered.get(number);
    if (known === undefined) {
      known = parse<Verdict>(text(verdicts.subarray(verdictOffsets[number], verdictOffsets[number + 1])));
      remembered.set(number, known);
    }
    return known;
  }

  function match(kind: IndicatorKind, indicator: string, exact: boolean, number: number): Match {
    return { kind, indicator, exact, ...verdict(number) };
  }

  function findIPv4(address: number): number {
    let low = ipv4Index[address >>> ipv4Shift]!;
    let high = ipv4Index[(address >>> ipv4Shift) + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ipv4[middle]! < address) low = middle + 1;
      else high = middle;
    }
    return low < ipv4.length && ipv4[low] === address ? low : -1;
  }

  /** The place of the smallest network that holds `wanted`, or -1. */
  function findRange({ starts, bits, around, stride }: typeof families[4]): number {
    let low = 0;
    let high = bits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      let difference = 0;
      for (let i = 0; difference === 0 && i < stride; i++) difference = starts[middle * stride + i]! - wanted[i]!;
      if (difference <= 0) low = middle + 1;
      else high = middle;
    }
    let at = low - 1;
    while (at >= 0 && !holds(starts, bits[at]!, at, stride)) at = around[at]! | 0;
    return at;
  }

  function holds(starts: Uint32Array, bits: number, at: number, stride: number): boolean {
    for (let i = 0, left = bits; i < stride && left > 0; i++, left -= 32) {
      const mask = left >= 32 ? 0xffffffff : 0xffffffff << (32 - left);
      if (((starts[at * stride + i]! ^ wanted[i]!) & mask) !== 0) return false;
    }
    return true;
  }

  /** The place of the key in the scratch memory, or -1. */
  function findKey(length: number): number {
    if (length === 0) return -1;
    const hash = hashKey(length);
    const place = hash >>> hashShift;
    for (let at = hashIndex[place]!, end = hashIndex[place + 1]!; at < end; at++) {
      if (hashes[at] !== hash) continue;
      const from = keyOffsets[at]!;
      if (keyOffsets[at + 1]! - from !== length) continue;
      let i = 0;
      while (i < length && keys[from + i] === key[i]) i++;
      if (i === length) return at;
    }
    return -1;
  }

  return {
    facts,
    address(ip) {
      const family = parseAddress(ip, wanted);
      if (family === 0) return undefined;
      if (family === 4) {
        const at = findIPv4(wanted[0]!);
        if (at >= 0) return match("ip", ip, true, ipv4Verdicts[at]!);
      }
      const ranges = families[family];
      const at = ranges.bits.length === 0 ? -1 : findRange(ranges);
      if (at < 0) return undefined;
      const bits = ranges.bits[at]!;
      if (bits === 128) return match("ip", ip, true, ranges.verdicts[at]!);
      const start = family === 4
        ? formatIPv4(ranges.starts[at]!)
        : formatIPv6(ranges.starts.subarray(4 * at, 4 * at + 4));
      return match("range", `${start}/${bits}`, false, ranges.verdicts[at]!);
    },
    find(kind, value) {
      const at = findKey(writeKey(kind, value));
      return at < 0 ? undefined : match(kind, value, true, keyVerdicts[at]!);
    },
    domain(name) {
      const alone = findKey(writeKey("public_suffix", name));
      if (alone >= 0) return match("domain", name, true, keyVerdicts[alone]!);
      for (let from = 0; from >= 0;) {
        const at = findKey(writeKey("domain", name, from));
        if (at >= 0) return match("domain", name.slice(from), from === 0, keyVerdicts[at]!);
        const dot = name.indexOf(".", from);
        from = dot < 0 ? -1 : dot + 1;
      }
      return undefined;
    },
  };
}

/** How far a number is shifted to give its place in an index of 2^n + 1 places. */
function shiftOf(index: Uint32Array): number {
  const shift = 32 - Math.log2(index.length - 1);
  if (!Number.isInteger(shift)) throw new TableError("it is damaged");
  return shift;
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new TableError("it is damaged");
  }
}

function openSections(buffer: ArrayBufferLike, check: boolean): Record<SectionName, Uint8Array> {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < HEADER_BYTES || bytes.length % 4 !== 0) throw new TableError("it is cut off");
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new TableError("it is of another version");
  const words = new Uint32Array(buffer);
  if (words[2] !== BYTE_ORDER) throw new TableError("it was made on another sort of machine");
  if (words[3] !== SECTIONS.length) throw new TableError("it is of another version");
  if (words[4] !== bytes.length) throw new TableError("it is cut off");
  if (check && words[5] !== checksum(words, HEADER_WORDS)) throw new TableError("it is damaged");
  const sections: Partial<Record<SectionName, Uint8Array>> = {};
  for (const [i, name] of SECTIONS.entries()) {
    const from = words[HEADER_WORDS + 2 * i]!, length = words[HEADER_WORDS + 2 * i + 1]!;
    if (from % 4 !== 0 || from < HEADER_BYTES || from + length > bytes.length) throw new TableError("it is damaged");
    sections[name] = bytes.subarray(from, from + length);
  }
  return sections as Record<SectionName, Uint8Array>;
}
