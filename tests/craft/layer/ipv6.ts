// IPv6 (RFC 8200), its extension headers and its fragments.

import { type Address, ipBytes } from "../address.ts";
import { announce, frame, type Layer, payload } from "../packet.ts";
import { ETHERTYPE } from "./ethernet.ts";
import { IP_PROTOCOL } from "./ipv4.ts";

/** Numbers of the extension headers (IANA "IPv6 Extension Header Types"). */
export const IPV6_EXTENSION = { HOP_BY_HOP: 0, ROUTING: 43, FRAGMENT: 44, DESTINATION: 60 } as const;

/** "Nothing follows" (RFC 8200 section 4.7). */
const NO_NEXT_HEADER = 59;

/** Fields of an IPv6 header. */
export interface Ipv6Header {
  from: Address;
  to: Address;
  hopLimit?: number;
  trafficClass?: number;
  flowLabel?: number;
  /** Needed when the payload is bare bytes. */
  nextHeader?: number;
  /** A payload length other than the true one, for damaged packets. */
  length?: number;
}

/** An IPv6 header. */
export function ipv6(header: Ipv6Header): Layer {
  const source = ipBytes(header.from), destination = ipBytes(header.to);
  return {
    size: 40,
    etherType: ETHERTYPE.IPV6,
    ipProtocol: IP_PROTOCOL.IPV6,
    ends: { source, destination },
    write({ bytes, view, start, end, inside }) {
      view.setUint32(start, (6 << 28) | ((header.trafficClass ?? 0) << 20) | (header.flowLabel ?? 0));
      view.setUint16(start + 4, header.length ?? end - start - 40);
      bytes[start + 6] = header.nextHeader ?? inside?.ipProtocol ?? NO_NEXT_HEADER;
      bytes[start + 7] = header.hopLimit ?? 64;
      bytes.set(source, start + 8);
      bytes.set(destination, start + 24);
    },
  };
}

/** A hop-by-hop or destination options header; `options` is padded with PadN to a multiple of 8 bytes. */
export function ipv6Options(
  kind: "hop-by-hop" | "destination",
  options: Uint8Array = new Uint8Array(0),
  nextHeader?: number,
): Layer {
  const size = Math.ceil((2 + options.length) / 8) * 8;
  return {
    size,
    ipProtocol: kind === "hop-by-hop" ? IPV6_EXTENSION.HOP_BY_HOP : IPV6_EXTENSION.DESTINATION,
    write({ bytes, start, inside }) {
      bytes[start] = nextHeader ?? inside?.ipProtocol ?? NO_NEXT_HEADER;
      bytes[start + 1] = size / 8 - 1;
      bytes.set(options, start + 2);
      const gap = size - 2 - options.length;
      if (gap > 1) bytes.set([1, gap - 2], start + 2 + options.length);
    },
  };
}

/** A fragment header; a packet that is its own only fragment is legal ("atomic", RFC 6946). */
export function ipv6Fragment(
  fields: { id: number; offset?: number; more?: boolean; nextHeader?: number },
): Layer {
  return {
    size: 8,
    ipProtocol: IPV6_EXTENSION.FRAGMENT,
    write({ bytes, view, start, inside }) {
      bytes[start] = announce(fields.nextHeader, inside?.ipProtocol);
      view.setUint16(start + 2, (fields.offset ?? 0) | (fields.more ? 1 : 0));
      view.setUint32(start + 4, fields.id);
    },
  };
}

/** The layers of each fragment of one IPv6 packet; `pieceSize` as in `ipv4Fragments`. */
export function ipv6Fragments(header: Ipv6Header, id: number, inner: readonly Layer[], pieceSize: number): Layer[][] {
  if (pieceSize <= 0 || pieceSize % 8 !== 0) throw new Error("a fragment's size must be a multiple of 8");
  const whole = frame(ipv6(header), ...inner).subarray(40);
  const nextHeader = announce(header.nextHeader, inner[0]?.ipProtocol);
  const fragments: Layer[][] = [];
  for (let offset = 0; offset < whole.length; offset += pieceSize) {
    const more = offset + pieceSize < whole.length;
    fragments.push([
      ipv6({ ...header, nextHeader: IPV6_EXTENSION.FRAGMENT }),
      ipv6Fragment({ id, offset, more, nextHeader }),
      payload(whole.slice(offset, offset + pieceSize)),
    ]);
  }
  return fragments;
}
