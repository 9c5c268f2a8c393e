// What the labelled protocols begin with: a client's and a server's first bytes of each.

import { concat, hex, u16, u32, withLength16 } from "../../../../craft/bytes.ts";

export interface Example {
  readonly name: string;
  readonly transport: "tcp" | "udp";
  readonly port: number;
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  /** Whether it is named although only one side was seen. */
  readonly oneSided?: boolean;
}

const text = (content: string) => concat(content);
const padded = (size: number, start: string) => concat(hex(start), new Uint8Array(size - hex(start).length));

/** An LDAP bind request and its response, message 1. */
const BIND = hex("300c 020101 6007 020103 0400 8000");
const BOUND = hex("300c 020101 6107 0a0100 0400 0400");
/** The beginning of a Kerberos ticket request and of an error. */
const TICKET_REQUEST = hex("6a81a0 30819d a103020105 a20302010a a38190");
const TICKET_ERROR = hex("7e5a 3058 a003020105 a10302011e a411180f");
const REQUEST_PDU = "302602010004067075626c6963a019020400000001020100020100300b300906052b060102010500";
/** DNP3: request of the link status, its reply; checksums over the eight bytes before. */
const DNP3_REQUEST = hex("0564 05c9 0100 0000 de8e");

export const EXAMPLES: readonly Example[] = [
  { name: "krb", transport: "udp", port: 88, client: TICKET_REQUEST, server: TICKET_ERROR, oneSided: true },
  {
    name: "krb_tcp",
    transport: "tcp",
    port: 88,
    client: concat(u32(TICKET_REQUEST.length), TICKET_REQUEST),
    server: concat(u32(TICKET_ERROR.length), TICKET_ERROR),
    oneSided: true,
  },
  { name: "ldap_udp", transport: "udp", port: 389, client: BIND, server: BOUND },
  { name: "ldap_tcp", transport: "tcp", port: 389, client: BIND, server: BOUND },
  { name: "redis", transport: "tcp", port: 6379, client: text("*1\r\n$4\r\nPING\r\n"), server: text("+PONG\r\n") },
  {
    name: "mqtt",
    transport: "tcp",
    port: 1883,
    client: hex("1010 0004 4d515454 04 02 003c 0004 64656d6f"),
    server: hex("2002 00 00"),
  },
  {
    name: "sip",
    transport: "udp",
    port: 5060,
    client: text("OPTIONS sip:100@192.0.2.1 SIP/2.0\r\n"),
    server: text("SIP/2.0 200 OK\r\n"),
    oneSided: true,
  },
  { name: "snmp", transport: "udp", port: 161, client: hex(REQUEST_PDU), server: hex(REQUEST_PDU), oneSided: true },
  {
    name: "bittorrent",
    transport: "tcp",
    port: 51_413,
    client: concat("\x13BitTorrent protocol", new Uint8Array(48)),
    server: concat("\x13BitTorrent protocol", new Uint8Array(48)),
  },
  {
    name: "modbus",
    transport: "tcp",
    port: 502,
    client: hex("0001 0000 0006 01 03 0000 000a"),
    server: hex("0001 0000 0003 01 83 02"),
  },
  { name: "dnp3_tcp", transport: "tcp", port: 20_000, client: DNP3_REQUEST, server: DNP3_REQUEST, oneSided: true },
  { name: "dnp3_udp", transport: "udp", port: 20_000, client: DNP3_REQUEST, server: DNP3_REQUEST, oneSided: true },
  {
    name: "dce_rpc",
    transport: "tcp",
    port: 135,
    client: padded(72, "05000b03 10000000 4800 0000 01000000"),
    server: padded(60, "05000c03 10000000 3c00 0000 01000000"),
  },
  {
    name: "radius",
    transport: "udp",
    port: 1812,
    client: concat(hex("01 07"), u16(26), new Uint8Array(16), hex("01 06 626f6221")),
    server: concat(hex("03 07"), u16(20), new Uint8Array(16)),
    oneSided: true,
  },
  {
    name: "syslog",
    transport: "udp",
    port: 514,
    client: text("<34>Oct 11 22:14:15 host su: failed"),
    server: text("<34>x"),
    oneSided: true,
  },
  {
    name: "rdpeudp",
    transport: "udp",
    port: 3389,
    client: padded(1232, "ffffffff 0040 1801 0b127f15 04d0 04d0"),
    server: padded(1232, "0b127f15 0040 1005 0f94ea0b 04d0 04d0"),
  },
  {
    name: "rdp",
    transport: "tcp",
    port: 3389,
    client: hex("0300000b 06 e0 0000 0000 00"),
    server: hex("0300000b 06 d0 0000 1234 00"),
  },
  { name: "rfb", transport: "tcp", port: 5900, client: text("RFB 003.008\n"), server: text("RFB 003.008\n") },
  {
    name: "wireguard",
    transport: "udp",
    port: 51_820,
    client: padded(148, "01000000"),
    server: padded(92, "02000000"),
  },
  { name: "openvpn", transport: "udp", port: 1194, client: padded(14, "38"), server: padded(26, "40") },
  {
    name: "openvpn",
    transport: "tcp",
    port: 1194,
    client: withLength16(padded(14, "38")),
    server: withLength16(padded(26, "40")),
  },
  {
    name: "smb",
    transport: "tcp",
    port: 445,
    client: padded(72, "00000044 fe534d42"),
    server: padded(72, "00000044 fe534d42"),
  },
  {
    name: "mysql",
    transport: "tcp",
    port: 3306,
    client: concat(hex("220000 01 8da20a00"), new Uint8Array(30)),
    server: concat(hex("4a0000 00 0a"), "8.0.36\0", new Uint8Array(64)),
  },
  {
    name: "postgresql",
    transport: "tcp",
    port: 5432,
    client: concat(u32(18), u32(0x30000), "user\0bob\0\0"),
    server: concat("R", u32(8), u32(0)),
  },
  {
    name: "irc",
    transport: "tcp",
    port: 6667,
    client: text("NICK bob\r\nUSER bob 0 * :b\r\n"),
    server: text(":irc.example 001 bob :hi\r\n"),
  },
  { name: "pop3", transport: "tcp", port: 110, client: text("CAPA\r\n"), server: text("+OK ready\r\n") },
  { name: "imap", transport: "tcp", port: 143, client: text("a1 CAPABILITY\r\n"), server: text("* OK ready\r\n") },
  {
    name: "xmpp",
    transport: "tcp",
    port: 5222,
    client: text("<?xml version='1.0'?><stream:stream to='example.org'>"),
    server: text("<?xml version='1.0'?>\n<stream:stream from='example.org'>"),
  },
];
