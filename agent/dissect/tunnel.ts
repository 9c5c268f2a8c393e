// Where the packet inside a tunnel begins: GRE and IP in IP by protocol number, Teredo, AYIYA, GTP, VXLAN and Geneve
// by what a UDP datagram says. Pure functions over bytes; decode.ts does the opening.

import type { PacketSink, TunnelType } from "./decoder.ts";
import { findInGre } from "./tunnel/gre.ts";
import { findInUdpTunnel } from "./tunnel/udp.ts";
import { LINKTYPE_IPV4, LINKTYPE_IPV6 } from "./link/types.ts";
import type { Packet } from "./packet.ts";
import { NO_TUNNEL, PACKET_INSIDE, type TunnelledPacket, type TunnelSearch } from "./tunnel/found.ts";

export {
  emptyTunnelledPacket,
  NO_TUNNEL,
  NOTHING_INSIDE,
  PACKET_INSIDE,
  SIGNALLING,
  type TunnelledPacket,
  type TunnelSearch,
} from "./tunnel/found.ts";
export {
  isConfirmedByBothSides,
  isGtp,
  recogniseUdpTunnel,
  type UdpTunnel,
  udpTunnelOnPort,
  udpTunnelService,
} from "./tunnel/udp.ts";
export { findInUdpTunnel };
export type { TunnelType };

/** Protocol numbers of tunnels without ports (https://www.iana.org/assignments/protocol-numbers). */
const IPV4_IN_IP = 4;
const IPV6_IN_IP = 41;
const GRE = 47;

/** Finds the packet inside a GRE or IP-in-IP packet. `inner` is filled when the answer is `PACKET_INSIDE`. */
export function findTunnelledPacket(outer: Packet, inner: TunnelledPacket, sink: PacketSink): TunnelSearch {
  if (outer.protocol === GRE) return findInGre(outer, inner, sink);
  if (outer.protocol !== IPV4_IN_IP && outer.protocol !== IPV6_IN_IP) return NO_TUNNEL;
  inner.type = "Tunnel::IP";
  inner.linkType = outer.protocol === IPV4_IN_IP ? LINKTYPE_IPV4 : LINKTYPE_IPV6;
  inner.start = outer.offset;
  inner.end = outer.end;
  inner.wireEnd = outer.offset + outer.length;
  return PACKET_INSIDE;
}
