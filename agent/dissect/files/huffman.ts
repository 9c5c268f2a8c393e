// Tables that decode the Huffman codes of deflate (RFC 1951 section 3.2.2): short codes in one look-up, long ones by
// counting on from there.

/** Longest code of deflate, bits. */
const MAXIMUM_LENGTH = 15;
/** Codes up to this length, nearly all in practice, are found in one look-up. */
const FAST_BITS = 9;

/** A decoding table. Entries hold `symbol << 4 | length`. */
export interface HuffmanTable {
  readonly fast: Uint16Array;
  /** How many codes have each length, and the symbols in order of their codes. */
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** The table for the code lengths `lengths[start..end)`; undefined when no such set of codes exists. */
export function buildTable(lengths: Uint8Array, start: number, end: number): HuffmanTable | undefined {
  const counts = new Uint16Array(MAXIMUM_LENGTH + 1);
  for (let i = start; i < end; i++) counts[lengths[i]!]!++;
  counts[0] = 0;
  let free = 1;
  for (let length = 1; length <= MAXIMUM_LENGTH; length++) {
    free = free * 2 - counts[length]!;
    if (free < 0) return undefined;
  }
  const firstSymbol = new Uint16Array(MAXIMUM_LENGTH + 2);
  const nextCode = new Uint32Array(MAXIMUM_LENGTH + 2);
  for (let length = 1; length <= MAXIMUM_LENGTH; length++) {
    firstSymbol[length + 1] = firstSymbol[length]! + counts[length]!;
    nextCode[length + 1] = (nextCode[length]! + counts[length]!) << 1;
  }
  const symbols = new Uint16Array(end - start);
  const fast = new Uint16Array(1 << FAST_BITS);
  for (let i = start; i < end; i++) {
    const length = lengths[i]!;
    if (length === 0) continue;
    symbols[firstSymbol[length]!++] = i - start;
    const code = nextCode[length]!++;
    if (length > FAST_BITS) continue;
    const step = 1 << length;
    for (let at = reversed(code, length); at < fast.length; at += step) fast[at] = (i - start) << 4 | length;
  }
  return { fast, counts, symbols };
}

/** The entry (`symbol << 4 | length`) for the code in the low bits of `hold`, 0 when there is none. */
export function lookUp(table: HuffmanTable, hold: number): number {
  const entry = table.fast[hold & ((1 << FAST_BITS) - 1)]!;
  if (entry !== 0) return entry;
  // Canonical codes: of each length, the codes are consecutive numbers, so the distance from the first one is the rank.
  let code = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length <= MAXIMUM_LENGTH; length++) {
    code |= hold & 1;
    hold >>>= 1;
    const count = table.counts[length]!;
    if (code - count < first) return table.symbols[index + code - first]! << 4 | length;
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return 0;
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let i = 0; i < length; i++) {
    result = result << 1 | (code & 1);
    code >>>= 1;
  }
  return result;
}
