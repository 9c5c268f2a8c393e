// Text as it came over the wire, made fit to be read, logged and shown: valid UTF-8 stays what it is, and every byte that
// is no printable text becomes "\xNN", which is how Zeek's logs show it. So no record can carry a control character to a
// terminal, and whoever writes a record leaves "\xNN" as it stands.

const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;
/** Code points of one call to String.fromCharCode: more arguments than a few thousand may not fit the stack. */
const CHUNK = 4096;

/** The text of `bytes[start..end)`. Time and memory are linear in its length, which the caller bounds. */
export function wireText(bytes: Uint8Array, start: number, end: number): string {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < PRINTABLE_FIRST || byte > PRINTABLE_LAST) return asciiText(bytes, start, i) + mixedText(bytes, i, end);
  }
  return asciiText(bytes, start, end);
}

/** Texts up to this length are made from a list that is used again: a view on the bytes would cost more than the text. */
const SHORT = 48;
const shortLists = Array.from({ length: SHORT + 1 }, (_, length) => new Array<number>(length).fill(0));

/** The text of bytes already known to be printable ASCII. */
function asciiText(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length <= SHORT) {
    const list = shortLists[Math.max(length, 0)]!;
    for (let i = 0; i < length; i++) list[i] = bytes[start + i]!;
    return String.fromCharCode.apply(null, list);
  }
  if (length <= CHUNK) return String.fromCharCode.apply(null, bytes.subarray(start, end) as unknown as number[]);
  let text = "";
  for (let at = start; at < end; at += CHUNK) text += asciiText(bytes, at, Math.min(at + CHUNK, end));
  return text;
}

function mixedText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST) {
      text += String.fromCharCode(byte);
      at++;
      continue;
    }
    const length = sequenceLength(bytes, at, end);
    if (length < 2) {
      text += escapedByte(byte);
      at++;
    } else {
      text += String.fromCodePoint(codePoint(bytes, at, length));
      at += length;
    }
  }
  return text;
}

/** "\xNN" in lower-case hexadecimal. */
export function escapedByte(byte: number): string {
  return "\\x" + byte.toString(16).padStart(2, "0");
}

/** Length of the well-formed UTF-8 sequence at `at` (RFC 3629 section 4), 1 for ASCII, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead >= 0xc2 && lead <= 0xdf
    ? 2
    : lead >= 0xe0 && lead <= 0xef
    ? 3
    : lead >= 0xf0 && lead <= 0xf4
    ? 4
    : 0;
  if (length === 0 || at + length > end) return 0;
  for (let i = 1; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  const code = codePoint(bytes, at, length);
  // Overlong forms, surrogates, numbers beyond Unicode and the C1 control characters are not text.
  if (length === 2 && code < 0xa0) return 0;
  if (length === 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return 0;
  if (length === 4 && (code < 0x10000 || code > 0x10ffff)) return 0;
  return length;
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let code = bytes[at]! & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = code << 6 | (bytes[at + i]! & 0x3f);
  return code;
}

/** Lower-case hexadecimal of `bytes[start..end)`. */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  return start >= end ? "" : bytes.subarray(start, end).toHex();
}
