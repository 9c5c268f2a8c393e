// From what a server answered to the ten questions of JARM to its fingerprint: 62 hexadecimal digits. The first 30 are
// three for each answer (cipher, version), the last 32 half a SHA-256 of the extensions.

import { createHash } from "node:crypto";

/** The cipher suites in the order in which the fingerprint counts them, from 1. */
// deno-fmt-ignore
const COUNTED_CIPHERS = [
  0x0004, 0x0005, 0x0007, 0x000a, 0x0016, 0x002f, 0x0033, 0x0035, 0x0039, 0x003c, 0x003d, 0x0041, 0x0045, 0x0067,
  0x006b, 0x0084, 0x0088, 0x009a, 0x009c, 0x009d, 0x009e, 0x009f, 0x00ba, 0x00be, 0x00c0, 0x00c4, 0xc007, 0xc008,
  0xc009, 0xc00a, 0xc011, 0xc012, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028, 0xc02b, 0xc02c, 0xc02f, 0xc030,
  0xc060, 0xc061, 0xc072, 0xc073, 0xc076, 0xc077, 0xc09c, 0xc09d, 0xc09e, 0xc09f, 0xc0a0, 0xc0a1, 0xc0a2, 0xc0a3,
  0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcc13, 0xcc14, 0xcca8, 0xcca9, 0x1301, 0x1302, 0x1303, 0x1304, 0x1305,
];

/** The fingerprint of a server that answered none of the questions with TLS. */
export const NO_JARM = "0".repeat(62);

/** What one answer tells: hexadecimal cipher and version, the protocol chosen, the types of the extensions. */
export interface HelloParts {
  cipher: string;
  version: string;
  protocol: string;
  extensions: string;
}

const NOTHING: HelloParts = { cipher: "", version: "", protocol: "", extensions: "" };

const HANDSHAKE = 22;
const SERVER_HELLO = 2;
/** Bytes before the length of the session id: record and handshake headers, version, random. */
const SESSION_ID_AT = 43;

/** Reads the first bytes that a server sent; nothing where they are no server hello. */
export function readServerHello(bytes: Uint8Array): HelloParts {
  if (bytes[0] !== HANDSHAKE || bytes[5] !== SERVER_HELLO || bytes.length < SESSION_ID_AT + 1) return NOTHING;
  const session = bytes[SESSION_ID_AT]!;
  const cipherAt = SESSION_ID_AT + 1 + session;
  if (bytes.length < cipherAt + 2) return NOTHING;
  return {
    cipher: hex(bytes, cipherAt, 2),
    version: hex(bytes, 9, 2),
    ...readExtensions(bytes, cipherAt + 3, SESSION_ID_AT + session - 1),
  };
}

/**
 * The extensions, whose length stands at `at`. `before` is the published program's measure of whether there can be any; it
 * compares it with the length of the record.
 */
function readExtensions(bytes: Uint8Array, at: number, before: number): Pick<HelloParts, "protocol" | "extensions"> {
  const none = { protocol: "", extensions: "" };
  if (before >= uint16(bytes, 3)) return none;
  // A certificate follows at once (there are no extensions), or one of two replies that only look like a hello.
  if (bytes[at] === 11) return none;
  if (hex(bytes, at + 3, 3) === "0eac0b" || hex(bytes, 82, 3) === "0ff00b") return none;
  const types: string[] = [];
  let protocol = "";
  const end = at + 2 + uint16(bytes, at) - 1;
  for (let place = at + 2; place < end;) {
    if (place + 4 > bytes.length) return none;
    const type = hex(bytes, place, 2);
    const length = uint16(bytes, place + 2);
    types.push(type);
    if (type === "0010" && protocol === "") {
      // Behind the lengths of the list and of its only name.
      protocol = new TextDecoder().decode(bytes.subarray(place + 7, place + 4 + length));
    }
    place += 4 + length;
  }
  return { protocol, extensions: types.join("-") };
}

/** The fingerprint of the ten answers, in the order of the questions. */
export function fingerprint(answers: readonly HelloParts[]): string {
  if (answers.every(({ cipher }) => cipher === "")) return NO_JARM;
  const choices = answers.map(({ cipher, version }) => cipherDigits(cipher) + versionDigit(version)).join("");
  const rest = answers.map(({ protocol, extensions }) => protocol + extensions).join("");
  return choices + createHash("sha256").update(rest).digest("hex").slice(0, 32);
}

function cipherDigits(cipher: string): string {
  if (cipher === "") return "00";
  const index = COUNTED_CIPHERS.indexOf(parseInt(cipher, 16));
  // One that was not offered counts as one behind the last.
  return ((index < 0 ? COUNTED_CIPHERS.length : index) + 1).toString(16).padStart(2, "0");
}

/** a to f for 0x0300 to 0x0305. */
function versionDigit(version: string): string {
  return version === "" ? "0" : "abcdef".charAt(Number(version.charAt(3))) || "0";
}

function hex(bytes: Uint8Array, at: number, length: number): string {
  return Array.from(bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
