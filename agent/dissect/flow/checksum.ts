// Checksums of TCP, UDP and ICMP (RFC 1071, pseudo-headers of RFC 9293 section 3.1 and RFC 8200 section 8.1). Only checked
// when asked for: captures taken where the network card fills them in are full of wrong ones.

import type { Packet } from "../packet.ts";

const ICMP = 1;
const UDP = 17;
const UDP_CHECKSUM_OFFSET = 6;

/** Whether the checksum of the transport header is right, or cannot be checked because the capture is cut short. */
export function isValidChecksum(packet: Packet): boolean {
  const { bytes, offset, end, length, protocol, version } = packet;
  if (end - offset < length) return true;
  if (protocol === UDP && version === 4) {
    const at = offset + UDP_CHECKSUM_OFFSET;
    // Optional for UDP over IPv4 (RFC 768).
    if (bytes[at] === 0 && bytes[at + 1] === 0) return true;
  }
  let sum = 0;
  if (protocol !== ICMP) {
    const words = version === 4 ? [packet.source3, packet.destination3] : [
      ...[packet.source0, packet.source1, packet.source2, packet.source3],
      ...[packet.destination0, packet.destination1, packet.destination2, packet.destination3],
    ];
    for (const word of words) sum += (word >>> 16) + (word & 0xffff);
    sum += length + protocol;
  }
  const last = offset + length;
  for (let at = offset; at + 1 < last; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (length % 2 === 1) sum += bytes[last - 1]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum === 0xffff;
}
