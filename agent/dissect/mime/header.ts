// Header fields of mail and HTTP (RFC 5322 section 2.2, RFC 9110 section 5), folded lines included, and the few
// structured values that matter for reading a message.

import { wireText } from "../text.ts";

/** A field with its folded lines is kept up to this many bytes (Zeek's MIME::max_header_bytes). */
export const HEADER_BYTES_LIMIT = 65536;

const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

/** The field that is being read, and whether bytes of it were left out. */
export interface HeaderReader {
  name: string;
  value: string;
  pending: boolean;
  cut: boolean;
}

/** A reader at the start of a header. */
export function newHeaderReader(): HeaderReader {
  return { name: "", value: "", pending: false, cut: false };
}

/** Whether a line carries on the field before it. */
export function isFolded(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === SPACE || bytes[start] === TAB;
}

/** Takes the first line of a field; `name` becomes "" when the line is none. Names are in capitals. */
export function startField(reader: HeaderReader, bytes: Uint8Array, start: number, end: number): void {
  reader.pending = true;
  reader.cut = end - start > HEADER_BYTES_LIMIT;
  const stop = Math.min(end, start + HEADER_BYTES_LIMIT);
  let nameEnd = start;
  while (nameEnd < stop && bytes[nameEnd]! > SPACE && bytes[nameEnd]! < 0x7f && bytes[nameEnd] !== COLON) nameEnd++;
  let colon = nameEnd;
  while (colon < stop && (bytes[colon] === SPACE || bytes[colon] === TAB)) colon++;
  if (nameEnd === start || colon >= stop || bytes[colon] !== COLON) {
    reader.name = "";
    return;
  }
  reader.name = wireText(bytes, start, nameEnd).toUpperCase();
  let valueStart = colon + 1;
  while (valueStart < stop && (bytes[valueStart] === SPACE || bytes[valueStart] === TAB)) valueStart++;
  reader.value = wireText(bytes, valueStart, stop);
}

/** Adds a folded line, its leading blanks included as Zeek does. */
export function foldField(reader: HeaderReader, bytes: Uint8Array, start: number, end: number): void {
  if (reader.value.length + end - start > HEADER_BYTES_LIMIT) {
    reader.cut = true;
    return;
  }
  reader.value += wireText(bytes, start, end);
}

/** A value as it is to be understood: folded lines may begin with a tab, which the text shows as "\\x09". */
export function meaning(value: string): string {
  return value.includes("\\x09") ? value.replaceAll("\\x09", " ") : value;
}

/** The leading decimal digits of a value, as a number; undefined when there are none or too many to be exact. */
export function leadingNumber(value: string): number | undefined {
  const digits = /^\s*([0-9]{1,15})(?![0-9])/.exec(value);
  return digits ? Number(digits[1]) : undefined;
}

/** The first token of a value, in small letters: "gzip" of "GZIP, br", "close" of "close". */
export function firstToken(value: string): string {
  const token = /^\s*([^\s"(),/:;<=>?@[\\\]{}]+)/.exec(value);
  return token ? token[1]!.toLowerCase() : "";
}

/** A content type without its parameters, in small letters, and the `boundary` parameter where there is one. */
export function contentType(value: string): { type: string; boundary: string | undefined } {
  const semicolon = value.indexOf(";");
  const type = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  const found = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s";]+))/i.exec(value);
  return { type, boundary: found?.[1] ?? found?.[2] };
}

/** The file name that `Content-Disposition` or `Content-Type` states, decoded as RFC 5987 has it; undefined when none. */
export function fileName(field: string, value: string): string | undefined {
  const pattern = field === "CONTENT-DISPOSITION" ? /filename[ \t]*\*?=[ \t]*/i : /name[ \t]*\*?=[ \t]*/i;
  const found = pattern.exec(value);
  if (found === null) return undefined;
  let name = value.slice(found.index + found[0].length);
  if (name.startsWith('"')) name = name.slice(1, name.indexOf('"', 1) < 0 ? undefined : name.indexOf('"', 1));
  // RFC 5987: charset'language'text
  const extended = /^[\w!#$%&+^`{}~-]+'[\w!#$%&+^`{}~-]*'/.exec(name);
  if (extended !== null) name = name.slice(extended[0].length);
  return percentDecoded(name);
}

function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  const bytes: number[] = [];
  const encoded = new TextEncoder().encode(text);
  for (let i = 0; i < encoded.length; i++) {
    const pair = encoded[i] === 0x25 ? String.fromCharCode(encoded[i + 1] ?? 0, encoded[i + 2] ?? 0) : "";
    if (/^[0-9a-f]{2}$/i.test(pair)) {
      bytes.push(parseInt(pair, 16));
      i += 2;
    } else bytes.push(encoded[i]!);
  }
  return wireText(Uint8Array.from(bytes), 0, bytes.length);
}
