// ICMP (RFC 792, RFC 950) and ICMPv6 (RFC 4443, RFC 4861).

import { type Address, ipBytes, macBytes } from "../address.ts";
import { concat, type Content, toBytes, u16, u32 } from "../bytes.ts";
import { addWords, type Checksum, chooseChecksum, finishSum, transportChecksum } from "../checksum.ts";
import type { Layer } from "../packet.ts";
import { IP_PROTOCOL } from "./ipv4.ts";

/** ICMP types used here. */
export const ICMP_TYPE = {
  ECHO_REPLY: 0,
  UNREACHABLE: 3,
  REDIRECT: 5,
  ECHO: 8,
  TIME_EXCEEDED: 11,
  TIMESTAMP: 13,
  TIMESTAMP_REPLY: 14,
  ADDRESS_MASK: 17,
  ADDRESS_MASK_REPLY: 18,
} as const;

/** ICMPv6 types used here. */
export const ICMPV6_TYPE = {
  UNREACHABLE: 1,
  TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  ECHO: 128,
  ECHO_REPLY: 129,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOUR_SOLICITATION: 135,
  NEIGHBOUR_ADVERTISEMENT: 136,
} as const;

/** An ICMP message: type, code, and everything behind the checksum. */
export function icmp(header: { type: number; code?: number; body?: Content; checksum?: Checksum }): Layer {
  const body = toBytes(header.body ?? new Uint8Array(4));
  return {
    size: 4 + body.length,
    ipProtocol: IP_PROTOCOL.ICMP,
    write({ bytes, view, start, end }) {
      bytes[start] = header.type;
      bytes[start + 1] = header.code ?? 0;
      view.setUint16(start + 2, 0);
      bytes.set(body, start + 4);
      const right = finishSum(addWords(0, bytes, start, end));
      view.setUint16(start + 2, chooseChecksum(right, header.checksum));
    },
  };
}

/** An ICMPv6 message. */
export function icmpv6(header: { type: number; code?: number; body?: Content; checksum?: Checksum }): Layer {
  const body = toBytes(header.body ?? new Uint8Array(4));
  return {
    size: 4 + body.length,
    ipProtocol: IP_PROTOCOL.ICMPV6,
    write({ bytes, view, start, end, ends }) {
      bytes[start] = header.type;
      bytes[start + 1] = header.code ?? 0;
      view.setUint16(start + 2, 0);
      bytes.set(body, start + 4);
      if (ends === undefined) return;
      const right = transportChecksum(bytes, start, end, ends, IP_PROTOCOL.ICMPV6);
      view.setUint16(start + 2, chooseChecksum(right, header.checksum));
    },
  };
}

/** The body of an echo request or reply, of either version. */
export function echoBody(id: number, sequence: number, data: Content = "abcdefghijklmnopqrstuvwabcdefghi"): Uint8Array {
  return concat(u16(id), u16(sequence), data);
}

/** The body of a timestamp request or reply; times are milliseconds since midnight UT. */
export function timestampBody(id: number, sequence: number, times: [number, number, number]): Uint8Array {
  return concat(u16(id), u16(sequence), ...times.map(u32));
}

/** The body of an address mask request (mask zero) or reply. */
export function addressMaskBody(id: number, sequence: number, mask: Address = "0.0.0.0"): Uint8Array {
  return concat(u16(id), u16(sequence), ipBytes(mask));
}

/** The body of an unreachable or time-exceeded message: the IP header and first 8 bytes of the packet that failed. */
export function quotedBody(original: Uint8Array): Uint8Array {
  const header = (original[0]! >> 4) === 6 ? 40 : (original[0]! & 15) * 4;
  return concat(new Uint8Array(4), original.subarray(0, header + 8));
}

/** The body of an IPv6 neighbour solicitation: who has `target`, tell `mac`. */
export function neighbourSolicitationBody(target: Address, mac: Address): Uint8Array {
  return concat(new Uint8Array(4), ipBytes(target), Uint8Array.of(1, 1), macBytes(mac));
}

/** The body of a solicited IPv6 neighbour advertisement: `target` is at `mac`. */
export function neighbourAdvertisementBody(target: Address, mac: Address): Uint8Array {
  return concat(Uint8Array.of(0x60, 0, 0, 0), ipBytes(target), Uint8Array.of(2, 1), macBytes(mac));
}
