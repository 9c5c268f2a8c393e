/**
 * Who IEEE gave a block of MAC addresses to, which is mostly who made the network card. The table is unpacked at the
 * first question and keeps about 1 MB; scripts/tables/mac-vendors.ts describes its layout.
 */

import { inflateRawSync } from "node:zlib";
import packed from "../../../config/tables/mac-vendors.bin" with { type: "bytes" };

/** Prefix lengths in the order of the file, and how many of a MAC's 48 bits lie behind each. */
const BITS_BEHIND_PREFIX = [48 - 24, 48 - 28, 48 - 36];

/** First octet of a MAC: a group of hosts, and an address that no registry gave out (IEEE 802-2014, section 8.2). */
const GROUP = 0x01;
const LOCALLY_ADMINISTERED = 0x02;

/** The blocks of one prefix length. */
interface Blocks {
  /** Prefixes, ascending. Up to 36 bits, so not 32-bit numbers. */
  readonly prefixes: Float64Array;
  /** For each prefix, which name. */
  readonly names: Uint16Array;
}

/** The table, unpacked. */
export interface Vendors {
  readonly blocks: readonly Blocks[];
  /** Where each name begins in `text`; one element more than there are names. */
  readonly starts: Uint32Array;
  /** All names in UTF-8, decoded one by one when asked for. */
  readonly text: Uint8Array;
}

let embedded: Vendors | undefined;
const utf8 = new TextDecoder();

/**
 * The organisation that the MAC's block belongs to; undefined for unknown blocks, group addresses and locally
 * administered ones (virtual machines, phones that hide their own). Takes twelve hexadecimal digits in either case,
 * bare or separated by ":", "-" or ".".
 */
export function macVendor(mac: string): string | undefined {
  embedded ??= unpackVendors(packed);
  return findVendor(embedded, mac);
}

/** As macVendor, in a table of one's own. */
export function findVendor(vendors: Vendors, mac: string): string | undefined {
  const digits = mac.replace(/[:.-]/g, "");
  if (!/^[0-9A-Fa-f]{12}$/.test(digits)) return undefined;
  const address = parseInt(digits, 16);
  if ((Math.floor(address / 2 ** 40) & (GROUP | LOCALLY_ADMINISTERED)) !== 0) return undefined;
  // Longer prefixes are cut out of shorter ones, so the longest that matches is the owner.
  for (let i = BITS_BEHIND_PREFIX.length - 1; i >= 0; i--) {
    const { prefixes, names } = vendors.blocks[i]!;
    const at = indexOf(prefixes, Math.floor(address / 2 ** BITS_BEHIND_PREFIX[i]!));
    if (at < 0) continue;
    const name = names[at]!;
    return utf8.decode(vendors.text.subarray(vendors.starts[name], vendors.starts[name + 1]));
  }
  return undefined;
}

function indexOf(sorted: Float64Array, wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else if (sorted[middle]! > wanted) high = middle - 1;
    else return middle;
  }
  return -1;
}

/** Unpacks a table that scripts/tables/mac-vendors.ts made; it comes with the program, so it is trusted. */
export function unpackVendors(table: Uint8Array): Vendors {
  const bytes = inflateRawSync(table);
  let offset = 0;
  const number = (): number => {
    let value = 0;
    for (let unit = 1;; unit *= 128) {
      const byte = bytes[offset++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  const blocks = BITS_BEHIND_PREFIX.map(() => {
    const count = number();
    const prefixes = new Float64Array(count);
    const names = new Uint16Array(count);
    for (let i = 0, prefix = 0; i < count; i++) prefixes[i] = prefix += number();
    for (let i = 0; i < count; i++) names[i] = number();
    return { prefixes, names };
  });
  const starts = new Uint32Array(number() + 1);
  for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1]! + number();
  return { blocks, starts, text: bytes.subarray(offset) };
}
