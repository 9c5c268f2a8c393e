// What binary protocols begin with. Each look is strict enough for its place in the table; the formats are from the
// documents named.

import type { Recognition } from "../../analyzer.ts";
import { ascii, berContents, berLength, isAt, type Look, uint16, uint32 } from "./look.ts";

/** TPKT (RFC 1006) around the connection request and confirm of X.224 (MS-RDPBCGR sections 2.2.1.1 and 2.2.1.2). */
const TPKT = Uint8Array.of(3, 0);
const X224_REQUEST = 0xe0, X224_CONFIRM = 0xd0;

function x224(code: number): Look {
  return (bytes, start, end) => {
    const tpkt = isAt(bytes, start, end, TPKT);
    if (tpkt !== "yes") return tpkt;
    if (end - start < 6) return "more";
    const length = uint16(bytes, start + 2);
    return length >= 11 && bytes[start + 4] === length - 5 && bytes[start + 5] === code ? "yes" : "no";
  };
}
export const rdpClient = x224(X224_REQUEST);
export const rdpServer = x224(X224_CONFIRM);

/** RDP over UDP (MS-RDPEUDP section 2.2.2.1): the first datagrams are padded to 1,232 bytes; SYN is 1, ACK is 4. */
const RDPEUDP_SYN_BYTES = 1232;
export const rdpeudpClient: Look = (bytes, start, end) =>
  end - start === RDPEUDP_SYN_BYTES && uint32(bytes, start) === 0xffffffff && (bytes[start + 7]! & 5) === 1
    ? "yes"
    : "no";
export const rdpeudpServer: Look = (bytes, start, end) =>
  end - start === RDPEUDP_SYN_BYTES && (bytes[start + 7]! & 5) === 5 ? "yes" : "no";

/** LDAPMessage (RFC 4511 section 4.1.1): a sequence of a message id and an operation with one of these tags. */
const LDAP_REQUESTS: readonly number[] = [0x4a, 0x60, 0x63, 0x66, 0x68, 0x6c, 0x6e, 0x77];
const LDAP_RESPONSES: readonly number[] = [0x61, 0x64, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x73, 0x78];

function ldap(tags: readonly number[]): Look {
  return (bytes, start, end) => {
    const at = berContents(bytes, start, end);
    if (bytes[start] !== 0x30) return "no";
    if (at < 0 || at + 2 > end) return end - start < 8 ? "more" : "no";
    const size = bytes[at + 1]!;
    if (bytes[at] !== 0x02 || size < 1 || size > 4) return "no";
    if (at + 2 + size >= end) return "more";
    return tags.includes(bytes[at + 2 + size]!) ? "yes" : "no";
  };
}
export const ldapClient = ldap(LDAP_REQUESTS);
export const ldapServer = ldap(LDAP_RESPONSES);

/** Kerberos messages (RFC 4120 section 5.10): application tags of AS and TGS requests, of their replies and of errors. */
function kerberos(tags: readonly number[]): Look {
  return (bytes, start, end) => {
    if (start < end && !tags.includes(bytes[start]!)) return "no";
    if (end - start < 14) return "more";
    const at = berContents(bytes, start, end);
    if (at < 0 || at >= end || bytes[at] !== 0x30) return "no";
    const fields = berContents(bytes, at, end);
    if (fields < 0 || fields + 5 > end) return "no";
    // The first field is the protocol's version, 5; requests number it 1, replies and errors 0.
    return (bytes[fields] === 0xa1 || bytes[fields] === 0xa0) && bytes[fields + 1] === 3 && bytes[fields + 2] === 2 &&
        bytes[fields + 3] === 1 && bytes[fields + 4] === 5
      ? "yes"
      : "no";
  };
}
/** TCP puts the length before the message, in four bytes (RFC 4120 section 7.2.2). */
function withLength(look: Look): Look {
  return (bytes, start, end) => {
    if (end - start < 4) return "more";
    return bytes[start] !== 0 || bytes[start + 1] !== 0 ? "no" : look(bytes, start + 4, end);
  };
}
export const kerberosClient = kerberos([0x6a, 0x6c]);
export const kerberosServer = kerberos([0x6b, 0x6d, 0x7e]);
export const kerberosTcpClient = withLength(kerberosClient);
export const kerberosTcpServer = withLength(kerberosServer);

/** MQTT 3.1, 3.1.1 and 5: CONNECT with the protocol's name, and CONNACK (section 3.1 and 3.2 of each). */
const MQTT_NAMES = [ascii("\0\x04MQTT"), ascii("\0\x06MQIsdp")];
export const mqttClient: Look = (bytes, start, end) => {
  if (bytes[start] !== 0x10) return "no";
  let at = start + 1;
  while (at < end && at < start + 5 && bytes[at]! >= 0x80) at++;
  let answer: Recognition = "no";
  for (const name of MQTT_NAMES) {
    const found = isAt(bytes, at + 1, end, name);
    if (found !== "no") answer = found;
    if (found === "yes") break;
  }
  return answer;
};
export const mqttServer: Look = (bytes, start, end) => {
  if (bytes[start] !== 0x20) return "no";
  if (end - start < 4) return "more";
  // Flags: only whether a session is present.
  return bytes[start + 1]! >= 2 && bytes[start + 1]! < 0x80 && bytes[start + 2]! <= 1 ? "yes" : "no";
};

/** BitTorrent's handshake (BEP 3): the length of its name, its name. */
const BITTORRENT = ascii("\x13BitTorrent protocol");
export const bittorrent: Look = (bytes, start, end) => isAt(bytes, start, end, BITTORRENT);

