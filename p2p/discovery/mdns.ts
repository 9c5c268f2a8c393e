// Multicast DNS messages (RFC 6762, RFC 6763) as far as peers need them: questions, and the records PTR, SRV, TXT, A and
// AAAA. What is written elsewhere in a packet is passed over; what cannot be read gives undefined.

import { formatIPv4, formatIPv6, parseAddress } from "../../agent/record/address-text.ts";

export type MdnsRecord =
  | { readonly type: "PTR"; readonly name: string; readonly target: string }
  | { readonly type: "SRV"; readonly name: string; readonly port: number; readonly target: string }
  | { readonly type: "TXT"; readonly name: string; readonly strings: readonly Uint8Array[] }
  | { readonly type: "A" | "AAAA"; readonly name: string; readonly ip: string };

export interface MdnsMessage {
  readonly response: boolean;
  /** Names that are asked for (types are not told apart: who asks for one of ours gets all). */
  readonly questions: readonly string[];
  /** Of all sections. */
  readonly records: readonly MdnsRecord[];
}

export const MDNS_PORT = 5353;

// Type numbers of RFC 1035 section 3.2.2, RFC 3596, RFC 2782.
const TYPES = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
const ANY = 255;
const CLASS_IN = 1;
/** Responses are authoritative answers (RFC 6762 section 18). */
const RESPONSE_FLAGS = 0x8400;
/** Seconds for which records may be remembered. Own choice: two announcements and a little. */
const TTL = 150;
/** RFC 6762 section 17: more does not fit into one packet of Ethernet. */
const LONGEST_MESSAGE = 1472;
/** RFC 1035 section 2.3.4. */
const LONGEST_LABEL = 63;
const LONGEST_NAME = 255;
/** Records and questions read of one packet. */
const MAXIMUM_ENTRIES = 64;

const ascii = new TextEncoder();

/** Writes a message; undefined when it would be too long. Records of a question go where what is already known goes. */
export function writeMdns({ response, questions, records }: MdnsMessage): Uint8Array | undefined {
  const bytes = new Uint8Array(LONGEST_MESSAGE);
  const view = new DataView(bytes.buffer);
  let at = 12;
  const room = (count: number): boolean => at + count <= bytes.length;
  function name(text: string): boolean {
    for (const label of text.split(".").filter((label) => label !== "")) {
      const encoded = ascii.encode(label);
      if (encoded.length > LONGEST_LABEL || !room(encoded.length + 2)) return false;
      bytes[at++] = encoded.length;
      bytes.set(encoded, at);
      at += encoded.length;
    }
    bytes[at++] = 0;
    return true;
  }
  function data(record: MdnsRecord): boolean {
    switch (record.type) {
      case "PTR":
        return name(record.target);
      case "SRV":
        if (!room(6)) return false;
        // Priority and weight as the legacy peers have them.
        view.setUint16(at, 10);
        view.setUint16(at + 2, 1);
        view.setUint16(at + 4, record.port);
        at += 6;
        return name(record.target);
      case "TXT":
        for (const string of record.strings) {
          if (string.length > 255 || !room(string.length + 1)) return false;
          bytes[at++] = string.length;
          bytes.set(string, at);
          at += string.length;
        }
        return true;
      default: {
        const words = new Uint32Array(4);
        const count = parseAddress(record.ip, words) === 4 ? 1 : 4;
        if (!room(4 * count)) return false;
        for (let word = 0; word < count; word++, at += 4) view.setUint32(at, words[word]!);
        return true;
      }
    }
  }
  view.setUint16(2, response ? RESPONSE_FLAGS : 0);
  view.setUint16(4, questions.length);
  view.setUint16(response ? 6 : 10, records.length);
  for (const question of questions) {
    if (!name(question) || !room(4)) return undefined;
    view.setUint16(at, TYPES.PTR);
    view.setUint16(at + 2, CLASS_IN);
    at += 4;
  }
  for (const record of records) {
    if (!name(record.name) || !room(10)) return undefined;
    view.setUint16(at, TYPES[record.type]);
    view.setUint16(at + 2, CLASS_IN);
    view.setUint32(at + 4, TTL);
    const length = at + 8;
    at += 10;
    if (!data(record)) return undefined;
    view.setUint16(length, at - length - 2);
  }
  return bytes.slice(0, at);
}

