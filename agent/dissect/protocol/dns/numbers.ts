// The numbers of DNS and their names: record types, classes, response codes and operations, from IANA's "Domain Name
// System (DNS) Parameters" and RFC 1002 for NetBIOS, spelt as Zeek's dns.log spells them.

/** Record types that are read beyond their header. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  LOC: 29,
  /** NIMLOC by IANA; a name's addresses (NB) on the NetBIOS port (RFC 1002 section 4.2.1.3). */
  NB: 32,
  SRV: 33,
  NAPTR: 35,
  A6: 38,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  ANY: 255,
  CAA: 257,
  /** Private use: BIND's progress in signing a zone. */
  BIND_SIGNING: 65534,
} as const;

/** Classes that dynamic updates give a meaning of their own (RFC 2136 section 2.4). */
export const CLASS = { INTERNET: 1, NONE: 254, ANY: 255 } as const;

/** Operations that end up in dns.log; others (inverse queries, server status, …) are only labelled. */
export const OPERATION = { QUERY: 0, NOTIFY: 4, UPDATE: 5 } as const;

const FIRST_TYPES = [
  "",
  "A",
  "NS",
  "MD",
  "MF",
  "CNAME",
  "SOA",
  "MB",
  "MG",
  "MR",
  "NULL",
  "WKS",
  "PTR",
  "HINFO",
  "MINFO",
  "MX",
  "TXT",
  "RP",
  "AFSDB",
  "X25",
  "ISDN",
  "RT",
  "NSAP",
  "NSAP-PTR",
  "SIG",
  "KEY",
  "PX",
  "GPOS",
  "AAAA",
  "LOC",
  "NXT",
  "EID",
  "NIMLOC",
  "SRV",
  "ATMA",
  "NAPTR",
  "KX",
  "CERT",
  "A6",
  "DNAME",
  "SINK",
  "OPT",
  "APL",
  "DS",
  "SSHFP",
  "IPSECKEY",
  "RRSIG",
  "NSEC",
  "DNSKEY",
  "DHCID",
  "NSEC3",
  "NSEC3PARAM",
  "TLSA",
  "SMIMEA",
  "",
  "HIP",
  "NINFO",
  "RKEY",
  "TALINK",
  "CDS",
  "CDNSKEY",
  "OPENPGPKEY",
  "CSYNC",
  "ZONEMD",
  "SVCB",
  "HTTPS",
];

const LATER_TYPES: ReadonlyMap<number, string> = new Map([
  [99, "SPF"],
  [100, "UINFO"],
  [101, "UID"],
  [102, "GID"],
  [103, "UNSPEC"],
  [104, "NID"],
  [105, "L32"],
  [106, "L64"],
  [107, "LP"],
  [108, "EUI48"],
  [109, "EUI64"],
  [249, "TKEY"],
  [250, "TSIG"],
  [251, "IXFR"],
  [252, "AXFR"],
  [253, "MAILB"],
  [254, "MAILA"],
  [255, "*"],
  [256, "URI"],
  [257, "CAA"],
  [32768, "TA"],
  [32769, "DLV"],
  [65281, "WINS"],
  [65282, "WINS-R"],
  [65422, "XPF"],
  [65521, "INTEGRITY"],
]);

/** "A", "HTTPS", "*", or "query-4711" for a type without a name. */
export function typeName(type: number): string {
  return FIRST_TYPES[type] || LATER_TYPES.get(type) || `query-${type}`;
}

/** Whether the type has a name, which is one of the signs of a real question. */
export function isKnownType(type: number): boolean {
  return Boolean(FIRST_TYPES[type]) || LATER_TYPES.has(type);
}

const CLASSES: ReadonlyMap<number, string> = new Map([
  [1, "C_INTERNET"],
  [2, "C_CSNET"],
  [3, "C_CHAOS"],
  [4, "C_HESIOD"],
  [254, "C_NONE"],
  [255, "C_ANY"],
]);

/** "C_INTERNET", or "qclass-32769" for anything without a name (mDNS sets the top bit to ask for a unicast answer). */
export function className(number: number): string {
  return CLASSES.get(number) ?? `qclass-${number}`;
}

/** A header has four bits for the code, so this list is complete (RFC 1035, RFC 2136). */
const RESPONSE_CODES = [
  "NOERROR",
  "FORMERR",
  "SERVFAIL",
  "NXDOMAIN",
  "NOTIMP",
  "REFUSED",
  "YXDOMAIN",
  "YXRRSET",
  "NXRRSet",
  "NOTAUTH",
  "NOTZONE",
  "unassigned-11",
  "unassigned-12",
  "unassigned-13",
  "unassigned-14",
  "unassigned-15",
];

/** "NXDOMAIN" and so on; `code` is the four bits of the header. */
export function responseCodeName(code: number): string {
  return RESPONSE_CODES[code] ?? `rcode-${code}`;
}

const OPERATIONS = ["query", "iquery", "server-status", "", "notify", "dynamic-update", "dso"];
const NETBIOS_OPERATIONS = ["query", "", "", "", "", "registration", "release", "wack", "refresh"];

/** "query", "notify", "netbios-registration", …: what the four bits of the operation mean on this port. */
export function operationName(operation: number, netbios: boolean): string {
  if (!netbios) return OPERATIONS[operation] || `opcode-${operation}`;
  return `netbios-${NETBIOS_OPERATIONS[operation] || `opcode-${operation}`}`;
}
