// The point-to-point protocol: RFC 1661, RFC 1662 for the two bytes in front on serial lines.

import { type Decoder, malformed } from "../decoder.ts";
import { decodeIpv4 } from "../ip.ts";
import { decodeIpv6 } from "../ipv6.ts";
import type { Packet } from "../packet.ts";
import { countOther } from "./network.ts";
import { ETHERTYPE_PPP } from "./types.ts";

/** All stations, unnumbered information: what stands in front of the protocol unless it was negotiated away. */
const ADDRESS = 0xff;
const CONTROL = 0x03;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

/** Decodes a PPP frame with or without address and control bytes, the protocol in two bytes or compressed into one. */
export function decodePpp(decoder: Decoder, packet: Packet, start: number, end: number, wireEnd: number): void {
  const bytes = packet.bytes;
  let at = start;
  if (end - at >= 2 && bytes[at] === ADDRESS && bytes[at + 1] === CONTROL) at += 2;
  if (end - at < 2) return malformed(decoder, "truncated_ppp_header", undefined);
  let protocol = bytes[at]!;
  // The low bit of a protocol number is set in its last byte only (RFC 1661 section 2).
  if ((protocol & 1) === 0) {
    protocol = (protocol << 8) | bytes[at + 1]!;
    at += 2;
  } else at++;
  if (protocol === PPP_IPV4) decodeIpv4(decoder, packet, at, end, wireEnd);
  else if (protocol === PPP_IPV6) decodeIpv6(decoder, packet, at, end, wireEnd);
  else countOther(decoder, ETHERTYPE_PPP);
}
