// What the layers of the decoder share: where the packets go, what is counted, and the objects that are reused for
// every packet. decode.ts makes one and is the way in.

import { emptyPacket, type Packet } from "./packet.ts";
import { createFragmentTable, type FragmentTable } from "./fragments.ts";

/** How many tunnels are looked through, one inside the other; deeper ones are `exceeded_tunnel_max_depth`. */
export const MAXIMUM_TUNNEL_DEPTH = 4;

/** Zeek's names of the tunnels that the decoder looks through, as they stand in `tunnel_type`. */
export type TunnelType =
  | "Tunnel::IP"
  | "Tunnel::GRE"
  | "Tunnel::TEREDO"
  | "Tunnel::AYIYA"
  | "Tunnel::GTPv1"
  | "Tunnel::VXLAN"
  | "Tunnel::GENEVE";

/**
 * One ARP packet for IPv4 over Ethernet (RFC 826); reused, never to be kept. MAC addresses are two numbers (upper 24
 * bits, lower 24 bits), -1 where the link has none; IPv4 addresses are unsigned 32-bit numbers.
 */
export interface ArpPacket {
  /** Unix seconds. */
  ts: number;
  /** 1 request, 2 reply, others as registered (https://www.iana.org/assignments/arp-parameters). */
  operation: number;
  /** From the Ethernet header. */
  sourceMacHigh: number;
  sourceMacLow: number;
  destinationMacHigh: number;
  destinationMacLow: number;
  /** From the ARP header. */
  senderMacHigh: number;
  senderMacLow: number;
  senderAddress: number;
  targetMacHigh: number;
  targetMacLow: number;
  targetAddress: number;
  /** VLAN identifier of the outer tag, -1 without one. */
  vlan: number;
}

/** Takes what the decoder finds. It must not keep the objects it is given: they are filled anew for the next packet. */
export interface PacketSink {
  /** One IP packet, whole again if it came in fragments. Its `bytes` may be another buffer than the frame's. */
  packet(packet: Packet): void;
  arp(arp: ArpPacket): void;
  /**
   * Something malformed, by Zeek's name for it. `packet` is given as soon as its addresses are known. Called for every
   * such packet: the sink folds and samples.
   */
  weird(name: string, addl: string, packet: Packet | undefined): void;
  /**
   * A packet is about to be taken out of a tunnel that is no flow of its own (GRE, IP in IP); `outer` has the
   * addresses of the tunnel's ends. Returns the handle for `Packet.parent` of what is inside, or -1 to leave it closed.
   */
  tunnel(type: TunnelType, outer: Packet): number;
}

export interface DecodeCounts {
  /** Frames given to the decoder, without those inside tunnels. */
  frames: number;
  /** IPv4 and IPv6 headers read, fragments and those inside tunnels included. */
  ipv4: number;
  ipv6: number;
  arp: number;
  /** Frames that carry neither IP nor ARP, by EtherType; 0 stands for 802.3 frames without one. */
  otherEtherTypes: Map<number, number>;
  /** Frames of a link type that is not read, by link type. */
  unreadLinkTypes: Map<number, number>;
  /** Frames and packets given up because a header is cut off or contradicts itself. */
  malformed: number;
}

export interface Decoder {
  readonly sink: PacketSink;
  /** The packet object of each tunnel depth: the outer packet is still in use while the inner one is decoded. */
  readonly packets: readonly Packet[];
  readonly arp: ArpPacket;
  readonly counts: DecodeCounts;
  readonly fragments: FragmentTable;
  /** Opens GRE and IP in IP. A member, because the layers below call back to the ones above. */
  readonly openTunnel: (decoder: Decoder, outer: Packet) => void;
}

/** The shared state of one decoder. */
export function emptyDecoder(sink: PacketSink, openTunnel: Decoder["openTunnel"]): Decoder {
  return {
    sink,
    packets: Array.from({ length: MAXIMUM_TUNNEL_DEPTH + 1 }, emptyPacket),
    arp: {
      ts: 0,
      operation: 0,
      sourceMacHigh: -1,
      sourceMacLow: -1,
      destinationMacHigh: -1,
      destinationMacLow: -1,
      senderMacHigh: -1,
      senderMacLow: -1,
      senderAddress: 0,
      targetMacHigh: -1,
      targetMacLow: -1,
      targetAddress: 0,
      vlan: -1,
    },
    counts: {
      frames: 0,
      ipv4: 0,
      ipv6: 0,
      arp: 0,
      otherEtherTypes: new Map(),
      unreadLinkTypes: new Map(),
      malformed: 0,
    },
    fragments: createFragmentTable(),
    openTunnel,
  };
}

/** Counts a packet that is given up and says why. */
export function malformed(decoder: Decoder, name: string, packet: Packet | undefined): void {
  decoder.counts.malformed++;
  decoder.sink.weird(name, "", packet);
}
