// One resource record of an answer (RFC 1035 section 3.2 and the RFCs of its type), told in the words of Zeek's
// `answers`: addresses and names as they are, "TXT 5 hello", "SSHFP: 0a1b…", "RRSIG 1 example.org".

import { formatIPv4, formatIPv6 } from "../../../record/address-text.ts";
import { hexText, wireText } from "../../text.ts";
import { type Cursor, readName, type ReportWeird } from "./name.ts";
import { TYPE } from "./numbers.ts";

/** A record as it stood in the message. */
export interface Resource {
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  /** Its data as `answers` shows it; "" for data that is known but never shown, undefined for types that Zeek does not log. */
  readonly answer: string | undefined;
  /** The data did not end where it should: nothing behind it in this message can be trusted. */
  readonly damaged: boolean;
}

/** Type, class, TTL and length behind a record's owner. */
const FIXED_PART = 10;

/**
 * Reads the record at the cursor and moves behind it. Undefined when nothing could be read. `bare`: the section may hold
 * records without data (prerequisites and deletions of a dynamic update, RFC 2136 section 2.4), which have `answer` "".
 */
export function readResource(
  cursor: Cursor,
  netbios: boolean,
  bare: boolean,
  weird: ReportWeird,
): Resource | undefined {
  const owner = readName(cursor, netbios, weird);
  const { bytes, end } = cursor;
  if (end - cursor.at < FIXED_PART) {
    weird("DNS_truncated_ans_too_short");
    return undefined;
  }
  const type = uint16(bytes, cursor.at);
  const recordClass = uint16(bytes, cursor.at + 2);
  const ttl = uint32(bytes, cursor.at + 4);
  const length = uint16(bytes, cursor.at + 8);
  cursor.at += FIXED_PART;
  if (length > end - cursor.at) {
    weird("DNS_truncated_RR_rdlength_lt_len");
    return undefined;
  }
  if (length === 0) {
    if (bare) return { owner, type, class: recordClass, ttl, answer: "", damaged: false };
    if (end > cursor.at) {
      weird("DNS_zero_rdlength");
      return undefined;
    }
  }
  const data: Data = { cursor, owner, type, length, netbios, weird, damaged: false };
  const read = netbios && type === TYPE.SRV ? unlogged : READERS.get(type) ?? unknown;
  const answer = read(data);
  return { owner, type, class: recordClass, ttl, answer, damaged: data.damaged };
}

/** What the reader of one type is given: the cursor at the data's first byte, `length` bytes of it in the message. */
interface Data {
  readonly cursor: Cursor;
  readonly owner: string;
  readonly type: number;
  readonly length: number;
  readonly netbios: boolean;
  readonly weird: ReportWeird;
  damaged: boolean;
}

type Reader = (data: Data) => string | undefined;

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [TYPE.A, ipv4],
  [TYPE.AAAA, ipv6],
  [TYPE.A6, ipv6],
  [TYPE.NS, hostName(0)],
  [TYPE.CNAME, hostName(0)],
  [TYPE.PTR, hostName(0)],
  [TYPE.MX, hostName(2)],
  [TYPE.SRV, hostName(6)],
  [TYPE.SOA, startOfAuthority],
  [TYPE.TXT, (data) => strings(data, "TXT")],
  [TYPE.SPF, (data) => strings(data, "SPF")],
  [TYPE.NAPTR, namingAuthority],
  [TYPE.WKS, (data) => (unlogged(data), "")],
  [TYPE.LOC, location],
  [TYPE.SSHFP, (data) => opaque(data, 2, (at, end) => `SSHFP: ${hexText(data.cursor.bytes, at + 2, end)}`)],
  [TYPE.DS, (data) => opaque(data, 4, (at) => `DS ${data.cursor.bytes[at + 2]} ${data.cursor.bytes[at + 3]}`)],
  [TYPE.DNSKEY, (data) => opaque(data, 4, (at) => `DNSKEY ${data.cursor.bytes[at + 3]}`)],
  [TYPE.NSEC3, (data) => opaque(data, 6, () => "NSEC3")],
  [TYPE.NSEC3PARAM, (data) => opaque(data, 5, () => "NSEC3PARAM")],
  [TYPE.BIND_SIGNING, (data) => opaque(data, 5, () => "BIND9 signing signal")],
  [TYPE.RRSIG, signature],
  [TYPE.NSEC, nextSecure],
  ...[TYPE.NB, TYPE.HINFO, TYPE.CAA, TYPE.SVCB, TYPE.HTTPS, TYPE.OPT, TYPE.TSIG, TYPE.TKEY].map((type) =>
    [type, unlogged] as const
  ),
]);

/** Types whose records Zeek reads but does not show in `answers`. */
function unlogged({ cursor, length }: Data): undefined {
  cursor.at += length;
}

function unknown(data: Data): string {
  data.weird("DNS_RR_unknown_type", `${data.type}`);
  unlogged(data);
  return `<unknown type=${data.type}>`;
}

function ipv4(data: Data): string | undefined {
  const { cursor, length } = data;
  if (length !== 4) return bad(data, "DNS_RR_bad_length");
  cursor.at += 4;
  return formatIPv4(uint32(cursor.bytes, cursor.at - 4));
}

