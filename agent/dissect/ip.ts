// IPv4 (RFC 791) and the way on from both versions of IP: fragments are put together, tunnels opened, everything else
// handed to the sink. IPv6 is in ipv6.ts.

import { type Decoder, malformed } from "./decoder.ts";
import { addFragment, type Fragment, joinDatagram } from "./fragments.ts";
import type { Packet } from "./packet.ts";

const IPV4_HEADER_BYTES = 20;
/** The third word of an IPv4 address in IPv4-mapped form. */
const IPV4_MAPPED = 0xffff;
const MORE_FRAGMENTS = 0x2000;
const DO_NOT_FRAGMENT = 0x4000;
const FRAGMENT_OFFSET = 0x1fff;

const IPV4_IN_IP = 4;
const IPV6_IN_IP = 41;
const GRE = 47;

/** Decodes the IPv4 packet at `packet.bytes[start .. end)`; on the wire it can reach to `wireEnd` at most. */
export function decodeIpv4(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < IPV4_HEADER_BYTES) return malformed(decoder, "truncated_IP", undefined);
  const first = bytes[start]!;
  if (first >> 4 !== 4) return malformed(decoder, "unknown_ip_version", undefined);
  decoder.counts.ipv4++;
  packet.version = 4;
  packet.source0 = 0;
  packet.source1 = 0;
  packet.source2 = IPV4_MAPPED;
  packet.source3 = ((bytes[start + 12]! << 24) | (bytes[start + 13]! << 16) | (bytes[start + 14]! << 8) |
    bytes[start + 15]!) >>> 0;
  packet.destination0 = 0;
  packet.destination1 = 0;
  packet.destination2 = IPV4_MAPPED;
  packet.destination3 = ((bytes[start + 16]! << 24) | (bytes[start + 17]! << 16) | (bytes[start + 18]! << 8) |
    bytes[start + 19]!) >>> 0;
  packet.timeToLive = bytes[start + 8]!;
  packet.protocol = bytes[start + 9]!;

  const headerLength = (first & 0x0f) << 2;
  let totalLength = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  if (totalLength === 0) {
    // Captured on the sending host before the network card cut a large segment into packets.
    decoder.sink.weird("ip_hdr_len_zero", "", packet);
    totalLength = wireEnd - start;
  }
  packet.ipLength = totalLength;
  if (start + totalLength > wireEnd) return malformed(decoder, "truncated_IP_len", packet);
  if (headerLength > totalLength) return malformed(decoder, "invalid_IP_header_size", packet);
  if (headerLength > end - start) return malformed(decoder, "internally_truncated_header", packet);
  if (headerLength < IPV4_HEADER_BYTES) return malformed(decoder, "IPv4_min_header_size", packet);

  packet.offset = start + headerLength;
  packet.length = totalLength - headerLength;
  packet.end = start + totalLength < end ? start + totalLength : end;
  const fragmentation = (bytes[start + 6]! << 8) | bytes[start + 7]!;
  if ((fragmentation & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) === 0) return handOn(decoder, packet);
  decodeFragment(decoder, packet, {
    identification: (bytes[start + 4]! << 8) | bytes[start + 5]!,
    position: (fragmentation & FRAGMENT_OFFSET) << 3,
    more: (fragmentation & MORE_FRAGMENTS) !== 0,
    doNotFragment: (fragmentation & DO_NOT_FRAGMENT) !== 0,
    protocol: packet.protocol,
    headerLength,
    start: packet.offset,
    end: packet.end,
  });
}

/**
 * Takes one fragment. Returns true when the datagram is whole: `packet` then describes it, up to its transport header.
 * A fragment that the capture cut short cannot be used, but the first one still shows the transport header.
 */
export function reassemble(decoder: Decoder, packet: Packet, fragment: Fragment): boolean {
  if (packet.offset + packet.length > packet.end) {
    malformed(decoder, "incompletely_captured_fragment", packet);
    return fragment.position === 0;
  }
  const datagram = addFragment(
    decoder.fragments,
    packet,
    fragment,
    (name) => decoder.sink.weird(name, "", packet),
  );
  if (datagram === undefined) return false;
  packet.bytes = joinDatagram(datagram);
  packet.offset = 0;
  packet.end = datagram.length;
  packet.length = datagram.length;
  packet.ipLength = datagram.headerLength + datagram.length;
  packet.protocol = datagram.protocol;
  packet.timeToLive = datagram.timeToLive;
  return true;
}

function decodeFragment(decoder: Decoder, packet: Packet, fragment: Fragment): void {
  if (reassemble(decoder, packet, fragment)) handOn(decoder, packet);
}

/** Gives a whole IP packet to the sink, or opens the tunnel that it is. */
export function handOn(decoder: Decoder, packet: Packet): void {
  const protocol = packet.protocol;
  if (protocol === IPV4_IN_IP || protocol === IPV6_IN_IP || protocol === GRE) decoder.openTunnel(decoder, packet);
  else decoder.sink.packet(packet);
}
