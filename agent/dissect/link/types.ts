// Link types as they stand in captures (https://www.tcpdump.org/linktypes.html), and EtherTypes
// (https://www.iana.org/assignments/ieee-802-numbers).

export const LINKTYPE_NULL = 0;
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_PPP = 9;
/** DLT_RAW, which has another number on OpenBSD; some writers put it into the file unchanged. */
export const LINKTYPE_RAW_BSD = 12;
export const LINKTYPE_RAW_OPENBSD = 14;
export const LINKTYPE_PPP_HDLC = 50;
export const LINKTYPE_RAW = 101;
export const LINKTYPE_IEEE802_11 = 105;
export const LINKTYPE_LOOP = 108;
export const LINKTYPE_LINUX_SLL = 113;
export const LINKTYPE_IEEE802_11_PRISM = 119;
export const LINKTYPE_IEEE802_11_RADIOTAP = 127;
export const LINKTYPE_IEEE802_11_AVS = 163;
export const LINKTYPE_MPLS = 219;
export const LINKTYPE_IPV4 = 228;
export const LINKTYPE_IPV6 = 229;
export const LINKTYPE_NFLOG = 239;
export const LINKTYPE_LINUX_SLL2 = 276;

/** The field is the length of an IEEE 802.3 frame up to here, and an EtherType from there (IEEE 802.3 section 3.2.6). */
export const LONGEST_LENGTH = 1500;
export const FIRST_ETHERTYPE = 0x0600;
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_TRANSPARENT_ETHERNET = 0x6558;
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_MPLS = 0x8847;
export const ETHERTYPE_MPLS_MULTICAST = 0x8848;
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
export const ETHERTYPE_PROVIDER_BRIDGING = 0x88a8;
export const ETHERTYPE_PBB = 0x88e7;
export const ETHERTYPE_FABRICPATH = 0x8903;
export const ETHERTYPE_VNTAG = 0x8926;
/** Used for QinQ by many switches, though registered to nobody. */
export const ETHERTYPE_OLD_QINQ = 0x9100;
