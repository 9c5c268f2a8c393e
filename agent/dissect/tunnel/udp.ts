// Tunnels over UDP: Teredo (RFC 4380), AYIYA (draft-massar-v6ops-ayiya-02), GTP-U version 1 (3GPP TS 29.281),
// VXLAN (RFC 7348) and Geneve (RFC 8926). The outer datagrams are a flow of their own, so the flow table asks here.

import type { PacketSink } from "../decoder.ts";
import type { Packet } from "../packet.ts";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_TRANSPARENT_ETHERNET } from "../link/types.ts";
import { LINKTYPE_ETHERNET, LINKTYPE_IPV4, LINKTYPE_IPV6, LINKTYPE_RAW } from "../link/types.ts";
import {
  NO_TUNNEL,
  NOTHING_INSIDE,
  PACKET_INSIDE,
  SIGNALLING,
  type TunnelledPacket,
  type TunnelSearch,
} from "./found.ts";

/** Which tunnel a UDP flow carries: a small number, for tables of flows. 0 is none. */
export type UdpTunnel = 0 | 1 | 2 | 3 | 4 | 5;
const NONE = 0;
const TEREDO = 1;
const AYIYA = 2;
const GTP = 3;
const VXLAN = 4;
const GENEVE = 5;

/** Which tunnel Zeek expects on the responder's UDP port; 0 for none. */
export function udpTunnelOnPort(port: number): UdpTunnel {
  switch (port) {
    case 3544:
      return TEREDO;
    case 5072:
      return AYIYA;
    case 2123:
    case 2152:
      return GTP;
    case 4789:
      return VXLAN;
    case 6081:
      return GENEVE;
  }
  return NONE;
}

const SERVICES = ["", "teredo", "ayiya", "gtpv1", "vxlan", "geneve"] as const;

/** The word in the `service` of the flow, once a packet of the tunnel was seen. */
export function udpTunnelService(tunnel: UdpTunnel): string {
  return SERVICES[tunnel];
}

/** Whether the tunnel is taken for certain only once both sides have spoken it: Teredo has nothing else to know it by. */
export function isConfirmedByBothSides(tunnel: UdpTunnel): boolean {
  return tunnel === TEREDO;
}

/** Whether this is GTP, which is never carried inside itself: there, its ports are a user's. */
export function isGtp(tunnel: UdpTunnel): boolean {
  return tunnel === GTP;
}

const IPV6_HEADER_BYTES = 40;
/** 2001::/32, the prefix of every Teredo address (RFC 4380 section 2.6). */
const TEREDO_PREFIX = 0x20010000;
/** Identity of 2^4 bytes or fewer, SHA-1 signature of 5 words: second byte; "forward" with a shared secret: third byte. */
const AYIYA_SIGNATURE = 0x52;
const AYIYA_FORWARD = 0x11;

/** Recognises Teredo and AYIYA on any port by the first datagram of a flow, as Zeek does; the others only have ports. */
export function recogniseUdpTunnel(bytes: Uint8Array, start: number, end: number): UdpTunnel {
  if (end - start < IPV6_HEADER_BYTES) return NONE;
  const first = bytes[start]!;
  const second = bytes[start + 1]!;
  if (second === AYIYA_SIGNATURE && bytes[start + 2] === AYIYA_FORWARD) return AYIYA;
  if (first >> 4 === 6) {
    const toOrFromTeredo = word(bytes, start + 8) === TEREDO_PREFIX || word(bytes, start + 24) === TEREDO_PREFIX;
    return toOrFromTeredo ? TEREDO : NONE;
  }
  if (first !== 0 || second > 1) return NONE;
  const ip = skipTeredoHeaders(bytes, start, end);
  return ip > start && end - ip >= IPV6_HEADER_BYTES && wholeIp(bytes, ip, end, end) ? TEREDO : NONE;
}

/**
 * Finds the packet inside the UDP payload `outer.bytes[start .. end)`, which is `wireEnd - start` bytes long by its
 * headers. `inner` is filled when the answer is `PACKET_INSIDE`.
 */
export function findInUdpTunnel(
  tunnel: UdpTunnel,
  outer: Packet,
  start: number,
  end: number,
  wireEnd: number,
  inner: TunnelledPacket,
  sink: PacketSink,
): TunnelSearch {
  inner.end = end;
  inner.wireEnd = wireEnd;
  switch (tunnel) {
    case TEREDO:
      return findInTeredo(outer, start, end, inner, sink);
    case AYIYA:
      return findInAyiya(outer, start, end, inner, sink);
    case GTP:
      return findInGtp(outer.bytes, start, end, inner);
    case VXLAN:
      return findInVxlan(outer, start, end, inner, sink);
    case GENEVE:
      return findInGeneve(outer, start, end, inner, sink);
  }
  return NO_TUNNEL;
}

