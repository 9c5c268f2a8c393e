// DHCP for IPv4 (RFC 2131, RFC 2132).

import { type Address, ipBytes, macBytes } from "../address.ts";
import { concat, type Content, u16, u32, u8, withLength8 } from "../bytes.ts";

/** Message types (RFC 2132 section 9.6). */
export const DHCP_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** Name of a message type. */
export type DhcpType = keyof typeof DHCP_TYPE;

/** A message; addresses left out are zero. */
export interface DhcpMessage {
  type: DhcpType;
  mac: Address;
  transaction: number;
  /** The client's own address, when it already has one. */
  clientIp?: Address;
  /** The address the server gives. */
  yourIp?: Address;
  relayIp?: Address;
  /** Options by number, in this order, behind the message type. */
  options?: readonly (readonly [code: number, content: Content])[];
}

/** Numbers of the options used here. */
export const DHCP_OPTION = {
  SUBNET_MASK: 1,
  ROUTER: 3,
  DNS_SERVER: 6,
  HOST_NAME: 12,
  DOMAIN_NAME: 15,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  MESSAGE_TYPE: 53,
  SERVER: 54,
  PARAMETER_LIST: 55,
  VENDOR_CLASS: 60,
  CLIENT_ID: 61,
} as const;

const MAGIC_COOKIE = 0x63825363;
/** Smallest BOOTP message (RFC 1542 section 2.1). */
const MINIMUM_SIZE = 300;
/** Whether the server sends it. */
const FROM_SERVER: ReadonlySet<DhcpType> = new Set(["offer", "ack", "nak"]);
const NOWHERE = "0.0.0.0";

/** The bytes of a message. */
export function dhcpMessage(message: DhcpMessage): Uint8Array {
  const options = (message.options ?? []).map(([code, content]) => concat(u8(code), withLength8(content)));
  const bytes = concat(
    Uint8Array.of(FROM_SERVER.has(message.type) ? 2 : 1, 1, 6, 0),
    u32(message.transaction),
    u16(0),
    u16(0),
    ipBytes(message.clientIp ?? NOWHERE),
    ipBytes(message.yourIp ?? NOWHERE),
    ipBytes(NOWHERE),
    ipBytes(message.relayIp ?? NOWHERE),
    macBytes(message.mac),
    new Uint8Array(10 + 64 + 128),
    u32(MAGIC_COOKIE),
    Uint8Array.of(DHCP_OPTION.MESSAGE_TYPE, 1, DHCP_TYPE[message.type]),
    ...options,
    u8(255),
  );
  return bytes.length < MINIMUM_SIZE ? concat(bytes, new Uint8Array(MINIMUM_SIZE - bytes.length)) : bytes;
}
