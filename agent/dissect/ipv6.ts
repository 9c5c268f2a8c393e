// IPv6 (RFC 8200): the header and the chain of extension headers, down to the transport.

import { type Decoder, malformed } from "./decoder.ts";
import { handOn, reassemble } from "./ip.ts";
import type { Packet } from "./packet.ts";

const IPV6_HEADER_BYTES = 40;
/** Extension headers followed in one packet; the RFC expects each kind once, destination options twice. */
const MAXIMUM_EXTENSION_HEADERS = 16;

const HOP_BY_HOP = 0;
const TCP = 6;
const UDP = 17;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const NO_NEXT_HEADER = 59;
const DESTINATION_OPTIONS = 60;

/** The source route of RFC 2460, forbidden by RFC 5095: its last address is where the packet goes in the end. */
const SOURCE_ROUTE = 0;
/** Mobile IPv6: the one address is the home address of the destination (RFC 6275 section 6.4). */
const MOBILE_ROUTE = 2;
/** Mobile IPv6: the home address of the source, as a destination option (RFC 6275 section 6.3). */
const HOME_ADDRESS_OPTION = 201;

/** Decodes the IPv6 packet at `packet.bytes[start .. end)`; on the wire it can reach to `wireEnd` at most. */
export function decodeIpv6(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < IPV6_HEADER_BYTES) return malformed(decoder, "truncated_IP", undefined);
  if (bytes[start]! >> 4 !== 6) return malformed(decoder, "unknown_ip_version", undefined);
  decoder.counts.ipv6++;
  packet.version = 6;
  readSource(packet, start + 8);
  readDestination(packet, start + 24);
  packet.timeToLive = bytes[start + 7]!;
  const nextHeader = bytes[start + 6]!;
  let payloadLength = (bytes[start + 4]! << 8) | bytes[start + 5]!;
  if (payloadLength === 0 && (nextHeader === HOP_BY_HOP || nextHeader === TCP || nextHeader === UDP)) {
    // A jumbogram (RFC 2675), or captured before the network card cut a large segment into packets.
    payloadLength = wireEnd - start - IPV6_HEADER_BYTES;
  }
  packet.ipLength = IPV6_HEADER_BYTES + payloadLength;
  const wireLast = start + IPV6_HEADER_BYTES + payloadLength;
  if (wireLast > wireEnd) return malformed(decoder, "truncated_IP_len", packet);
  packet.protocol = nextHeader;
  packet.offset = start + IPV6_HEADER_BYTES;
  packet.length = payloadLength;
  packet.end = wireLast < end ? wireLast : end;
  if (isExtensionHeader(nextHeader)) followExtensionHeaders(decoder, packet);
  else if (nextHeader === NO_NEXT_HEADER) endWithoutTransport(decoder, packet);
  else handOn(decoder, packet);
}

function isExtensionHeader(protocol: number): boolean {
  return protocol === HOP_BY_HOP || protocol === ROUTING || protocol === FRAGMENT || protocol === AUTHENTICATION ||
    protocol === DESTINATION_OPTIONS;
}

/** Moves `packet.offset` over the extension headers, through reassembly where there is a fragment header. */
function followExtensionHeaders(decoder: Decoder, packet: Packet): void {
  // The headers in front of the fragment header count as the datagram's, the fragment header itself does not.
  let headerLength = IPV6_HEADER_BYTES;
  for (let headers = 0; isExtensionHeader(packet.protocol); headers++) {
    if (headers === MAXIMUM_EXTENSION_HEADERS) return malformed(decoder, "too_many_IPv6_extension_headers", packet);
    const { bytes, offset, protocol } = packet;
    if (packet.end - offset < 8) return malformed(decoder, "internally_truncated_header", packet);
    const next = bytes[offset]!;
    // Lengths are in units of 8 bytes beyond the first 8; the authentication header counts words beyond the first two.
    const length = protocol === FRAGMENT
      ? 8
      : protocol === AUTHENTICATION
      ? (bytes[offset + 1]! + 2) * 4
      : (bytes[offset + 1]! + 1) * 8;
    if (packet.end - offset < length) return malformed(decoder, "internally_truncated_header", packet);
    if (protocol === ROUTING) readRoute(packet, offset, length);
    else if (protocol === DESTINATION_OPTIONS) readHomeAddress(packet, offset, length);
    packet.protocol = next;
    packet.offset = offset + length;
    packet.length -= length;
    if (protocol === FRAGMENT) {
      const position = (bytes[offset + 2]! << 8) | (bytes[offset + 3]! & 0xf8);
      const more = (bytes[offset + 3]! & 1) !== 0;
      // An atomic fragment is whole by itself (RFC 6946).
      if (position === 0 && !more) continue;
      const whole = reassemble(decoder, packet, {
        identification: ((bytes[offset + 4]! << 24) | (bytes[offset + 5]! << 16) | (bytes[offset + 6]! << 8) |
          bytes[offset + 7]!) >>> 0,
        position,
        more,
        doNotFragment: false,
        protocol: next,
        headerLength,
        start: packet.offset,
        end: packet.end,
      });
      if (!whole) return;
    } else headerLength += length;
  }
  if (packet.protocol === NO_NEXT_HEADER) endWithoutTransport(decoder, packet);
  else handOn(decoder, packet);
}

/** Only Teredo's bubbles have a reason to carry nothing; inside a tunnel it is therefore no oddity. */
function endWithoutTransport(decoder: Decoder, packet: Packet): void {
  if (packet.depth === 0) decoder.sink.weird("ipv6_no_next", "", packet);
}

function readRoute(packet: Packet, offset: number, length: number): void {
  const { bytes } = packet;
  const type = bytes[offset + 2]!;
  const segmentsLeft = bytes[offset + 3]!;
  if (segmentsLeft === 0 || length < 24) return;
  if (type === SOURCE_ROUTE || type === MOBILE_ROUTE) readDestination(packet, offset + 8 + ((length - 24) & ~15));
}

function readHomeAddress(packet: Packet, offset: number, length: number): void {
  const { bytes } = packet;
  const end = offset + length;
  for (let at = offset + 2; at + 1 < end;) {
    const option = bytes[at]!;
    if (option === 0) {
      at++;
      continue;
    }
    const optionLength = bytes[at + 1]!;
    if (at + 2 + optionLength > end) return;
    if (option === HOME_ADDRESS_OPTION && optionLength === 16) readSource(packet, at + 2);
    at += 2 + optionLength;
  }
}

function readSource(packet: Packet, at: number): void {
  const { bytes } = packet;
  packet.source0 = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  packet.source1 = ((bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>> 0;
  packet.source2 = ((bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!) >>> 0;
  packet.source3 = ((bytes[at + 12]! << 24) | (bytes[at + 13]! << 16) | (bytes[at + 14]! << 8) | bytes[at + 15]!) >>> 0;
}

function readDestination(packet: Packet, at: number): void {
  const { bytes } = packet;
  packet.destination0 = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  packet.destination1 = ((bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>>
    0;
  packet.destination2 = ((bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!) >>>
    0;
  packet.destination3 =
    ((bytes[at + 12]! << 24) | (bytes[at + 13]! << 16) | (bytes[at + 14]! << 8) | bytes[at + 15]!) >>> 0;
}
