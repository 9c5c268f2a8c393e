// Link headers of captures that are not Ethernet: BSD null/loopback and Linux "cooked" versions 1 and 2.

import { type Address, macBytes } from "../address.ts";
import { announce, type Layer } from "../packet.ts";
import { ETHERTYPE } from "./ethernet.ts";

/** Numbers of link types in capture files (tcpdump.org "Link-layer header types"). */
export const LINK_TYPE = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

/** Address families as BSD numbers them; IPv6 differs between the systems, 30 is macOS. */
const AF_INET = 2, AF_INET6_DARWIN = 30;

/** The four bytes before a packet on a BSD loopback: host order for NULL (here little-endian), network order for LOOP. */
export function nullLoopback(options: { bigEndian?: boolean; family?: number } = {}): Layer {
  return {
    size: 4,
    write({ view, start, inside }) {
      const family = options.family ?? (inside?.etherType === ETHERTYPE.IPV6 ? AF_INET6_DARWIN : AF_INET);
      view.setUint32(start, family, !options.bigEndian);
    },
  };
}

/** Who a cooked packet was for: 0 us, 1 broadcast, 2 multicast, 3 somebody else, 4 sent by us. */
export type CookedDirection = 0 | 1 | 2 | 3 | 4;

/** ARP's hardware type for Ethernet (IANA "ARP Parameters"). */
const ARPHRD_ETHER = 1;

/** LINKTYPE_LINUX_SLL. */
export function cooked(header: { from: Address; direction?: CookedDirection; etherType?: number }): Layer {
  const from = macBytes(header.from);
  return {
    size: 16,
    write({ bytes, view, start, inside }) {
      view.setUint16(start, header.direction ?? 0);
      view.setUint16(start + 2, ARPHRD_ETHER);
      view.setUint16(start + 4, from.length);
      bytes.set(from, start + 6);
      view.setUint16(start + 14, announce(header.etherType, inside?.etherType));
    },
  };
}

/** LINKTYPE_LINUX_SLL2. */
export function cooked2(
  header: { from: Address; direction?: CookedDirection; interface?: number; etherType?: number },
): Layer {
  const from = macBytes(header.from);
  return {
    size: 20,
    write({ bytes, view, start, inside }) {
      view.setUint16(start, announce(header.etherType, inside?.etherType));
      view.setUint32(start + 4, header.interface ?? 1);
      view.setUint16(start + 8, ARPHRD_ETHER);
      bytes[start + 10] = header.direction ?? 0;
      bytes[start + 11] = from.length;
      bytes.set(from, start + 12);
    },
  };
}
