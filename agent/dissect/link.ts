// From a frame of any link type to the IP packet or ARP in it.

import type { Decoder } from "./decoder.ts";
import { decodeIpv4 } from "./ip.ts";
import { decodeIpv6 } from "./ipv6.ts";
import { decodeEthernet, decodeMpls } from "./link/ethernet.ts";
import { decodeLinuxCooked, decodeLinuxCooked2, decodeNflog, decodeNull } from "./link/host.ts";
import { decodePpp } from "./link/ppp.ts";
import * as types from "./link/types.ts";
import { decodeAvs, decodeIeee80211, decodePrism, decodeRadiotap } from "./link/wireless.ts";
import { decodeRawIp } from "./link/network.ts";
import type { Packet } from "./packet.ts";

/**
 * Decodes the frame at `packet.bytes[start .. end)`, whose last byte on the wire is before `wireEnd`; fills the link
 * fields of `packet` on the way. Frames of a link type that is not read are counted.
 */
export function decodeLink(
  decoder: Decoder,
  packet: Packet,
  linkType: number,
  start: number,
  end: number,
  wireEnd: number,
): void {
  packet.vlan = -1;
  packet.innerVlan = -1;
  if (linkType === types.LINKTYPE_ETHERNET) return decodeEthernet(decoder, packet, start, end, wireEnd);
  packet.sourceMacHigh = -1;
  packet.sourceMacLow = -1;
  packet.destinationMacHigh = -1;
  packet.destinationMacLow = -1;
  switch (linkType) {
    case types.LINKTYPE_IPV4:
      return decodeIpv4(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_IPV6:
      return decodeIpv6(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_RAW:
    case types.LINKTYPE_RAW_BSD:
    case types.LINKTYPE_RAW_OPENBSD:
      return decodeRawIp(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_NULL:
    case types.LINKTYPE_LOOP:
      return decodeNull(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_LINUX_SLL:
      return decodeLinuxCooked(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_LINUX_SLL2:
      return decodeLinuxCooked2(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_NFLOG:
      return decodeNflog(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_PPP:
    case types.LINKTYPE_PPP_HDLC:
      return decodePpp(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_MPLS:
      return decodeMpls(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_IEEE802_11:
      return decodeIeee80211(decoder, packet, start, end, wireEnd, false);
    case types.LINKTYPE_IEEE802_11_RADIOTAP:
      return decodeRadiotap(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_IEEE802_11_PRISM:
      return decodePrism(decoder, packet, start, end, wireEnd);
    case types.LINKTYPE_IEEE802_11_AVS:
      return decodeAvs(decoder, packet, start, end, wireEnd);
  }
  const { unreadLinkTypes } = decoder.counts;
  unreadLinkTypes.set(linkType, (unreadLinkTypes.get(linkType) ?? 0) + 1);
}
