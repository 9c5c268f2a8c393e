// One DHCP message (RFC 2131 section 2) with those of its options (RFC 2132) that end up in the log.

import { formatIPv4 } from "../../../record/address-text.ts";
import { wireText } from "../../text.ts";

export interface DhcpMessage {
  readonly transaction: number;
  /** "DISCOVER", "ACK", …; a BOOTP message without a type is "unknown-message-type-0". */
  readonly type: string;
  /** The address the server gives; undefined for 0.0.0.0. */
  readonly assigned: string | undefined;
  /** The client's hardware address, "" when it is none of Ethernet's. */
  readonly hardware: string;
  /** The hardware address in the client identifier, when that is of Ethernet's kind. */
  identifier: string | undefined;
  hostName: string | undefined;
  fullName: string | undefined;
  domain: string | undefined;
  requested: string | undefined;
  /** Seconds. */
  lease: number | undefined;
  /** Why a server refused, or a client declined. */
  text: string | undefined;
}

/** Places in the fixed part. */
const TRANSACTION = 4;
const YOUR_ADDRESS = 16;
const HARDWARE = 28;
const HARDWARE_BYTES = 16;
const COOKIE = 236;
const OPTIONS = 240;
/** The four bytes before the options (RFC 2132 section 2). */
const MAGIC_COOKIE = 0x63825363;

/** Numbers of options (RFC 2132; 81: RFC 4702). */
const OPTION = {
  PAD: 0,
  HOST_NAME: 12,
  DOMAIN_NAME: 15,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  MESSAGE_TYPE: 53,
  TEXT: 56,
  CLIENT_ID: 61,
  FULL_NAME: 81,
  END: 255,
} as const;
/** Flags and two result codes in front of a client's full name. */
const FULL_NAME_HEAD = 3;
const ETHERNET = 1;

/** RFC 2132 section 9.6, RFC 3203, RFC 4388, RFC 6926, RFC 7724. */
const MESSAGE_TYPES = [
  "",
  "DISCOVER",
  "OFFER",
  "REQUEST",
  "DECLINE",
  "ACK",
  "NAK",
  "RELEASE",
  "INFORM",
  "FORCERENEW",
  "LEASEQUERY",
  "LEASEUNASSIGNED",
  "LEASEUNKNOWN",
  "LEASEACTIVE",
  "BULKLEASEQUERY",
  "LEASEQUERYDONE",
  "ACTIVELEASEQUERY",
  "LEASEQUERYSTATUS",
  "TLS",
];

/** Whether `bytes[start..end)` can be a DHCP message: a request or reply with the cookie in its place. */
export function looksLikeMessage(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > OPTIONS && (bytes[start] === 1 || bytes[start] === 2) &&
    uint32(bytes, start + COOKIE) === MAGIC_COOKIE;
}

/** Reads a message; undefined when it is none. Options behind a damaged one are left out. */
export function readMessage(bytes: Uint8Array, start: number, end: number): DhcpMessage | undefined {
  if (end - start <= OPTIONS || uint32(bytes, start + COOKIE) !== MAGIC_COOKIE) return undefined;
  const hardware = start + HARDWARE;
  const message: { -readonly [F in keyof DhcpMessage]: DhcpMessage[F] } = {
    transaction: uint32(bytes, start + TRANSACTION),
    type: messageType(0),
    assigned: uint32(bytes, start + YOUR_ADDRESS) === 0 ? undefined : ipv4(bytes, start + YOUR_ADDRESS),
    hardware: hardwareAddress(bytes, hardware, hardware + HARDWARE_BYTES),
    identifier: undefined,
    hostName: undefined,
    fullName: undefined,
    domain: undefined,
    requested: undefined,
    lease: undefined,
    text: undefined,
  };
  let at = start + OPTIONS;
  while (at < end) {
    const code = bytes[at++]!;
    if (code === OPTION.END) break;
    if (code === OPTION.PAD) continue;
    if (at >= end || at + 1 + bytes[at]! > end) break;
    const optionEnd = at + 1 + bytes[at]!;
    readOption(message, code, bytes, at + 1, optionEnd);
    at = optionEnd;
  }
  return message;
}

function readOption(
  message: { -readonly [F in keyof DhcpMessage]: DhcpMessage[F] },
  code: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const length = end - start;
  switch (code) {
    case OPTION.MESSAGE_TYPE:
      if (length >= 1) message.type = messageType(bytes[start]!);
      return;
    case OPTION.HOST_NAME:
      message.hostName = wireText(bytes, start, end);
      return;
    case OPTION.FULL_NAME:
      if (length >= FULL_NAME_HEAD) message.fullName = wireText(bytes, start + FULL_NAME_HEAD, end);
      return;
    case OPTION.DOMAIN_NAME:
      message.domain = wireText(bytes, start, withoutTrailingZeros(bytes, start, end));
      return;
    case OPTION.REQUESTED_ADDRESS:
      if (length >= 4) message.requested = ipv4(bytes, start);
      return;
    case OPTION.LEASE_TIME:
      if (length >= 4) message.lease = uint32(bytes, start);
      return;
    case OPTION.TEXT:
      message.text = wireText(bytes, start, end);
      return;
    case OPTION.CLIENT_ID:
      if (length >= 1 && bytes[start] === ETHERNET) message.identifier = hardwareAddress(bytes, start + 1, end);
      return;
  }
}

function messageType(type: number): string {
  return MESSAGE_TYPES[type] || `unknown-message-type-${type}`;
}

/** "aa:bb:cc:dd:ee:ff", eight bytes when the seventh and eighth are not zero, "" for any other length below eight. */
function hardwareAddress(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length < 6 || length === 7) return "";
  const size = length === 6 || (bytes[start + 6] === 0 && bytes[start + 7] === 0) ? 6 : 8;
  let text = "";
  for (let i = 0; i < size; i++) text += (i === 0 ? "" : ":") + bytes[start + i]!.toString(16).padStart(2, "0");
  return text;
}

function withoutTrailingZeros(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && bytes[last - 1] === 0) last--;
  return last;
}

function ipv4(bytes: Uint8Array, at: number): string {
  return formatIPv4(uint32(bytes, at));
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}
