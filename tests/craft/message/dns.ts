// DNS messages (RFC 1035) with name compression.

import { type Address, ipBytes } from "../address.ts";
import { concat, toBytes, u16, u32, u8, withLength16, withLength8 } from "../bytes.ts";

/** Resource record types (IANA "DNS Parameters"). */
export const DNS_TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  HTTPS: 65,
  ANY: 255,
} as const;

/** Name of a record type. */
export type DnsType = keyof typeof DNS_TYPE;

/** Response codes (RFC 1035 section 4.1.1, RFC 2136). */
export const DNS_RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** A record in an answer; `data` is an address, a name, texts or raw bytes, as its type asks. */
export interface DnsRecord {
  name: string;
  type: DnsType | number;
  data: string | readonly string[] | Uint8Array;
  /** Seconds; default 300. */
  ttl?: number;
  /** Class; default 1, the Internet. */
  class?: number;
}

/** A whole message. */
export interface DnsMessage {
  id?: number;
  response?: boolean;
  opcode?: number;
  authoritative?: boolean;
  truncated?: boolean;
  recursionDesired?: boolean;
  recursionAvailable?: boolean;
  rcode?: keyof typeof DNS_RCODE | number;
  questions?: readonly { name: string; type: DnsType | number; class?: number }[];
  answers?: readonly DnsRecord[];
  authorities?: readonly DnsRecord[];
  additionals?: readonly DnsRecord[];
}

/** The bytes of a DNS message; for TCP put `withLength16` around it. */
export function dnsMessage(message: DnsMessage): Uint8Array {
  const { questions = [], answers = [], authorities = [], additionals = [] } = message;
  const rcode = typeof message.rcode === "string" ? DNS_RCODE[message.rcode] : message.rcode ?? 0;
  const flags = (message.response ? 0x8000 : 0) | ((message.opcode ?? 0) << 11) |
    (message.authoritative ? 0x0400 : 0) | (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ?? true ? 0x0100 : 0) | (message.recursionAvailable ?? message.response ? 0x0080 : 0) |
    rcode;
  const counts = [questions.length, answers.length, authorities.length, additionals.length];
  const known = new Map<string, number>();
  const parts = [concat(u16(message.id ?? 0), u16(flags), ...counts.map(u16))];
  let size = 12;
  const add = (...bytes: Uint8Array[]): void => {
    for (const each of bytes) {
      parts.push(each);
      size += each.length;
    }
  };
  for (const question of questions) {
    add(dnsName(question.name, size, known), u16(typeNumber(question.type)), u16(question.class ?? 1));
  }
  for (const record of [...answers, ...authorities, ...additionals]) {
    add(dnsName(record.name, size, known));
    add(u16(typeNumber(record.type)), u16(record.class ?? 1), u32(record.ttl ?? 300));
    add(withLength16(recordData(record, size + 2, known)));
  }
  return concat(...parts);
}

/** The number of a record type given by name or number. */
export function typeNumber(type: DnsType | number): number {
  return typeof type === "number" ? type : DNS_TYPE[type];
}

/** Largest offset a compression pointer can hold (RFC 1035 section 4.1.4). */
const MAXIMUM_POINTER = 0x3fff;

/**
 * A name as labels. Given the place where it will stand and the names `known` so far, a suffix seen before becomes a
 * pointer, and new suffixes are remembered. A final dot is optional.
 */
export function dnsName(name: string, at = 0, known?: Map<string, number>): Uint8Array {
  const labels = name.replace(/\.$/, "").split(".").filter((label) => label !== "");
  const parts: Uint8Array[] = [];
  let offset = at;
  for (let i = 0; i < labels.length; i++) {
    const suffix = labels.slice(i).join(".").toLowerCase();
    const earlier = known?.get(suffix);
    if (earlier !== undefined) return concat(...parts, u16(0xc000 | earlier));
    if (offset <= MAXIMUM_POINTER) known?.set(suffix, offset);
    const label = withLength8(labels[i]!);
    parts.push(label);
    offset += label.length;
  }
  return concat(...parts, u8(0));
}

function recordData(record: DnsRecord, at: number, known: Map<string, number>): Uint8Array {
  const { data, type } = record;
  if (data instanceof Uint8Array) return data;
  const texts = typeof data === "string" ? [data] : data;
  const [first = "", second = ""] = texts;
  switch (type) {
    case "A":
    case "AAAA":
      return ipBytes(first);
    case "CNAME":
    case "NS":
    case "PTR":
      return dnsName(first, at, known);
    case "MX":
      // A preference of 10 is what one mail server usually has.
      return concat(u16(10), dnsName(first, at + 2, known));
    case "TXT":
      return concat(...texts.flatMap(characterStrings));
    case "SOA":
      return concat(dnsName(first), dnsName(second), ...[2_024_030_501, 3_600, 600, 86_400, 300].map(u32));
    case "SRV":
      // Priority, weight, then the port in `data[0]` and the target in `data[1]`.
      return concat(u16(0), u16(0), u16(Number(first)), dnsName(second));
    default:
      return toBytes(first);
  }
}

/** A text cut into strings of at most 255 bytes, each behind its length. */
function characterStrings(text: string): Uint8Array[] {
  const bytes = toBytes(text);
  const strings = [];
  for (let at = 0; at === 0 || at < bytes.length; at += 255) strings.push(withLength8(bytes.subarray(at, at + 255)));
  return strings;
}

/** Data for an A or AAAA record written as address text picks its own type. */
export function addressType(address: Address): "A" | "AAAA" {
  return ipBytes(address).length === 4 ? "A" : "AAAA";
}
