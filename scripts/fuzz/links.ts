// Ways a packet may travel: links, tags and tunnels for the fuzzer's conversations.

import {
  type Carry,
  cooked,
  cooked2,
  ethernet,
  geneve,
  gre,
  gtpUser,
  ipv4,
  ipv6,
  LINK_TYPE,
  mpls,
  nullLoopback,
  pppoe,
  type Random,
  TUNNEL_PORT,
  udp,
  vlan,
  vxlan,
} from "../../tests/craft/craft.ts";

interface Link {
  readonly linkType: number;
  readonly carry: Carry;
}

const outer = () => ipv4({ from: "198.51.100.1", to: "203.0.113.1" });
const outer6 = () => ipv6({ from: "2001:db8::1", to: "2001:db8::2" });
const tunnelled = (carry: Carry): Link => ({
  linkType: LINK_TYPE.ETHERNET,
  carry: (ends, inner) => [ethernet(ends), ...carry(ends, inner)],
});

const ETHERNET: Link = { linkType: LINK_TYPE.ETHERNET, carry: (ends, inner) => [ethernet(ends), ...inner] };
const OTHERS: readonly Link[] = [
  tunnelled((_, inner) => [vlan(10), ...inner]),
  tunnelled((_, inner) => [vlan(10, { provider: true }), vlan(20), ...inner]),
  tunnelled((_, inner) => [mpls(16, 17), ...inner]),
  tunnelled((_, inner) => [pppoe(7), ...inner]),
  { linkType: LINK_TYPE.LINUX_SLL, carry: ({ from }, inner) => [cooked({ from }), ...inner] },
  { linkType: LINK_TYPE.LINUX_SLL2, carry: ({ from }, inner) => [cooked2({ from }), ...inner] },
  { linkType: LINK_TYPE.NULL, carry: (_, inner) => [nullLoopback(), ...inner] },
  { linkType: LINK_TYPE.RAW, carry: (_, inner) => [...inner] },
  tunnelled((_, inner) => [outer(), ...inner]),
  tunnelled((_, inner) => [outer6(), ...inner]),
  tunnelled((_, inner) => [outer(), gre({ key: 7 }), ...inner]),
  tunnelled((ends, inner) => [outer(), gre(), ethernet(ends), ...inner]),
  tunnelled((
    ends,
    inner,
  ) => [outer(), udp({ from: 5_000, to: TUNNEL_PORT.VXLAN }), vxlan(5), ethernet(ends), ...inner]),
  tunnelled((
    ends,
    inner,
  ) => [outer(), udp({ from: 5_000, to: TUNNEL_PORT.GENEVE }), geneve(5), ethernet(ends), ...inner]),
  tunnelled((_, inner) => [outer(), udp({ from: 5_000, to: TUNNEL_PORT.GTP_USER }), gtpUser(5), ...inner]),
  tunnelled((_, inner) => [outer(), gre(), outer(), gre(), outer(), ...inner]),
];

/** How often a conversation travels over plain Ethernet. */
const PLAIN = 0.6;

/** Some link, mostly Ethernet. */
export function anyLink(chance: Random): Link {
  return chance.fraction() < PLAIN ? ETHERNET : chance.pick(OTHERS);
}

/**
 * Link types that frames are mistaken for: all that the decoder reads, and some that nobody knows
 * (https://www.tcpdump.org/linktypes.html).
 */
export const LINK_TYPES: readonly number[] = [
  0,
  1,
  9,
  12,
  14,
  50,
  101,
  105,
  108,
  113,
  119,
  127,
  163,
  219,
  228,
  229,
  239,
  276,
  9_999,
];
