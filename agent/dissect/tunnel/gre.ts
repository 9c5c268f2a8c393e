// Generic routing encapsulation: version 0 (RFC 2784, RFC 2890) with IP, Ethernet, MPLS, ERSPAN
// (draft-foschiano-erspan-03) or Aruba's 802.11 frames inside, and version 1 with PPP, as PPTP uses it (RFC 2637).

import type { PacketSink } from "../decoder.ts";
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_PPP,
  ETHERTYPE_TRANSPARENT_ETHERNET,
} from "../link/types.ts";
import {
  LINKTYPE_ETHERNET,
  LINKTYPE_IEEE802_11,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_MPLS,
  LINKTYPE_PPP,
} from "../link/types.ts";
import type { Packet } from "../packet.ts";
import { NO_TUNNEL, NOTHING_INSIDE, PACKET_INSIDE, type TunnelledPacket, type TunnelSearch } from "./found.ts";

const CHECKSUM_PRESENT = 0x8000;
const ROUTING_PRESENT = 0x4000;
const KEY_PRESENT = 0x2000;
const SEQUENCE_PRESENT = 0x1000;
const ACKNOWLEDGEMENT_PRESENT = 0x0080;
const RESERVED_FLAGS = 0x0078;
const VERSION_MASK = 0x0007;

const ERSPAN_1_AND_2 = 0x88be;
const ERSPAN_3 = 0x22eb;
const ERSPAN_2_HEADER_BYTES = 8;
const ERSPAN_3_HEADER_BYTES = 12;
const ERSPAN_3_SUBHEADER_BYTES = 8;

/** Finds the packet inside a GRE packet; `inner` is filled when the answer is `PACKET_INSIDE`. */
export function findInGre(outer: Packet, inner: TunnelledPacket, sink: PacketSink): TunnelSearch {
  const { bytes, offset, end } = outer;
  if (end - offset < 4) return broken(sink, "truncated_GRE", "", outer);
  const flags = (bytes[offset]! << 8) | bytes[offset + 1]!;
  const protocol = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  const version = flags & VERSION_MASK;
  if (version > 1) return broken(sink, "unknown_gre_version", `version=${version}`, outer);
  if (version === 1 && protocol !== ETHERTYPE_PPP) {
    return broken(sink, "egre_protocol_type", `proto=${protocol}`, outer);
  }
  if ((flags & ROUTING_PRESENT) !== 0) return broken(sink, "gre_routing", "", outer);
  if ((flags & RESERVED_FLAGS) !== 0) return broken(sink, "unknown_gre_flags", "", outer);

  let at = offset + 4;
  if ((flags & CHECKSUM_PRESENT) !== 0) at += 4;
  if ((flags & KEY_PRESENT) !== 0) at += 4;
  if ((flags & SEQUENCE_PRESENT) !== 0) at += 4;
  if ((flags & ACKNOWLEDGEMENT_PRESENT) !== 0) at += 4;
  if (at > end) return broken(sink, "truncated_GRE", "", outer);

  inner.type = "Tunnel::GRE";
  inner.end = end;
  inner.wireEnd = offset + outer.length;
  if (inner.wireEnd === at) return NOTHING_INSIDE;

  if (protocol === ETHERTYPE_IPV4) inner.linkType = LINKTYPE_IPV4;
  else if (protocol === ETHERTYPE_IPV6) inner.linkType = LINKTYPE_IPV6;
  else if (protocol === ETHERTYPE_PPP) inner.linkType = LINKTYPE_PPP;
  else if (protocol === ETHERTYPE_MPLS) inner.linkType = LINKTYPE_MPLS;
  else if (protocol === ETHERTYPE_TRANSPARENT_ETHERNET) inner.linkType = LINKTYPE_ETHERNET;
  else if (protocol === ERSPAN_1_AND_2) {
    // Type I has no header of its own; type II is told by its sequence number.
    if ((flags & SEQUENCE_PRESENT) !== 0) at += ERSPAN_2_HEADER_BYTES;
    inner.linkType = LINKTYPE_ETHERNET;
  } else if (protocol === ERSPAN_3) {
    const subheader = at + ERSPAN_3_HEADER_BYTES <= end && (bytes[at + ERSPAN_3_HEADER_BYTES - 1]! & 0x01) !== 0;
    at += ERSPAN_3_HEADER_BYTES + (subheader ? ERSPAN_3_SUBHEADER_BYTES : 0);
    inner.linkType = LINKTYPE_ETHERNET;
  } else if (isAruba(protocol)) inner.linkType = LINKTYPE_IEEE802_11;
  else return NOTHING_INSIDE;

  if (at >= end) return broken(sink, "truncated_GRE", "", outer);
  inner.start = at;
  return PACKET_INSIDE;
}

/** Aruba's access points number their 802.11 tunnels 0x8200, 0x8210 … 0x8370 and 0x9000. */
function isAruba(protocol: number): boolean {
  return protocol === 0x9000 || (protocol >= 0x8200 && protocol <= 0x8370 && (protocol & 0x0f) === 0);
}

function broken(sink: PacketSink, name: string, addl: string, outer: Packet): TunnelSearch {
  sink.weird(name, addl, outer);
  return NO_TUNNEL;
}
