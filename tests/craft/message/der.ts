// Enough of DER (ITU-T X.690) to write a certificate.

import { concat, type Content, toBytes, u8 } from "../bytes.ts";

/** A value behind its tag and length. */
export function der(tag: number, ...content: readonly Content[]): Uint8Array {
  const body = concat(...content);
  return concat(u8(tag), lengthBytes(body.length), body);
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return u8(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

/** SEQUENCE of the parts. */
export function derSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...parts);
}

/** SET of the parts, which must be in order already. */
export function derSet(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x31, ...parts);
}

/** INTEGER; bytes are an unsigned magnitude. */
export function derInteger(value: number | Uint8Array): Uint8Array {
  let bytes = typeof value === "number" ? Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value) : value;
  while (bytes.length > 1 && bytes[0] === 0) bytes = bytes.subarray(1);
  return der(0x02, ...(bytes[0]! >= 0x80 ? [u8(0)] : []), bytes);
}

/** BOOLEAN. */
export function derBoolean(value: boolean): Uint8Array {
  return der(0x01, u8(value ? 0xff : 0));
}

/** NULL. */
export function derNull(): Uint8Array {
  return der(0x05);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}

/** BIT STRING of whole bytes. */
export function derBitString(bytes: Uint8Array): Uint8Array {
  return der(0x03, u8(0), bytes);
}

/** OCTET STRING. */
export function derOctetString(bytes: Uint8Array): Uint8Array {
  return der(0x04, bytes);
}

/** UTF8String. */
export function derText(text: string): Uint8Array {
  return der(0x0c, toBytes(text));
}

/** Constructed context-specific tag: EXPLICIT `[number]`. */
export function derExplicit(number: number, content: Uint8Array): Uint8Array {
  return der(0xa0 | number, content);
}

/** The moment `2024-03-05T08:00:00Z` as UTCTime up to 2049, as GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5). */
export function derTime(moment: string): Uint8Array {
  const digits = moment.replace(/[-:TZ]/g, "");
  if (!/^\d{14}$/.test(digits)) throw new Error(`not a moment like 2024-03-05T08:00:00Z: ${moment}`);
  return Number(digits.slice(0, 4)) < 2050 ? der(0x17, digits.slice(2), "Z") : der(0x18, digits, "Z");
}