/** Modbus over TCP (MBAP header: transaction, protocol 0, length, unit; then a function code, 0x80 for errors). */
export const modbus: Look = (bytes, start, end) => {
  if (end - start < 8) return "more";
  const length = uint16(bytes, start + 4);
  return uint16(bytes, start + 2) === 0 && length >= 2 && length <= 254 && (bytes[start + 7]! & 0x7f) !== 0
    ? "yes"
    : "no";
};

/** DNP3's data link header (IEEE 1815 clause 9): 0x0564, a length of at least 5, control, destination, source, CRC. */
export const dnp3: Look = (bytes, start, end) => {
  if (end - start < 10) return end > start && bytes[start] !== 0x05 ? "no" : "more";
  return uint16(bytes, start) === 0x0564 && bytes[start + 2]! >= 5 && dnp3Checksum(bytes, start) ? "yes" : "no";
};

/** The CRC-16 of IEEE 1815 (polynomial 0x3d65 reflected, inverted) over the first eight bytes, low byte first. */
function dnp3Checksum(bytes: Uint8Array, start: number): boolean {
  let crc = 0;
  for (let at = start; at < start + 8; at++) {
    crc ^= bytes[at]!;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? crc >>> 1 ^ 0xa6bc : crc >>> 1;
  }
  crc ^= 0xffff;
  return bytes[start + 8] === (crc & 0xff) && bytes[start + 9] === crc >>> 8;
}

/** DCE/RPC over a connection (C706 section 12.6): version 5, packet type, data representation, fragment length. */
function dceRpc(types: readonly number[]): Look {
  return (bytes, start, end) => {
    if (end - start < 16) return end > start && bytes[start] !== 5 ? "no" : "more";
    const littleEndian = (bytes[start + 4]! & 0x10) !== 0;
    const length = littleEndian ? bytes[start + 8]! | bytes[start + 9]! << 8 : uint16(bytes, start + 8);
    return bytes[start] === 5 && bytes[start + 1]! <= 1 && types.includes(bytes[start + 2]!) &&
        (bytes[start + 4]! & 0xef) === 0 && bytes[start + 6] === 0 && length >= 16
      ? "yes"
      : "no";
  };
}
/** Bind; bind accepted or refused. */
export const dceRpcClient = dceRpc([11]);
export const dceRpcServer = dceRpc([12, 13]);

/** SNMP (RFC 1157, RFC 3416, RFC 3412): a sequence that begins with the version: 0, 1 or 3. */
export const snmp: Look = (bytes, start, end) => {
  const at = bytes[start] === 0x30 ? berContents(bytes, start, end) : -1;
  if (at < 0 || at + 4 > end || berLength(bytes, start) > end - at) return "no";
  const version = bytes[at + 2]!;
  if (bytes[at] !== 0x02 || bytes[at + 1] !== 1 || (version > 1 && version !== 3)) return "no";
  // Then the community's name, or version 3's header.
  return bytes[at + 3] === (version === 3 ? 0x30 : 0x04) ? "yes" : "no";
};

/** RADIUS (RFC 2865 section 3): code, identifier, length, authenticator, attributes that fill the length. */
export const radius: Look = (bytes, start, end) => {
  const length = end - start >= 20 ? uint16(bytes, start + 2) : 0;
  const code = bytes[start]!;
  if (length < 20 || length > end - start || code === 0 || code > 45) return "no";
  let at = start + 20;
  while (at + 2 <= start + length && bytes[at + 1]! >= 2) at += bytes[at + 1]!;
  return at === start + length ? "yes" : "no";
};

/** WireGuard's handshake (its white paper, section 5.4): initiation of 148 bytes, response of 92, a cookie of 64. */
export const wireguardClient: Look = (bytes, start, end) =>
  end - start === 148 && uint32(bytes, start) === 0x01000000 ? "yes" : "no";
export const wireguardServer: Look = (bytes, start, end) =>
  (end - start === 92 && uint32(bytes, start) === 0x02000000) ||
    (end - start === 64 && uint32(bytes, start) === 0x03000000)
    ? "yes"
    : "no";

/** OpenVPN (its "Wire Protocol" document): a hard reset of the client (version 2 or 3), and the server's, key id 0. */
const RESET_CLIENT_2 = 0x38, RESET_SERVER_2 = 0x40, RESET_CLIENT_3 = 0x50;
/** Opcode, session id, and at least the count of acknowledgements and a packet id. */
const OPENVPN_RESET_BYTES = 14;
export const openvpnClient: Look = (bytes, start, end) =>
  end - start >= OPENVPN_RESET_BYTES && (bytes[start] === RESET_CLIENT_2 || bytes[start] === RESET_CLIENT_3)
    ? "yes"
    : "no";
export const openvpnServer: Look = (bytes, start, end) =>
  end - start >= OPENVPN_RESET_BYTES && bytes[start] === RESET_SERVER_2 ? "yes" : "no";
/** TCP puts the length before each packet, in two bytes. */
function withShortLength(look: Look): Look {
  return (bytes, start, end) => {
    if (end - start < 2 + OPENVPN_RESET_BYTES) return "more";
    return uint16(bytes, start) === end - start - 2 ? look(bytes, start + 2, end) : "no";
  };
}
export const openvpnTcpClient = withShortLength(openvpnClient);
export const openvpnTcpServer = withShortLength(openvpnServer);