/** Reads a packet; undefined when it is no DNS message, or is cut off. Never throws; O(length). */
export function readMdns(bytes: Uint8Array): MdnsMessage | undefined {
  if (bytes.length < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const counts = [4, 6, 8, 10].map((at) => view.getUint16(at));
  if (counts.reduce((sum, count) => sum + count, 0) > MAXIMUM_ENTRIES) return undefined;
  const questions: string[] = [];
  const records: MdnsRecord[] = [];
  let at = 12;
  for (let entry = 0; entry < counts[0]!; entry++) {
    const name = readName(bytes, at);
    if (name === undefined || name.end + 4 > bytes.length) return undefined;
    const type = view.getUint16(name.end);
    // The highest bit of the class asks for an answer to the asker alone (RFC 6762 section 5.4).
    if ((type === TYPES.PTR || type === ANY) && (view.getUint16(name.end + 2) & 0x7fff) === CLASS_IN) {
      questions.push(name.text);
    }
    at = name.end + 4;
  }
  for (let entry = counts[1]! + counts[2]! + counts[3]!; entry > 0; entry--) {
    const name = readName(bytes, at);
    if (name === undefined || name.end + 10 > bytes.length) return undefined;
    const from = name.end + 10;
    const to = from + view.getUint16(name.end + 8);
    if (to > bytes.length) return undefined;
    const record = readRecord(bytes, view, view.getUint16(name.end), name.text, from, to);
    if (record !== undefined) records.push(record);
    at = to;
  }
  return { response: (view.getUint16(2) & 0x8000) !== 0, questions, records };
}

function readRecord(
  bytes: Uint8Array,
  view: DataView,
  type: number,
  name: string,
  from: number,
  to: number,
): MdnsRecord | undefined {
  switch (type) {
    case TYPES.PTR: {
      const target = readName(bytes, from);
      return target === undefined ? undefined : { type: "PTR", name, target: target.text };
    }
    case TYPES.SRV: {
      const target = to - from < 7 ? undefined : readName(bytes, from + 6);
      return target === undefined
        ? undefined
        : { type: "SRV", name, port: view.getUint16(from + 4), target: target.text };
    }
    case TYPES.TXT: {
      const strings: Uint8Array[] = [];
      for (let at = from; at < to; at += 1 + bytes[at]!) {
        if (at + 1 + bytes[at]! > to) return undefined;
        strings.push(bytes.slice(at + 1, at + 1 + bytes[at]!));
      }
      return { type: "TXT", name, strings };
    }
    case TYPES.A:
      return to - from === 4 ? { type: "A", name, ip: formatIPv4(view.getUint32(from)) } : undefined;
    case TYPES.AAAA:
      return to - from === 16
        ? { type: "AAAA", name, ip: formatIPv6([0, 4, 8, 12].map((word) => view.getUint32(from + word))) }
        : undefined;
    default:
      return undefined;
  }
}

/** A name in lower case, and where it ends. Pointers must lead backwards, so the length bounds the work. */
function readName(bytes: Uint8Array, start: number): { text: string; end: number } | undefined {
  let at = start;
  let end = -1;
  let text = "";
  let lowest = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length >= 0xc0) {
      const target = (length & 0x3f) << 8 | (bytes[at + 1] ?? 0);
      if (at + 1 >= bytes.length || target >= lowest) return undefined;
      if (end < 0) end = at + 2;
      at = lowest = target;
      continue;
    }
    if (length > LONGEST_LABEL || at + 1 + length > bytes.length) return undefined;
    if (length === 0) return { text, end: end < 0 ? at + 1 : end };
    if (text !== "") text += ".";
    for (let i = at + 1; i <= at + length; i++) text += String.fromCharCode(bytes[i]!);
    if (text.length > LONGEST_NAME) return undefined;
    // Peer ids in base58 tell capital letters from small ones: only names that are compared are made small, by who compares.
    at += 1 + length;
  }
}
