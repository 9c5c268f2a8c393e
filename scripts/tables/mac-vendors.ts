/**
 * Packs IEEE's lists of MAC address blocks (oui.csv, mam.csv, oui36.csv, iab.csv) into mac-vendors.bin.
 *
 * Layout before deflation (RFC 1951), all numbers unsigned LEB128: for each prefix length 24, 28, 36: the count, the
 * sorted prefixes as differences, then for each the index of its name. Then the count of names, the length in bytes of
 * each, and the names in UTF-8 without separators. agent/intel/tables/mac-vendors.ts reads it.
 */

import { deflateRawSync } from "node:zlib";

/** Prefix lengths in the order of the file: MA-L, MA-M, MA-S together with the older IAB. */
const PREFIX_BITS = [24, 28, 36];

/** Assignees that say nothing of who made the device: anonymous owners, and blocks cut up among smaller ones. */
const NO_VENDOR = new Set(["Private", "IEEE Registration Authority", ""]);

/** The packed table. Each element of `lists` is the text of one of IEEE's CSV files; their order does not matter. */
export function macVendorTable(lists: readonly string[]): Uint8Array {
  const byLength = new Map(PREFIX_BITS.map((bits) => [bits, new Map<number, string>()]));
  for (const list of lists) {
    for (const [registry, assignment, organisation] of csvRows(list)) {
      if (registry === "Registry" || assignment === undefined) continue;
      const prefixes = byLength.get(assignment.length * 4);
      const name = (organisation ?? "").replace(/\s+/g, " ").trim();
      if (prefixes === undefined || !/^[0-9A-F]+$/i.test(assignment)) {
        throw new Error(`not an assignment of 24, 28 or 36 bits: ${assignment}`);
      }
      if (NO_VENDOR.has(name)) continue;
      // A few old blocks were given out twice; the first name in the alphabet, so that the lists' order does not matter.
      const prefix = parseInt(assignment, 16);
      const before = prefixes.get(prefix);
      if (before === undefined || name < before) prefixes.set(prefix, name);
    }
  }
  return new Uint8Array(deflateRawSync(encode([...byLength.values()]), { level: 9 }));
}

function encode(sections: readonly Map<number, string>[]): Uint8Array {
  const names = [...new Set(sections.flatMap((prefixes) => [...prefixes.values()]))].sort();
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const bytes: number[] = [];
  for (const prefixes of sections) {
    const sorted = [...prefixes].sort(([a], [b]) => a - b);
    writeNumber(bytes, sorted.length);
    let previous = 0;
    for (const [prefix] of sorted) {
      writeNumber(bytes, prefix - previous);
      previous = prefix;
    }
    for (const [, name] of sorted) writeNumber(bytes, indexOf.get(name)!);
  }
  const texts = names.map((name) => new TextEncoder().encode(name));
  writeNumber(bytes, texts.length);
  for (const text of texts) writeNumber(bytes, text.length);
  for (const text of texts) bytes.push(...text);
  return Uint8Array.from(bytes);
}

/** Unsigned LEB128. Prefixes have up to 36 bits, so no bit operators. */
function writeNumber(bytes: number[], value: number): void {
  while (value >= 128) {
    bytes.push(value % 128 + 128);
    value = Math.floor(value / 128);
  }
  bytes.push(value);
}

/** Rows of comma-separated values with quoted fields (RFC 4180). */
function* csvRows(text: string): Generator<string[]> {
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  while (field.lastIndex < text.length) {
    const [, quoted, plain, end] = field.exec(text) ?? [];
    if (end === undefined) throw new Error("a quote in the list is never closed");
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === ",") continue;
    yield row;
    row = [];
  }
}
