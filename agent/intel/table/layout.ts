// The compiled table's bytes: a header, then sections of typed arrays, which are used where they lie. One file, made once,
// read into shared memory and looked up by all threads without a copy.
//
//   0   "SSINTEL" and the version, 8 bytes        16  length of all of it      24  offset and length of each section,
//   8   a number that shows the byte order        20  checksum of what follows     in bytes, u32 each, `SECTIONS` in order
//   12  number of sections
//
// All numbers are 32 bits in the byte order of the machine that made it; another machine makes its own.

/** What lies in the table, in this order. */
export const SECTIONS = [
  /** JSON: `TableFacts`. */
  "facts",
  // IPv4 addresses, sorted; where those with given upper bits begin; their verdicts.
  "ipv4",
  "ipv4Index",
  "ipv4Verdicts",
  // Networks, sorted by their first address and length, and single IPv6 addresses among them (length 128).
  "ranges4",
  "ranges4Bits",
  "ranges4Around",
  "ranges4Verdicts",
  "ranges6",
  "ranges6Bits",
  "ranges6Around",
  "ranges6Verdicts",
  // All else by a hash of the kind and the value, sorted by it; where those with given upper bits begin; the keys' bytes.
  "hashes",
  "hashIndex",
  "keyOffsets",
  "keyVerdicts",
  "keys",
  // What is said of an indicator: JSON texts one after the other, and where each begins.
  "verdictOffsets",
  "verdicts",
] as const;

export type SectionName = typeof SECTIONS[number];

/** "SSINTEL" and, as the last byte, the version of the layout: another one is made anew. */
export const MAGIC = new Uint8Array([0x53, 0x53, 0x49, 0x4e, 0x54, 0x45, 0x4c, 1]);
export const BYTE_ORDER = 0x01020304;
/** Words of the header before the sections' places. */
export const HEADER_WORDS = 6;
export const HEADER_BYTES = 4 * (HEADER_WORDS + 2 * SECTIONS.length);

/**
 * A checksum against damage, not against malice: the file lies where the program's own state lies. Two lanes of FNV-1a
 * over words (http://www.isthe.com/chongo/tech/comp/fnv/), which takes 10 ms for 60 MB.
 */
export function checksum(words: Uint32Array, from: number): number {
  let even = 0x811c9dc5, odd = 0x811c9dc5;
  const last = words.length - ((words.length - from) & 1);
  for (let at = from; at < last; at += 2) {
    even = Math.imul(even ^ words[at]!, 0x01000193);
    odd = Math.imul(odd ^ words[at + 1]!, 0x01000193);
  }
  if (last < words.length) even = Math.imul(even ^ words[last]!, 0x01000193);
  return (even ^ Math.imul(odd, 31)) >>> 0;
}