function word(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

/** Whether an IP packet of exactly `wireEnd - start` bytes stands at `start`: what tells a tunnel from chance. */
function wholeIp(bytes: Uint8Array, start: number, end: number, wireEnd: number): boolean {
  if (end - start < 20) return false;
  const version = bytes[start]! >> 4;
  if (version === 4) return ((bytes[start + 2]! << 8) | bytes[start + 3]!) === wireEnd - start;
  if (version !== 6 || end - start < IPV6_HEADER_BYTES) return false;
  return ((bytes[start + 4]! << 8) | bytes[start + 5]!) + IPV6_HEADER_BYTES === wireEnd - start;
}

/** The offset after the authentication and origin indications (RFC 4380 sections 5.1.1), or -1 when they are cut off. */
function skipTeredoHeaders(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (end - at < 4) return -1;
  if (bytes[at] === 0 && bytes[at + 1] === 1) {
    at += 13 + bytes[at + 2]! + bytes[at + 3]!;
    if (end - at < 2) return -1;
  }
  if (bytes[at] === 0 && bytes[at + 1] === 0) at += 8;
  return at <= end ? at : -1;
}

const NO_NEXT_HEADER = 59;

function findInTeredo(
  outer: Packet,
  start: number,
  end: number,
  inner: TunnelledPacket,
  sink: PacketSink,
): TunnelSearch {
  const { bytes } = outer;
  const ip = skipTeredoHeaders(bytes, start, end);
  if (ip < 0 || end - ip < IPV6_HEADER_BYTES) {
    sink.weird("truncated_Teredo", "", outer);
    return NO_TUNNEL;
  }
  if (bytes[ip]! >> 4 !== 6) return NO_TUNNEL;
  const length = ((bytes[ip + 4]! << 8) | bytes[ip + 5]!) + IPV6_HEADER_BYTES;
  if (length > inner.wireEnd - ip) return NO_TUNNEL;
  if (length < inner.wireEnd - ip) {
    // A bubble opens a hole in a NAT and carries nothing (RFC 4380 section 2.8).
    if (length !== IPV6_HEADER_BYTES || bytes[ip + 6] !== NO_NEXT_HEADER) return NO_TUNNEL;
    sink.weird("Teredo_bubble_with_payload", "", outer);
  }
  inner.type = "Tunnel::TEREDO";
  inner.linkType = LINKTYPE_IPV6;
  inner.start = ip;
  return PACKET_INSIDE;
}

function findInAyiya(outer: Packet, start: number, end: number, inner: TunnelledPacket, sink: PacketSink) {
  const { bytes } = outer;
  if (end - start < 8) return NO_TUNNEL;
  const header = 8 + (1 << (bytes[start]! >> 4)) + (bytes[start + 1]! >> 4) * 4;
  if (end - start < header) return NO_TUNNEL;
  const operation = bytes[start + 2]! & 0x0f;
  if (operation !== 1) return SIGNALLING;
  if (end - start === header) {
    sink.weird("ayiya_empty_packet", "", outer);
    return NOTHING_INSIDE;
  }
  const nextHeader = bytes[start + 3]!;
  if (nextHeader !== 4 && nextHeader !== 41) return NOTHING_INSIDE;
  inner.type = "Tunnel::AYIYA";
  inner.linkType = nextHeader === 4 ? LINKTYPE_IPV4 : LINKTYPE_IPV6;
  inner.start = start + header;
  return PACKET_INSIDE;
}

/** The message that carries a user's packet (TS 29.281 section 6.1). */
const GTP_G_PDU = 255;

function findInGtp(bytes: Uint8Array, start: number, end: number, inner: TunnelledPacket): TunnelSearch {
  if (end - start < 8) return NO_TUNNEL;
  const flags = bytes[start]!;
  // Version 1 and protocol type GTP: 001 1.
  if (flags >> 4 !== 3) return NO_TUNNEL;
  if (bytes[start + 1] !== GTP_G_PDU) return SIGNALLING;
  let at = start + 8;
  if ((flags & 0x07) !== 0) {
    if (end - at < 4) return NO_TUNNEL;
    let nextExtension = (flags & 0x04) !== 0 ? bytes[at + 3]! : 0;
    at += 4;
    while (nextExtension !== 0) {
      const length = at < end ? bytes[at]! * 4 : 0;
      if (length === 0 || end - at < length) return NO_TUNNEL;
      nextExtension = bytes[at + length - 1]!;
      at += length;
    }
  }
  if (!wholeIp(bytes, at, end, inner.wireEnd)) return NO_TUNNEL;
  inner.type = "Tunnel::GTPv1";
  inner.linkType = LINKTYPE_RAW;
  inner.start = at;
  return PACKET_INSIDE;
}

function findInVxlan(outer: Packet, start: number, end: number, inner: TunnelledPacket, sink: PacketSink) {
  if (end - start < 8) return NO_TUNNEL;
  // The I flag says that the network identifier is valid; it must be set (RFC 7348 section 5).
  if ((outer.bytes[start]! & 0x08) === 0) return NO_TUNNEL;
  if (inner.wireEnd - start === 8) {
    sink.weird("vxlan_empty_packet", "", outer);
    return NOTHING_INSIDE;
  }
  inner.type = "Tunnel::VXLAN";
  inner.linkType = LINKTYPE_ETHERNET;
  inner.start = start + 8;
  return PACKET_INSIDE;
}

function findInGeneve(outer: Packet, start: number, end: number, inner: TunnelledPacket, sink: PacketSink) {
  const { bytes } = outer;
  if (end - start < 8) return NO_TUNNEL;
  const version = bytes[start]! >> 6;
  if (version !== 0) {
    sink.weird("geneve_invalid_version", `${version}`, outer);
    return NO_TUNNEL;
  }
  const header = 8 + (bytes[start]! & 0x3f) * 4;
  if (end - start < header) return NO_TUNNEL;
  if (inner.wireEnd - start === header) {
    sink.weird("geneve_empty_packet", "", outer);
    return NOTHING_INSIDE;
  }
  const etherType = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  if (etherType === ETHERTYPE_TRANSPARENT_ETHERNET) inner.linkType = LINKTYPE_ETHERNET;
  else if (etherType === ETHERTYPE_IPV4) inner.linkType = LINKTYPE_IPV4;
  else if (etherType === ETHERTYPE_IPV6) inner.linkType = LINKTYPE_IPV6;
  else return NOTHING_INSIDE;
  inner.type = "Tunnel::GENEVE";
  inner.start = start + header;
  return PACKET_INSIDE;
}
