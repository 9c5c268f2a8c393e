// The last step of every link type: from the number of the protocol above to that protocol.

import { decodeArp } from "../arp.ts";
import { type Decoder, malformed } from "../decoder.ts";
import { decodeIpv4 } from "../ip.ts";
import { decodeIpv6 } from "../ipv6.ts";
import type { Packet } from "../packet.ts";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "./types.ts";

/** IP of the version that the first four bits say. */
export function decodeRawIp(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  if (start >= end) return malformed(decoder, "truncated_IP", undefined);
  if (packet.bytes[start]! >> 4 === 6) decodeIpv6(decoder, packet, start, end, wireEnd);
  else decodeIpv4(decoder, packet, start, end, wireEnd);
}

/** IP and ARP by EtherType; every other frame is counted. */
export function decodeNetwork(
  decoder: Decoder,
  packet: Packet,
  etherType: number,
  start: number,
  end: number,
  wireEnd: number,
): void {
  if (etherType === ETHERTYPE_IPV4) decodeIpv4(decoder, packet, start, end, wireEnd);
  else if (etherType === ETHERTYPE_IPV6) decodeIpv6(decoder, packet, start, end, wireEnd);
  else if (etherType === ETHERTYPE_ARP) decodeArp(decoder, packet, start, end);
  else countOther(decoder, etherType);
}

/** Counts a frame that carries neither IP nor ARP; 0 for one without an EtherType. */
export function countOther(decoder: Decoder, etherType: number): void {
  const { otherEtherTypes } = decoder.counts;
  otherEtherTypes.set(etherType, (otherEtherTypes.get(etherType) ?? 0) + 1);
}
