// IPv4 (RFC 791), whole and in fragments.

import { type Address, ipBytes } from "../address.ts";
import { addWords, type Checksum, chooseChecksum, finishSum } from "../checksum.ts";
import { announce, frame, type Layer, payload } from "../packet.ts";
import { ETHERTYPE } from "./ethernet.ts";

/** IP protocol numbers (IANA "Protocol Numbers"). */
export const IP_PROTOCOL = {
  ICMP: 1,
  IGMP: 2,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  GRE: 47,
  ICMPV6: 58,
} as const;

/** Fields of an IPv4 header; what is left out takes the value an ordinary host would send. */
export interface Ipv4Header {
  from: Address;
  to: Address;
  ttl?: number;
  /** Identification, which joins the fragments of one packet. */
  id?: number;
  dontFragment?: boolean;
  moreFragments?: boolean;
  /** Bytes of the whole payload before this fragment; a multiple of 8. */
  fragmentOffset?: number;
  /** Type of service / traffic class byte. */
  tos?: number;
  /** Raw options, padded here to a multiple of 4. */
  options?: Uint8Array;
  /** Needed when the payload is bare bytes. */
  protocol?: number;
  checksum?: Checksum;
  /** A total length other than the true one, for damaged packets. */
  length?: number;
  /** A header length in 4-byte words other than the true one, for damaged packets. */
  headerWords?: number;
}

/** An IPv4 header. */
export function ipv4(header: Ipv4Header): Layer {
  const source = ipBytes(header.from), destination = ipBytes(header.to);
  const options = header.options ?? new Uint8Array(0);
  const size = 20 + Math.ceil(options.length / 4) * 4;
  const fragmented = header.moreFragments === true || (header.fragmentOffset ?? 0) > 0;
  const dontFragment = header.dontFragment ?? !fragmented;
  return {
    size,
    etherType: ETHERTYPE.IPV4,
    ipProtocol: IP_PROTOCOL.IPV4,
    ends: { source, destination },
    write({ bytes, view, start, end, inside }) {
      bytes[start] = 0x40 | (header.headerWords ?? size / 4);
      bytes[start + 1] = header.tos ?? 0;
      view.setUint16(start + 2, header.length ?? end - start);
      view.setUint16(start + 4, header.id ?? 0);
      const flags = (dontFragment ? 0x4000 : 0) | (header.moreFragments ? 0x2000 : 0);
      view.setUint16(start + 6, flags | ((header.fragmentOffset ?? 0) >>> 3));
      bytes[start + 8] = header.ttl ?? 64;
      bytes[start + 9] = announce(header.protocol, inside?.ipProtocol);
      bytes.set(source, start + 12);
      bytes.set(destination, start + 16);
      bytes.set(options, start + 20);
      view.setUint16(start + 10, 0);
      const right = finishSum(addWords(0, bytes, start, start + size));
      view.setUint16(start + 10, chooseChecksum(right, header.checksum));
    },
  };
}

/**
 * The layers of each fragment of one IPv4 packet, in order. `pieceSize` is the payload of a fragment in bytes, a multiple of 8.
 * Checksums inside are those of the whole.
 */
export function ipv4Fragments(header: Ipv4Header, inner: readonly Layer[], pieceSize: number): Layer[][] {
  if (pieceSize <= 0 || pieceSize % 8 !== 0) throw new Error("a fragment's size must be a multiple of 8");
  const outer = ipv4(header);
  const whole = frame(outer, ...inner).subarray(outer.size);
  const protocol = announce(header.protocol, inner[0]?.ipProtocol);
  const fragments: Layer[][] = [];
  for (let offset = 0; offset < whole.length; offset += pieceSize) {
    const moreFragments = offset + pieceSize < whole.length;
    fragments.push([
      ipv4({ ...header, dontFragment: false, moreFragments, fragmentOffset: offset, protocol }),
      payload(whole.slice(offset, offset + pieceSize)),
    ]);
  }
  return fragments;
}
