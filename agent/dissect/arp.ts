// Address resolution (RFC 826) for IPv4 over Ethernet: the packets that tie an IP address to a MAC address.

import { type Decoder, malformed } from "./decoder.ts";
import type { Packet } from "./packet.ts";

const HARDWARE_ETHERNET = 1;
/** What IEEE 802 networks other than Ethernet say; the addresses have the same form (RFC 1042). */
const HARDWARE_IEEE_802 = 6;
const PROTOCOL_IPV4 = 0x0800;
/** Header, two MAC and two IPv4 addresses, bytes. */
const LENGTH = 28;

/** Decodes the ARP packet at `start`; `packet` gives time and link addresses. Other address families are counted only. */
export function decodeArp(decoder: Decoder, packet: Packet, start: number, end: number): void {
  const { bytes } = packet;
  decoder.counts.arp++;
  if (end - start < LENGTH) return malformed(decoder, "truncated_ARP", undefined);
  const hardware = (bytes[start]! << 8) | bytes[start + 1]!;
  const protocol = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  if (hardware !== HARDWARE_ETHERNET && hardware !== HARDWARE_IEEE_802) return;
  if (protocol !== PROTOCOL_IPV4) return;
  if (bytes[start + 4] !== 6 || bytes[start + 5] !== 4) return malformed(decoder, "corrupt_arp_header", undefined);

  const arp = decoder.arp;
  arp.ts = packet.ts;
  arp.operation = (bytes[start + 6]! << 8) | bytes[start + 7]!;
  arp.sourceMacHigh = packet.sourceMacHigh;
  arp.sourceMacLow = packet.sourceMacLow;
  arp.destinationMacHigh = packet.destinationMacHigh;
  arp.destinationMacLow = packet.destinationMacLow;
  arp.vlan = packet.vlan;
  arp.senderMacHigh = (bytes[start + 8]! << 16) | (bytes[start + 9]! << 8) | bytes[start + 10]!;
  arp.senderMacLow = (bytes[start + 11]! << 16) | (bytes[start + 12]! << 8) | bytes[start + 13]!;
  arp.senderAddress = ((bytes[start + 14]! << 24) | (bytes[start + 15]! << 16) | (bytes[start + 16]! << 8) |
    bytes[start + 17]!) >>> 0;
  arp.targetMacHigh = (bytes[start + 18]! << 16) | (bytes[start + 19]! << 8) | bytes[start + 20]!;
  arp.targetMacLow = (bytes[start + 21]! << 16) | (bytes[start + 22]! << 8) | bytes[start + 23]!;
  arp.targetAddress = ((bytes[start + 24]! << 24) | (bytes[start + 25]! << 16) | (bytes[start + 26]! << 8) |
    bytes[start + 27]!) >>> 0;
  decoder.sink.arp(arp);
}
