/**
 * The text of IP addresses: read into plain 32-bit numbers and written back in its one canonical form.
 *
 * An IPv4 address is one unsigned 32-bit number; an IPv6 address is four of them, most significant first. Reading does
 * not allocate, because it is done for nearly every record.
 */

/** Longest text of an IPv6 address: six groups of four digits, then a dotted quad (RFC 4291 section 2.2). */
const LONGEST_ADDRESS_TEXT = 45;
const GROUPS_IN_IPV6 = 8;

const COLON = 0x3a;
const DOT = 0x2e;

/** Scratch for parseIPv6: the 16-bit groups in the order read. Nothing here outlives one call. */
const groups = new Uint16Array(GROUPS_IN_IPV6);

/**
 * The 32-bit number of a dotted quad ("10.0.0.1" gives 0x0a000001), or -1 when the text is anything else. Leading
 * zeros are refused: whether they mean octal differs between systems (RFC 6943 section 3.1.1).
 */
export function parseIPv4(text: string): number {
  return parseDottedQuad(text, 0);
}

function parseDottedQuad(text: string, from: number): number {
  const end = text.length;
  let address = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) {
      if (digits > 0 && octet === 0) return -1;
      octet = octet * 10 + (code - 0x30);
      digits++;
      if (octet > 255) return -1;
    } else if (code === DOT && digits > 0 && dots < 3) {
      address = address * 256 + octet;
      octet = 0;
      digits = 0;
      dots++;
    } else {
      return -1;
    }
  }
  return dots === 3 && digits > 0 ? address * 256 + octet : -1;
}

/**
 * As `parseIPv4`, of text in `bytes[start..end)`. The same lines once more: with one loop for both, by way of a function or
 * of a buffer in between, each address of a text took a third longer.
 */
export function parseIPv4Bytes(bytes: Uint8Array, start: number, end: number): number {
  let address = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = start; i < end; i++) {
    const code = bytes[i]!;
    if (code >= 0x30 && code <= 0x39) {
      if (digits > 0 && octet === 0) return -1;
      octet = octet * 10 + (code - 0x30);
      digits++;
      if (octet > 255) return -1;
    } else if (code === DOT && digits > 0 && dots < 3) {
      address = address * 256 + octet;
      octet = 0;
      digits = 0;
      dots++;
    } else {
      return -1;
    }
  }
  return dots === 3 && digits > 0 ? address * 256 + octet : -1;
}

/**
 * Reads IPv6 text (RFC 4291 section 2.2, either letter case, a dotted quad allowed at the end; no zone, no brackets,
 * no prefix length) into four 32-bit words. False when the text is anything else; `into` is then unchanged.
 */
export function parseIPv6(text: string, into: Uint32Array): boolean {
  const end = text.length;
  if (end < 2 || end > LONGEST_ADDRESS_TEXT) return false;
  let count = 0;
  let gap = -1;
  let i = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gap = 0;
    i = 2;
  }
  while (i < end) {
    if (count === GROUPS_IN_IPV6) return false;
    const start = i;
    let value = 0;
    let code = 0;
    for (; i < end; i++) {
      code = text.charCodeAt(i);
      const digit = hexDigit(code);
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (i < end && code === DOT) {
      const quad = parseDottedQuad(text, start);
      if (quad < 0 || count > GROUPS_IN_IPV6 - 2) return false;
      groups[count++] = quad >>> 16;
      groups[count++] = quad & 0xffff;
      break;
    }
    if (i === start || i - start > 4) return false;
    groups[count++] = value;
    if (i === end) break;
    if (code !== COLON || i + 1 === end) return false;
    i++;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false;
      gap = count;
      i++;
    }
  }
  if (gap < 0 ? count !== GROUPS_IN_IPV6 : count === GROUPS_IN_IPV6) return false;
  const skipped = GROUPS_IN_IPV6 - count;
  const group = (at: number): number => {
    if (gap < 0 || at < gap) return groups[at]!;
    return at < gap + skipped ? 0 : groups[at - skipped]!;
  };
  for (let word = 0; word < 4; word++) into[word] = group(word * 2) * 0x10000 + group(word * 2 + 1);
  return true;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/**
 * Reads either family into `into` (four words; IPv4 fills the first only) and says which it was: 4, 6, or 0 for no
 * address. An IPv4-mapped address (::ffff:0:0/96, RFC 4291 section 2.5.5.2) is the IPv4 address it stands for: on
 * the wire it is that host.
 */
export function parseAddress(text: string, into: Uint32Array): 0 | 4 | 6 {
  const quad = parseDottedQuad(text, 0);
  if (quad >= 0) {
    into[0] = quad;
    return 4;
  }
  if (!parseIPv6(text, into)) return 0;
  if (!isMapped(into)) return 6;
  into[0] = into[3]!;
  return 4;
}

function isMapped(words: ArrayLike<number>): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

/**
 * Texts of IPv4 addresses that are remembered, at a place by their last bits. The same few thousand addresses are written
 * again and again, and one string for each is not only sooner made but also sooner found in a map: it is hashed once.
 */
const REMEMBERED_QUADS = 16_384;
const rememberedQuads = new Uint32Array(REMEMBERED_QUADS);
const rememberedQuadTexts = new Array<string>(REMEMBERED_QUADS).fill("0.0.0.0");

/** Dotted quad of a 32-bit number. */
export function formatIPv4(address: number): string {
  const place = (address ^ (address >>> 12)) & (REMEMBERED_QUADS - 1);
  if (rememberedQuads[place] === address) return rememberedQuadTexts[place]!;
  rememberedQuads[place] = address;
  return rememberedQuadTexts[place] = writeQuad(address);
}

function writeQuad(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/**
 * The one canonical text of four 32-bit words (RFC 5952 section 4): lower case, no leading zeros, the longest run of
 * two or more zero groups (the first of equals) written "::". IPv4-mapped addresses end in a dotted quad (section 5).
 */
export function formatIPv6(words: ArrayLike<number>): string {
  if (isMapped(words)) return `::ffff:${formatIPv4(words[3]!)}`;
  const group = (at: number): number => at % 2 === 0 ? words[at >> 1]! >>> 16 : words[at >> 1]! & 0xffff;
  let gap = -1;
  let gapLength = 1;
  for (let start = 0; start < GROUPS_IN_IPV6; start++) {
    let length = 0;
    while (start + length < GROUPS_IN_IPV6 && group(start + length) === 0) length++;
    if (length > gapLength) {
      gap = start;
      gapLength = length;
    }
    start += length;
  }
  let text = "";
  for (let at = 0; at < GROUPS_IN_IPV6; at++) {
    if (at === gap) {
      text += "::";
      at += gapLength - 1;
    } else {
      if (text !== "" && !text.endsWith(":")) text += ":";
      text += group(at).toString(16);
    }
  }
  return text;
}

/** Canonical text of an address of either family, or undefined when the text is no address. */
export function canonicalAddress(text: string): string | undefined {
  if (parseIPv4(text) >= 0) return text;
  const words = new Uint32Array(4);
  return parseIPv6(text, words) ? formatIPv6(words) : undefined;
}
