// Ethernet and what is tucked between its header and IP: VLAN tags (IEEE 802.1Q), MPLS (RFC 3032), PPPoE (RFC 2516),
// provider backbone bridging (IEEE 802.1ah), VN-Tag (IEEE 802.1BR), FabricPath, and 802.3 frames with LLC and SNAP.

import { type Decoder, malformed } from "../decoder.ts";
import type { Packet } from "../packet.ts";
import { countOther, decodeNetwork, decodeRawIp } from "./network.ts";
import { decodePpp } from "./ppp.ts";
import * as types from "./types.ts";

const ETHERNET_HEADER_BYTES = 14;
/** Tags and shims followed in one frame. */
const MAXIMUM_TAGS = 16;
const VLAN_ID_MASK = 0x0fff;
/** Tag protocol and tag of a VN-Tag without the EtherType in front, bytes. */
const VNTAG_BYTES = 4;
/** The service tag of 802.1ah after its EtherType, with the customer's two addresses, bytes. */
const PBB_TAG_BYTES = 4;
const FABRICPATH_HEADER_BYTES = 16;
const PPPOE_HEADER_BYTES = 6;

/** Decodes an Ethernet frame. */
export function decodeEthernet(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < ETHERNET_HEADER_BYTES) return malformed(decoder, "truncated_ethernet_frame", undefined);
  readAddresses(packet, start + 6, start);
  const etherType = (bytes[start + 12]! << 8) | bytes[start + 13]!;
  const next = start + ETHERNET_HEADER_BYTES;
  if (etherType === types.ETHERTYPE_IPV4 || etherType === types.ETHERTYPE_IPV6) {
    decodeNetwork(decoder, packet, etherType, next, end, wireEnd);
  } else if (etherType === types.ETHERTYPE_FABRICPATH) {
    // A frame of its own in front of the frame.
    if (end - start < FABRICPATH_HEADER_BYTES + ETHERNET_HEADER_BYTES) {
      return malformed(decoder, "truncated_link_header_cfp", undefined);
    }
    const inner = start + FABRICPATH_HEADER_BYTES;
    readAddresses(packet, inner + 6, inner);
    decodeTagged(decoder, packet, (bytes[inner + 12]! << 8) | bytes[inner + 13]!, inner + 14, end, wireEnd);
  } else decodeTagged(decoder, packet, etherType, next, end, wireEnd);
}

/** Takes off tags until IP, ARP or something else stands there. `start` is the first byte after the EtherType. */
export function decodeTagged(
  decoder: Decoder,
  packet: Packet,
  etherType: number,
  start: number,
  end: number,
  wireEnd: number,
): void {
  const bytes = packet.bytes;
  for (let tags = 0; tags < MAXIMUM_TAGS; tags++) {
    switch (etherType) {
      case types.ETHERTYPE_VLAN:
      case types.ETHERTYPE_PROVIDER_BRIDGING:
      case types.ETHERTYPE_OLD_QINQ:
        if (end - start < 4) return malformed(decoder, "truncated_VLAN_frame", undefined);
        addVlan(packet, ((bytes[start]! << 8) | bytes[start + 1]!) & VLAN_ID_MASK);
        start += 4;
        break;
      case types.ETHERTYPE_VNTAG:
        if (end - start < VNTAG_BYTES + 2) return malformed(decoder, "truncated_VNTag_frame", undefined);
        start += VNTAG_BYTES + 2;
        break;
      case types.ETHERTYPE_PBB:
        if (end - start < PBB_TAG_BYTES + ETHERNET_HEADER_BYTES) {
          return malformed(decoder, "truncated_pbb_frame", undefined);
        }
        readAddresses(packet, start + PBB_TAG_BYTES + 6, start + PBB_TAG_BYTES);
        start += PBB_TAG_BYTES + ETHERNET_HEADER_BYTES;
        break;
      case types.ETHERTYPE_MPLS:
      case types.ETHERTYPE_MPLS_MULTICAST:
        return decodeMpls(decoder, packet, start, end, wireEnd);
      case types.ETHERTYPE_PPPOE_SESSION:
        return decodePppoe(decoder, packet, start, end, wireEnd);
      default:
        if (etherType >= types.FIRST_ETHERTYPE) decodeNetwork(decoder, packet, etherType, start, end, wireEnd);
        else if (etherType > types.LONGEST_LENGTH) malformed(decoder, "undefined_ether_type", undefined);
        else decodeLlc(decoder, packet, start, end, wireEnd);
        return;
    }
    etherType = (bytes[start - 2]! << 8) | bytes[start - 1]!;
  }
  malformed(decoder, "too_many_link_tags", undefined);
}

