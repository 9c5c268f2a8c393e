// The type of a file by its content, in Zeek's words ("application/x-dosexec", "text/html", …). What the sender says it
// is does not count.

import { MAGIC, type Magic } from "./magic.ts";
import { textType } from "./text-magic.ts";

/** So many first bytes are looked at (Zeek's default_file_bof_buffer_size). */
export const SNIFFED_BYTES = 4096;

const ANY = ".".charCodeAt(0);

/** The formats by their first byte (those with a fixed one), strongest first, so that most files are compared to few. */
const BY_FIRST_BYTE: readonly (readonly Magic[])[] = Array.from(
  { length: 256 },
  (_, byte) =>
    MAGIC.filter((magic) => magic.at !== 0 || magic.bytes.charCodeAt(0) === byte)
      .toSorted((a, b) => b.strength - a.strength),
);

/** The type of the file that begins with `bytes[0..length)`; undefined when no known format fits. */
export function mimeType(bytes: Uint8Array, length: number): string | undefined {
  if (length === 0) return undefined;
  const binary = BY_FIRST_BYTE[bytes[0]!]!.find((magic) => fits(magic, bytes, length));
  const special = containerType(bytes, length);
  const text = textType(bytes, length);
  let [type, strength] = [binary?.type, binary?.strength ?? -Infinity];
  if (special !== undefined && special[1] > strength) [type, strength] = special;
  return text !== undefined && text.strength > strength ? text.type : type;
}

function fits(magic: Magic, bytes: Uint8Array, length: number): boolean {
  return stands(magic.bytes, magic.at, bytes, length) &&
    (magic.also === undefined || stands(magic.also, magic.alsoAt!, bytes, length));
}

function stands(wanted: string, at: number, bytes: Uint8Array, length: number): boolean {
  if (at + wanted.length > length) return false;
  for (let i = 0; i < wanted.length; i++) {
    const code = wanted.charCodeAt(i);
    if (code !== bytes[at + i] && code !== ANY) return false;
  }
  return true;
}

/** Object identifiers, in DER, near the start of an OCSP request (SHA-1) and of a response (id-pkix-ocsp-basic, RFC 6960). */
const OCSP: readonly (readonly [string, string])[] = [
  ["\x06\x05\x2b\x0e\x03\x02\x1a", "application/ocsp-request"],
  ["\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01", "application/ocsp-response"],
];
/** The identifier stands at one of these offsets, as the lengths before it take one to three bytes. */
const OCSP_FIRST_OFFSET = 11;
const OCSP_LAST_OFFSET = 19;
/** Names of the first members of an Office Open XML file, and the folder that tells which kind it is (ECMA-376). */
const OFFICE_FIRST = ["[Content_Types].xml", "_rels/.rels"];
const OFFICE: readonly (readonly [string, string])[] = [
  ["word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
];
const ZIP_LOCAL_HEADER = "PK\x03\x04";
/** Bytes of a zip file's local header before the member's name (APPNOTE 4.3.7). */
const ZIP_NAME_OFFSET = 30;
const ZIP_NAME_LENGTH_OFFSET = 26;

/** Formats whose mark stands at no fixed place. */
function containerType(bytes: Uint8Array, length: number): [string, number] | undefined {
  if (bytes[0] === 0x30) {
    for (const [identifier, type] of OCSP) {
      for (let at = OCSP_FIRST_OFFSET; at <= OCSP_LAST_OFFSET; at++) {
        if (stands(identifier, at, bytes, length)) return [type, 71];
      }
    }
  }
  return stands(ZIP_LOCAL_HEADER, 0, bytes, length) ? zipType(bytes, length) : undefined;
}

function zipType(bytes: Uint8Array, length: number): [string, number] | undefined {
  const first = memberName(bytes, 0, length);
  if (first === "META-INF/MANIFEST.MF") return ["application/java-archive", 100];
  const office = OFFICE_FIRST.includes(first) || OFFICE.some(([folder]) => first.startsWith(folder));
  for (let at = 1; at + ZIP_NAME_OFFSET < length; at++) {
    if (bytes[at] !== 0x50 || !stands(ZIP_LOCAL_HEADER, at, bytes, length)) continue;
    const name = memberName(bytes, at, length);
    if (name === "META-INF/MANIFEST.MF") return ["application/java-archive", 100];
    const found = office ? OFFICE.find(([folder]) => name.startsWith(folder)) : undefined;
    if (found) return [found[1], 80];
  }
  return undefined;
}

function memberName(bytes: Uint8Array, header: number, length: number): string {
  const start = header + ZIP_NAME_OFFSET;
  const nameLength = bytes[header + ZIP_NAME_LENGTH_OFFSET]! | bytes[header + ZIP_NAME_LENGTH_OFFSET + 1]! << 8;
  return String.fromCharCode(...bytes.subarray(start, Math.min(start + nameLength, length)));
}
