// Protocols over IP by the names that programs write for their numbers (IANA, "Assigned Internet Protocol Numbers").

const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  ipip: 4,
  tcp: 6,
  egp: 8,
  igp: 9,
  udp: 17,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  "ipv6-icmp": 58,
  icmp6: 58,
  icmpv6: 58,
  eigrp: 88,
  ospf: 89,
  ospfigp: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};

/** The number of a protocol, from its name in either case or from the number as text; undefined when it is neither. */
export function protocolNumberOf(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const name = text.toLowerCase();
  return Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
}

const PROTO_NAMES: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmp" };

/** What Zeek calls the protocol of a number in a connection's `proto`. */
export function protoNameOf(protocol: number): string {
  return PROTO_NAMES[protocol] ?? "unknown_transport";
}