function ipv6(data: Data): string | undefined {
  const { bytes, at } = data.cursor;
  if (data.length < 16) return bad(data, data.type === TYPE.A6 ? "DNS_A6_neg_length" : "DNS_AAAA_neg_length");
  unlogged(data);
  const words = [uint32(bytes, at), uint32(bytes, at + 4), uint32(bytes, at + 8), uint32(bytes, at + 12)];
  const mapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  // Zeek has one kind of address, so an IPv4-mapped one is that IPv4 address.
  return mapped ? formatIPv4(words[3]!) : formatIPv6(words);
}

/** A reader of data that is `skipped` bytes of numbers and then a name. */
function hostName(skipped: number): Reader {
  return (data) => {
    const { cursor, length, netbios, weird } = data;
    const start = cursor.at;
    cursor.at = Math.min(start + skipped, cursor.end);
    const name = readName(cursor, netbios, weird);
    if (cursor.at - start !== length) weird("DNS_RR_length_mismatch");
    return name;
  };
}

/** Serial, refresh, retry, expire and minimum behind the two names (RFC 1035 section 3.3.13). */
const AUTHORITY_NUMBERS = 20;

function startOfAuthority(data: Data): string | undefined {
  const { cursor, length, netbios, weird } = data;
  const start = cursor.at;
  const primary = readName(cursor, netbios, weird);
  readName(cursor, netbios, weird);
  if (cursor.end - cursor.at < AUTHORITY_NUMBERS) return bad(data);
  cursor.at += AUTHORITY_NUMBERS;
  if (cursor.at - start !== length) weird("DNS_RR_length_mismatch");
  return primary;
}

/** "TXT 5 hello TXT 5 world": every character string with its length in bytes (RFC 1035 section 3.3.14). */
function strings(data: Data, word: string): string {
  const { cursor, length } = data;
  const end = cursor.at + length;
  const texts: string[] = [];
  while (cursor.at < end) {
    const text = characterString(data, end);
    if (text === undefined) break;
    texts.push(`${word} ${text.size} ${text.text}`);
  }
  return texts.join(" ");
}

function characterString(data: Data, end: number): { size: number; text: string } | undefined {
  const { cursor } = data;
  if (cursor.at >= end) return undefined;
  const size = cursor.bytes[cursor.at++]!;
  if (size > end - cursor.at) {
    bad(data, "DNS_TXT_char_str_past_rdlen");
    return undefined;
  }
  cursor.at += size;
  return { size, text: wireText(cursor.bytes, cursor.at - size, cursor.at) };
}

/** Order, preference, flags, services, regular expression and replacement (RFC 3403 section 4.1). */
function namingAuthority(data: Data): string | undefined {
  const { cursor, length, netbios, weird } = data;
  const end = cursor.at + length;
  if (length < 4) return bad(data);
  const order = uint16(cursor.bytes, cursor.at);
  const preference = uint16(cursor.bytes, cursor.at + 2);
  cursor.at += 4;
  const flags = characterString(data, end);
  const service = flags && characterString(data, end);
  const expression = service && characterString(data, end);
  if (flags === undefined || service === undefined || expression === undefined) return bad(data);
  const replacement = readName(cursor, netbios, weird);
  if (cursor.at !== end) weird("DNS_RR_length_mismatch");
  const rewritten = [expression.text, replacement].filter((text) => text !== "").join(" ");
  return `NAPTR ${order} ${preference} ${flags.text} ${service.text} ${rewritten}`;
}

/** Bytes of a location without its position: version and size, precisions, latitude, longitude, altitude (RFC 1876). */
const LOCATION = 16;

function location(data: Data): string | undefined {
  const { bytes, at } = data.cursor;
  if (data.length < LOCATION) return bad(data);
  if (bytes[at] !== 0) data.weird("DNS_LOC_version_unrecognized", `${bytes[at]}`);
  unlogged(data);
  return `LOC:  ${bytes[at + 1]} ${bytes[at + 2]} ${bytes[at + 3]}`;
}

/** Data of which at least `least` bytes must be there and that is told by `tell`. */
function opaque(data: Data, least: number, tell: (at: number, end: number) => string): string | undefined {
  const { at } = data.cursor;
  if (data.length < least) return bad(data);
  unlogged(data);
  return tell(at, at + data.length);
}

/** Type covered, algorithm, labels, TTL, expiry, inception and key tag before the signer's name (RFC 4034 section 3.1). */
const SIGNATURE_NUMBERS = 18;

function signature(data: Data): string | undefined {
  const { cursor, length, netbios, weird } = data;
  const end = cursor.at + length;
  if (length < SIGNATURE_NUMBERS) return bad(data);
  const covered = uint16(cursor.bytes, cursor.at);
  cursor.at += SIGNATURE_NUMBERS;
  const signer = readName(cursor, netbios, weird);
  cursor.at = end;
  return `RRSIG ${covered} ${signer === "" ? "<Root>" : signer}`;
}

function nextSecure(data: Data): string {
  const { cursor, owner, length, netbios, weird } = data;
  const end = cursor.at + length;
  const next = readName(cursor, netbios, weird);
  cursor.at = end;
  return `NSEC ${owner} ${next}`;
}

function bad(data: Data, weird?: string): undefined {
  data.damaged = true;
  if (weird !== undefined) data.weird(weird);
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}
