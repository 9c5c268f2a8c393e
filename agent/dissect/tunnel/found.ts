// The answer to "what is inside this tunnel packet?".

import type { TunnelType } from "../decoder.ts";

/** Not a packet of this tunnel protocol, or broken: the flow may lose its tunnel's `service`. */
export const NO_TUNNEL = 0;
/** A good packet of the tunnel protocol that carries no packet (a keep-alive). */
export const NOTHING_INSIDE = 1;
/** A packet is inside. */
export const PACKET_INSIDE = 2;
/** What the ends of a tunnel say to each other: it carries no packet, and is too little to tell the tunnel by. */
export const SIGNALLING = 3;
export type TunnelSearch = typeof NO_TUNNEL | typeof NOTHING_INSIDE | typeof PACKET_INSIDE | typeof SIGNALLING;

/** Where the packet inside a tunnel lies, in the `bytes` of the packet around it; reused. */
export interface TunnelledPacket {
  type: TunnelType;
  /** What stands at `start`, as a link type: Ethernet, raw IP, PPP, MPLS, 802.11. */
  linkType: number;
  start: number;
  /** One past its last captured byte. */
  end: number;
  /** One past its last byte by the lengths in the headers around it; more than `end` when the capture is cut short. */
  wireEnd: number;
}

/** A place for an answer, to be filled again and again. */
export function emptyTunnelledPacket(): TunnelledPacket {
  return { type: "Tunnel::IP", linkType: 0, start: 0, end: 0, wireEnd: 0 };
}
