// Wireless LAN (IEEE 802.11) data frames, alone or behind the radio's own header: radiotap
// (https://www.radiotap.org), Prism or AVS. Management and control frames, and encrypted ones, are counted.

import { type Decoder, malformed } from "../decoder.ts";
import type { Packet } from "../packet.ts";
import { decodeLlc, readAddresses } from "./ethernet.ts";
import { countOther } from "./network.ts";

const RADIOTAP_HEADER_BYTES = 8;
/** Bits of the radiotap "present" words: further words, the timer (8 bytes), the flags. */
const RADIOTAP_MORE = 0x80;
const RADIOTAP_TIMER = 0x01;
const RADIOTAP_FLAGS = 0x02;
/** Flags: a check sequence ends the frame; the 802.11 header is padded to a multiple of 4 bytes. */
const RADIOTAP_FCS = 0x10;
const RADIOTAP_DATA_PAD = 0x20;
const FCS_BYTES = 4;

/** A frame behind a radiotap header; everything in it is little-endian. */
export function decodeRadiotap(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < RADIOTAP_HEADER_BYTES) return malformed(decoder, "truncated_radiotap_header", undefined);
  const length = bytes[start + 2]! | (bytes[start + 3]! << 8);
  if (length < RADIOTAP_HEADER_BYTES || end - start < length) {
    return malformed(decoder, "truncated_radiotap_header", undefined);
  }
  const last = start + length;
  let at = start + 4;
  while (last - at >= 8 && (bytes[at + 3]! & RADIOTAP_MORE) !== 0) at += 4;
  at += 4;
  let flags = 0;
  if ((bytes[start + 4]! & RADIOTAP_FLAGS) !== 0) {
    // Fields are aligned to their size, counted from the start of the header.
    if ((bytes[start + 4]! & RADIOTAP_TIMER) !== 0) at = start + ((at - start + 7) & ~7) + 8;
    if (at < last) flags = bytes[at]!;
  }
  if ((flags & RADIOTAP_FCS) !== 0 && wireEnd - last >= FCS_BYTES) wireEnd -= FCS_BYTES;
  decodeIeee80211(decoder, packet, last, end < wireEnd ? end : wireEnd, wireEnd, (flags & RADIOTAP_DATA_PAD) !== 0);
}

/** A frame behind a Prism header, which says its length in the byte order of the capturing host; or an AVS header. */
export function decodePrism(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < 8) return malformed(decoder, "truncated_radiotap_header", undefined);
  if (bytes[start] === 0x80 && bytes[start + 1] === 0x21) return decodeAvs(decoder, packet, start, end, wireEnd);
  // Never more than 64 KiB, so the two bytes in the middle and one end tell the order.
  const length = bytes[start + 4]! !== 0 || bytes[start + 5]! !== 0
    ? bytes[start + 4]! | (bytes[start + 5]! << 8)
    : (bytes[start + 6]! << 8) | bytes[start + 7]!;
  decodeAfter(decoder, packet, start, length, end, wireEnd);
}

/** A frame behind an AVS header: magic and version, length, both big-endian. */
export function decodeAvs(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < 8) return malformed(decoder, "truncated_radiotap_header", undefined);
  decodeAfter(decoder, packet, start, (bytes[start + 6]! << 8) | bytes[start + 7]!, end, wireEnd);
}

function decodeAfter(decoder: Decoder, packet: Packet, start: number, length: number, end: number, wireEnd: number) {
  if (length < 8 || end - start < length) return malformed(decoder, "truncated_radiotap_header", undefined);
  decodeIeee80211(decoder, packet, start + length, end, wireEnd, false);
}

const IEEE80211_HEADER_BYTES = 24;
const TYPE_DATA = 2;
const SUBTYPE_NO_DATA = 0x4;
const SUBTYPE_QOS = 0x8;
const TO_DS = 0x01;
const FROM_DS = 0x02;
const PROTECTED = 0x40;
/** In QoS frames: four more bytes of high-throughput control. */
const ORDER = 0x80;
const QOS_A_MSDU = 0x80;

/** Decodes one 802.11 frame (IEEE 802.11 section 9.2); `padded` when the header was filled up to a multiple of 4. */
export function decodeIeee80211(
  decoder: Decoder,
  packet: Packet,
  start: number,
  end: number,
  wireEnd: number,
  padded: boolean,
): void {
  const bytes = packet.bytes;
  if (end - start < 2) return malformed(decoder, "truncated_802_11_header", undefined);
  const type = (bytes[start]! >> 2) & 0x03;
  const subtype = bytes[start]! >> 4;
  const flags = bytes[start + 1]!;
  if (type !== TYPE_DATA || (subtype & SUBTYPE_NO_DATA) !== 0 || (flags & PROTECTED) !== 0) {
    return countOther(decoder, 0);
  }
  let header = IEEE80211_HEADER_BYTES;
  const distribution = flags & (TO_DS | FROM_DS);
  if (distribution === (TO_DS | FROM_DS)) header += 6;
  const qos = header;
  if ((subtype & SUBTYPE_QOS) !== 0) header += (flags & ORDER) !== 0 ? 6 : 2;
  if (padded) header = (header + 3) & ~3;
  if (end - start <= header) return malformed(decoder, "truncated_802_11_header", undefined);
  // IEEE 802.11 table 9-60: which of the addresses is the sender's and the receiver's.
  if (distribution === 0) readAddresses(packet, start + 10, start + 4);
  else if (distribution === TO_DS) readAddresses(packet, start + 10, start + 16);
  else if (distribution === FROM_DS) readAddresses(packet, start + 16, start + 4);
  else readAddresses(packet, start + 24, start + 16);

  const aggregate = (subtype & SUBTYPE_QOS) !== 0 && (bytes[start + qos]! & QOS_A_MSDU) !== 0;
  if (aggregate) decodeAggregate(decoder, packet, start + header, end, wireEnd);
  else decodeLlc(decoder, packet, start + header, end, wireEnd);
}

const SUBFRAME_HEADER_BYTES = 14;

/** Several frames in one (A-MSDU, IEEE 802.11 section 9.3.2.2), each with its addresses, padded to a multiple of 4. */
function decodeAggregate(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  // Fewer than 4 bytes are the padding of the last one.
  for (let at = start; end - at >= 4;) {
    if (end - at < SUBFRAME_HEADER_BYTES) return malformed(decoder, "truncated_802_11_amsdu_header", undefined);
    const payload = at + SUBFRAME_HEADER_BYTES;
    const last = payload + ((bytes[at + 12]! << 8) | bytes[at + 13]!);
    if (last > wireEnd) return malformed(decoder, "truncated_802_11_amsdu_packet", undefined);
    // A subframe may have been a fragment, and left its datagram's buffer behind; or carried a VLAN tag.
    packet.bytes = bytes;
    packet.vlan = -1;
    packet.innerVlan = -1;
    readAddresses(packet, at + 6, at);
    decodeLlc(decoder, packet, payload, last < end ? last : end, last);
    at += (SUBFRAME_HEADER_BYTES + (last - payload) + 3) & ~3;
  }
}
