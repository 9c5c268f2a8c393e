// Distinguished names as text in the order and with the escapes of RFC 2253 ("CN=www.bing.com,O=Example\, Inc,C=US"), in the
// details (unknown types, control characters, letters beyond ASCII) as OpenSSL prints them and Zeek logs them.

import { childrenOf, type Element, objectIdentifier, Tag } from "./der.ts";
import { ATTRIBUTE_NAMES } from "./object-names.ts";

/** Longest name printed, in characters; the rest is cut. Zeek's buffer has room for as many. */
export const MAX_NAME_LENGTH = 2047;

/** The text of a Name (RFC 5280 section 4.1.2.4), last attribute first; "" when it is empty or malformed. */
export function nameText(bytes: Uint8Array, name: Element): string {
  const parts: string[] = [];
  let length = 0;
  const relatives = childrenOf(bytes, name) ?? [];
  for (let i = relatives.length - 1; i >= 0 && length < MAX_NAME_LENGTH; i--) {
    const attributes = (childrenOf(bytes, relatives[i]) ?? []).map((attribute) => attributeText(bytes, attribute));
    const part = attributes.reverse().join("+");
    length += part.length + 1;
    parts.push(part);
  }
  return parts.join(",").slice(0, MAX_NAME_LENGTH);
}

function attributeText(bytes: Uint8Array, attribute: Element): string {
  const [type, value] = childrenOf(bytes, attribute) ?? [];
  if (type === undefined || value === undefined) return "";
  const oid = objectIdentifier(bytes, type);
  const name = ATTRIBUTE_NAMES.get(oid);
  const text = name === undefined ? undefined : escapedText(bytes, value);
  return `${name ?? oid}=${text ?? dump(bytes, value)}`;
}

/** The first value of the attribute with this identifier (2.5.4.3 is the common name), unescaped; undefined without one. */
export function attributeValue(bytes: Uint8Array, name: Element, identifier: string): string | undefined {
  for (const relative of childrenOf(bytes, name) ?? []) {
    for (const attribute of childrenOf(bytes, relative) ?? []) {
      const [type, value] = childrenOf(bytes, attribute) ?? [];
      if (type === undefined || value === undefined || objectIdentifier(bytes, type) !== identifier) continue;
      return codePoints(bytes, value)?.map((code) => String.fromCodePoint(code)).join("");
    }
  }
  return undefined;
}

/** RFC 2253 section 2.4: a value of a type without a name, or of a kind that is not text, is "#" and its DER in hex. */
function dump(bytes: Uint8Array, value: Element): string {
  const end = Math.min(value.end, value.at + MAX_NAME_LENGTH);
  let hex = "#";
  for (let at = value.at; at < end; at++) hex += bytes[at]!.toString(16).padStart(2, "0").toUpperCase();
  return hex;
}

function escapedText(bytes: Uint8Array, value: Element): string | undefined {
  const codes = codePoints(bytes, value);
  if (codes === undefined) return undefined;
  let text = "";
  for (let i = 0; i < codes.length && text.length < MAX_NAME_LENGTH; i++) {
    text += escapedCharacter(codes[i]!, i === 0, i === codes.length - 1);
  }
  return text;
}

/** The characters that RFC 2253 section 2.4 escapes wherever they stand: , + " \ < > ; */
const ALWAYS_ESCAPED = new Set([...',+"\\<>;'].map((character) => character.charCodeAt(0)));

function escapedCharacter(code: number, first: boolean, last: boolean): string {
  if (code < 0x20 || code === 0x7f) return hexEscape(code);
  if (code > 0x7f) return utf8(code).map(hexEscape).join("");
  const character = String.fromCharCode(code);
  const escape = ALWAYS_ESCAPED.has(code) || (first && (character === "#" || character === " ")) ||
    (last && character === " ");
  return escape ? `\\${character}` : character;
}

function hexEscape(byte: number): string {
  return "\\" + byte.toString(16).padStart(2, "0").toUpperCase();
}

function utf8(code: number): number[] {
  if (code < 0x800) return [0xc0 | code >> 6, 0x80 | code & 0x3f];
  if (code < 0x10000) return [0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f];
  return [0xf0 | code >> 18, 0x80 | code >> 12 & 0x3f, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f];
}

/** Code points of a character string, undefined for any other kind of value. */
function codePoints(bytes: Uint8Array, value: Element): number[] | undefined {
  const end = Math.min(value.end, value.start + MAX_NAME_LENGTH * 4);
  switch (value.tag) {
    case Tag.utf8String:
      return utf8CodePoints(bytes, value.start, end);
    case Tag.numericString:
    case Tag.printableString:
    case Tag.teletexString:
    case Tag.ia5String:
    case Tag.visibleString:
    case Tag.utcTime:
    case Tag.generalizedTime:
      return Array.from(bytes.subarray(value.start, end));
    case Tag.bmpString:
      return wideCodePoints(bytes, value.start, end, 2);
    case Tag.universalString:
      return wideCodePoints(bytes, value.start, end, 4);
    default:
      return undefined;
  }
}

/** TextDecoder never fails in this mode: what is no UTF-8 becomes U+FFFD. */
function utf8CodePoints(bytes: Uint8Array, start: number, end: number): number[] {
  return Array.from(new TextDecoder().decode(bytes.subarray(start, end)), (character) => character.codePointAt(0)!);
}

const REPLACEMENT_CHARACTER = 0xfffd;

function wideCodePoints(bytes: Uint8Array, start: number, end: number, width: 2 | 4): number[] {
  const codes: number[] = [];
  for (let at = start; at + width <= end; at += width) {
    let code = 0;
    for (let i = 0; i < width; i++) code = code * 256 + bytes[at + i]!;
    codes.push(code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? REPLACEMENT_CHARACTER : code);
  }
  return codes;
}
