// Reads DER, the encoding of certificates (ITU-T X.690), as far as X.509 needs it: definite lengths and one-byte tags.
// Nothing is copied: an element is a place in the bytes it was found in.

/** ASN.1 universal tags (X.680 table 1), with the constructed bit where DER sets it. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: its header starts at `at`, its contents are `bytes[start..end)`. */
export interface Element {
  readonly tag: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** Longest length field read, in bytes: four say up to 4 GiB, far more than any message holds. */
const MAX_LENGTH_BYTES = 4;
/** Children read of one element. The longest lists in real certificates are a few hundred names. */
const MAX_CHILDREN = 4096;

/** The element whose header stands at `at`, if it lies within `bytes[..end)`. */
export function elementAt(bytes: Uint8Array, at: number, end: number): Element | undefined {
  if (at + 2 > end) return undefined;
  const tag = bytes[at]!;
  if ((tag & 0x1f) === 0x1f) return undefined;
  const first = bytes[at + 1]!;
  if (first < 0x80) return within({ tag, at, start: at + 2, end: at + 2 + first }, end);
  const count = first & 0x7f;
  if (count === 0 || count > MAX_LENGTH_BYTES || at + 2 + count > end) return undefined;
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + bytes[at + 2 + i]!;
  return within({ tag, at, start: at + 2 + count, end: at + 2 + count + length }, end);
}

function within(element: Element, end: number): Element | undefined {
  return element.end <= end ? element : undefined;
}

/** The elements inside a constructed one, or undefined when they do not fill it exactly. */
export function childrenOf(bytes: Uint8Array, parent: Element | undefined): Element[] | undefined {
  if (parent === undefined) return undefined;
  const children: Element[] = [];
  let at = parent.start;
  while (at < parent.end) {
    const child = elementAt(bytes, at, parent.end);
    if (child === undefined || children.length === MAX_CHILDREN) return undefined;
    children.push(child);
    at = child.end;
  }
  return children;
}

/** Arcs of an object identifier that are read; the longest in use has about 20. */
const MAX_ARCS = 64;

/** An object identifier in dotted form, "" when it is malformed (X.690 section 8.19). */
export function objectIdentifier(bytes: Uint8Array, element: Element): string {
  if (element.tag !== Tag.objectIdentifier || element.start === element.end) return "";
  const arcs: number[] = [];
  let value = 0;
  let open = false;
  for (let at = element.start; at < element.end; at++) {
    const byte = bytes[at]!;
    value = value * 128 + (byte & 0x7f);
    open = (byte & 0x80) !== 0;
    if (open) continue;
    if (arcs.length === MAX_ARCS || value > Number.MAX_SAFE_INTEGER) return "";
    if (arcs.length === 0) {
      arcs.push(Math.min(Math.floor(value / 40), 2), value - 40 * Math.min(Math.floor(value / 40), 2));
    } else arcs.push(value);
    value = 0;
  }
  return open ? "" : arcs.join(".");
}

/** Bytes of an INTEGER that are shown; RFC 5280 section 4.1.2.2 allows serial numbers of 20. */
const MAX_INTEGER_BYTES = 256;

/** An INTEGER as upper-case hexadecimal of whole bytes, "-" before a negative one, as OpenSSL shows serial numbers. */
export function integerHex(bytes: Uint8Array, element: Element): string {
  if (element.tag !== Tag.integer || element.start === element.end) return "";
  const negative = (bytes[element.start]! & 0x80) !== 0;
  const end = Math.min(element.end, element.start + MAX_INTEGER_BYTES);
  const magnitude = Array.from(bytes.subarray(element.start, end));
  if (negative) negate(magnitude);
  let first = 0;
  while (first < magnitude.length - 1 && magnitude[first] === 0) first++;
  const hex = magnitude.slice(first).map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
  return (negative ? "-" : "") + hex;
}

function negate(magnitude: number[]): void {
  let carry = 1;
  for (let i = magnitude.length - 1; i >= 0; i--) {
    const sum = (magnitude[i]! ^ 0xff) + carry;
    magnitude[i] = sum & 0xff;
    carry = sum >> 8;
  }
}

/** Bits of a non-negative INTEGER without leading zeros. */
export function integerBits(bytes: Uint8Array, element: Element): number {
  let at = element.start;
  while (at < element.end && bytes[at] === 0) at++;
  if (at === element.end) return 0;
  return (element.end - at) * 8 - (Math.clz32(bytes[at]!) - 24);
}
