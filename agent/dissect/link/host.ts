// Link types that a host makes up for interfaces that have no common header: BSD loopback, Linux "cooked" captures
// and the packets of Linux's netfilter log (https://www.tcpdump.org/linktypes.html).

import { type Decoder, malformed } from "../decoder.ts";
import { decodeIpv4 } from "../ip.ts";
import { decodeIpv6 } from "../ipv6.ts";
import type { Packet } from "../packet.ts";
import { decodeLlc, decodeTagged } from "./ethernet.ts";
import { countOther, decodeRawIp } from "./network.ts";
import { FIRST_ETHERTYPE } from "./types.ts";

const AF_INET = 2;

/** A loopback frame: the address family in the byte order of the capturing host; IPv6 has a number on every system. */
export function decodeNull(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < 4) return malformed(decoder, "truncated_null_header", undefined);
  // Families are small, so only one end of the word is used.
  const family = bytes[start]! | bytes[start + 3]!;
  switch (family) {
    case AF_INET:
      return decodeIpv4(decoder, packet, start + 4, end, wireEnd);
    case 10: // Linux
    case 24: // NetBSD, OpenBSD
    case 28: // FreeBSD
    case 30: // macOS
      return decodeIpv6(decoder, packet, start + 4, end, wireEnd);
  }
  countOther(decoder, 0);
}

const SLL_HEADER_BYTES = 16;
const SLL2_HEADER_BYTES = 20;
const ARPHRD_ETHERNET = 1;
/** In place of an EtherType: an 802.2 LLC frame follows. */
const SLL_LLC = 4;

/** Linux cooked capture, version 1 (`-i any`). */
export function decodeLinuxCooked(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < SLL_HEADER_BYTES) return malformed(decoder, "truncated_Linux_SLL_header", undefined);
  const hardware = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  const addressLength = (bytes[start + 4]! << 8) | bytes[start + 5]!;
  if (hardware === ARPHRD_ETHERNET && addressLength === 6) readSource(packet, start + 6);
  const protocol = (bytes[start + 14]! << 8) | bytes[start + 15]!;
  decodeCooked(decoder, packet, protocol, start + SLL_HEADER_BYTES, end, wireEnd);
}

/** Linux cooked capture, version 2. */
export function decodeLinuxCooked2(
  decoder: Decoder,
  packet: Packet,
  start: number,
  end: number,
  wireEnd: number,
): void {
  const bytes = packet.bytes;
  if (end - start < SLL2_HEADER_BYTES) return malformed(decoder, "truncated_Linux_SLL2_header", undefined);
  const hardware = (bytes[start + 8]! << 8) | bytes[start + 9]!;
  if (hardware === ARPHRD_ETHERNET && bytes[start + 11] === 6) readSource(packet, start + 12);
  const protocol = (bytes[start]! << 8) | bytes[start + 1]!;
  decodeCooked(decoder, packet, protocol, start + SLL2_HEADER_BYTES, end, wireEnd);
}

function decodeCooked(
  decoder: Decoder,
  packet: Packet,
  protocol: number,
  start: number,
  end: number,
  wireEnd: number,
): void {
  if (protocol >= FIRST_ETHERTYPE) decodeTagged(decoder, packet, protocol, start, end, wireEnd);
  else if (protocol === SLL_LLC) decodeLlc(decoder, packet, start, end, wireEnd);
  else countOther(decoder, 0);
}

function readSource(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  packet.sourceMacHigh = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  packet.sourceMacLow = (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
}

const NFLOG_HEADER_BYTES = 4;
const NFLOG_PAYLOAD = 9;

/** A packet of Linux's netfilter log: a list of type, length and value, in the byte order of the capturing host. */
export function decodeNflog(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < NFLOG_HEADER_BYTES) return malformed(decoder, "truncated_nflog_header", undefined);
  const littleEndian = isLittleEndian(bytes, start + NFLOG_HEADER_BYTES, end);
  for (let at = start + NFLOG_HEADER_BYTES; end - at >= 4;) {
    const length = readShort(bytes, at, littleEndian);
    const type = readShort(bytes, at + 2, littleEndian) & 0x7fff;
    if (length < 4) return malformed(decoder, "nflog_bad_length", undefined);
    if (type === NFLOG_PAYLOAD) {
      const last = at + length;
      return decodeRawIp(decoder, packet, at + 4, last < end ? last : end, last < wireEnd ? last : wireEnd);
    }
    at += (length + 3) & ~3;
  }
  malformed(decoder, "nflog_no_pcap_payload", undefined);
}

/** The first type and length make sense in one byte order only: both are small numbers. */
function isLittleEndian(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at < 4 || (bytes[at + 2]! !== 0 || bytes[at + 3]! === 0);
}

function readShort(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
}
