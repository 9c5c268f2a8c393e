// Which link type the packets of an interface have, by its hardware type.

import type { BlockSource } from "./blocks.ts";

/** Link types (https://www.tcpdump.org/linktypes.html). */
const LINKTYPE_LINUX_SLL = 113;

/** By hardware type (`ARPHRD_*` of linux/if_arp.h), those whose link header is read as it is. */
const LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [1, 1], // Ethernet, and all that look like it: Wi-Fi, bridges, VLANs, bonds, veth
  [772, 1], // loopback, which has an Ethernet header of zeros
  [801, 105], // IEEE 802.11
  [802, 119], // IEEE 802.11 behind a Prism header
  [803, 127], // IEEE 802.11 behind a radiotap header
]);

/**
 * The link type of packets from an interface of this hardware type. Of all others (tunnels, PPP, WireGuard, mobile
 * networks) the kernel takes the link header off and says what was in it.
 */
export function linkTypeOfHardware(hardwareType: number): BlockSource {
  const linkType = LINK_TYPES.get(hardwareType);
  return linkType === undefined ? { linkType: LINKTYPE_LINUX_SLL, cooked: true } : { linkType, cooked: false };
}
