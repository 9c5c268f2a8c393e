// What the decoder (link, IP, fragments) hands to the flow table: one object, filled anew for every packet, never
// allocated on the packet path and never kept.

/**
 * One IP packet, decoded down to the start of its transport header. All offsets point into `bytes`.
 *
 * Addresses are four unsigned 32-bit words in network order, as in an IPv6 header; an IPv4 address `a` is
 * `0, 0, 0xffff, a` (the IPv4-mapped form of RFC 4291 section 2.5.5.2), so one comparison serves both versions.
 */
export interface Packet {
  bytes: Uint8Array;
  /** Unix seconds of the capture. */
  ts: number;
  /** Link type of the outermost frame (https://www.tcpdump.org/linktypes.html). */
  linkType: number;

  /** Ethernet addresses as two numbers (upper 24 bits, lower 24 bits); -1 where the link has none. */
  sourceMacHigh: number;
  sourceMacLow: number;
  destinationMacHigh: number;
  destinationMacLow: number;
  /** VLAN identifiers of the outer and inner 802.1Q tag; -1 without one. */
  vlan: number;
  innerVlan: number;

  /** 4 or 6. */
  version: number;
  source0: number;
  source1: number;
  source2: number;
  source3: number;
  destination0: number;
  destination1: number;
  destination2: number;
  destination3: number;
  timeToLive: number;
  /** Length of the whole IP packet by its header, bytes (what `orig_ip_bytes` adds up). */
  ipLength: number;
  /** Transport protocol (https://www.iana.org/assignments/protocol-numbers), after IPv6 extension headers. */
  protocol: number;

  /** First byte of the transport header. */
  offset: number;
  /** One past the last captured byte of the IP payload (never beyond the IP length: link padding is cut off). */
  end: number;
  /** Length of the transport header and payload by the IP header; `offset + length > end` when the capture is cut short. */
  length: number;

  /** How many tunnels this packet was taken out of, 0 for a packet straight from the wire. */
  depth: number;
  /** Handle of the flow that carried it when depth > 0 (the flow table's own number), else -1. */
  parent: number;
}

/** A packet object to be filled in again and again. */
export function emptyPacket(): Packet {
  return {
    bytes: new Uint8Array(0),
    ts: 0,
    linkType: 0,
    sourceMacHigh: -1,
    sourceMacLow: -1,
    destinationMacHigh: -1,
    destinationMacLow: -1,
    vlan: -1,
    innerVlan: -1,
    version: 0,
    source0: 0,
    source1: 0,
    source2: 0,
    source3: 0,
    destination0: 0,
    destination1: 0,
    destination2: 0,
    destination3: 0,
    timeToLive: 0,
    ipLength: 0,
    protocol: 0,
    offset: 0,
    end: 0,
    length: 0,
    depth: 0,
    parent: -1,
  };
}
