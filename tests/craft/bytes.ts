// Small tools for byte arrays; every other file here builds on them.

/** What may stand wherever bytes are wanted: text is encoded as UTF-8. */
export type Content = Uint8Array | string;

const encoder = new TextEncoder();

/** The bytes of `content`; a Uint8Array is returned as it is, not copied. */
export function toBytes(content: Content): Uint8Array {
  return typeof content === "string" ? encoder.encode(content) : content;
}

/** Joins the pieces into one new array. */
export function concat(...pieces: readonly Content[]): Uint8Array {
  const parts = pieces.map(toBytes);
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    // Most parts are fields of a few bytes, for which `set` takes longer than the bytes.
    if (part.length > SHORT) joined.set(part, at);
    else for (let i = 0; i < part.length; i++) joined[at + i] = part[i]!;
    at += part.length;
  }
  return joined;
}

/** Bytes that are copied faster one by one. Measured. */
const SHORT = 24;

/** Bytes from hexadecimal text; blanks, colons and dashes are skipped: `hex("de:ad be-ef")`. Throws on anything else. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/[\s:-]/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) throw new Error(`not hexadecimal: ${text}`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** One byte. */
export function u8(value: number): Uint8Array {
  const bytes = new Uint8Array(1);
  bytes[0] = value;
  return bytes;
}

/** Two bytes, network order. */
export function u16(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  bytes[0] = value >>> 8;
  bytes[1] = value;
  return bytes;
}

/** Three bytes, network order. */
export function u24(value: number): Uint8Array {
  return Uint8Array.of(value >>> 16, value >>> 8, value);
}

/** Four bytes, network order. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** `content` behind its length in one byte. */
export function withLength8(content: Content): Uint8Array {
  const bytes = toBytes(content);
  return concat(u8(bytes.length), bytes);
}

/** `content` behind its length in two bytes. */
export function withLength16(content: Content): Uint8Array {
  const bytes = toBytes(content);
  return concat(u16(bytes.length), bytes);
}

/** `content` behind its length in three bytes. */
export function withLength24(content: Content): Uint8Array {
  const bytes = toBytes(content);
  return concat(u24(bytes.length), bytes);
}

/** `content` behind its length in four bytes. */
export function withLength32(content: Content): Uint8Array {
  const bytes = toBytes(content);
  return concat(u32(bytes.length), bytes);
}