/**
 * Logical link control (IEEE 802.2): SNAP (RFC 1042) names an EtherType, SAP 6 is IP; the others (spanning tree,
 * Novell, …) are counted.
 */
export function decodeLlc(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  const destination = end - start < 3 ? -1 : bytes[start]!;
  if (destination === 0xaa && bytes[start + 1] === 0xaa && end - start >= 8) {
    // Organisation 0 means EtherTypes, and so does Apple's and Cisco's bridging of 802.1H (00:00:f8).
    const organisation = (bytes[start + 3]! << 16) | (bytes[start + 4]! << 8) | bytes[start + 5]!;
    const etherType = (bytes[start + 6]! << 8) | bytes[start + 7]!;
    if (organisation !== 0 && organisation !== 0x0000f8) return countOther(decoder, 0);
    // The protocol field of SNAP is an EtherType again, tags included, but never the length of yet another frame.
    if (etherType < types.FIRST_ETHERTYPE) return countOther(decoder, 0);
    return decodeTagged(decoder, packet, etherType, start + 8, end, wireEnd);
  }
  if (destination === 0x06 && bytes[start + 1] === 0x06) return decodeRawIp(decoder, packet, start + 3, end, wireEnd);
  countOther(decoder, 0);
}

/** A stack of MPLS labels; what follows is told by its first four bits (RFC 4928), 0 being a pseudowire's control word. */
export function decodeMpls(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  let bottom = false;
  while (!bottom) {
    if (end - start < 4) return malformed(decoder, "truncated_MPLS_stack", undefined);
    bottom = (bytes[start + 2]! & 0x01) !== 0;
    start += 4;
  }
  if (start >= end) return malformed(decoder, "truncated_MPLS_stack", undefined);
  const nibble = bytes[start]! >> 4;
  if (nibble === 4 || nibble === 6) decodeRawIp(decoder, packet, start, end, wireEnd);
  else if (nibble === 0 && end - start >= 4 + ETHERNET_HEADER_BYTES) {
    decodeEthernet(decoder, packet, start + 4, end, wireEnd);
  } else countOther(decoder, types.ETHERTYPE_MPLS);
}

function decodePppoe(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  if (end - start < PPPOE_HEADER_BYTES + 2) return malformed(decoder, "truncated_pppoe_header", undefined);
  const length = (bytes[start + 4]! << 8) | bytes[start + 5]!;
  const payload = start + PPPOE_HEADER_BYTES;
  if (payload + length < wireEnd) wireEnd = payload + length;
  decodePpp(decoder, packet, payload, end < wireEnd ? end : wireEnd, wireEnd);
}

function addVlan(packet: Packet, vlan: number): void {
  if (packet.vlan < 0) packet.vlan = vlan;
  else if (packet.innerVlan < 0) packet.innerVlan = vlan;
}

/** Fills in the link addresses from 6 bytes at `source` and 6 at `destination`. */
export function readAddresses(packet: Packet, source: number, destination: number): void {
  const bytes = packet.bytes;
  packet.sourceMacHigh = (bytes[source]! << 16) | (bytes[source + 1]! << 8) | bytes[source + 2]!;
  packet.sourceMacLow = (bytes[source + 3]! << 16) | (bytes[source + 4]! << 8) | bytes[source + 5]!;
  packet.destinationMacHigh = (bytes[destination]! << 16) | (bytes[destination + 1]! << 8) | bytes[destination + 2]!;
  packet.destinationMacLow = (bytes[destination + 3]! << 16) | (bytes[destination + 4]! << 8) | bytes[destination + 5]!;
}
