// Addresses: text to bytes, and the questions a builder of traffic asks of them.

/** An address as text, or already as bytes (4 or 16 for IP, 6 for MAC), which saves reading it again for every packet. */
export type Address = string | Uint8Array;

/** Everybody on the link (IEEE 802.3). */
export const BROADCAST_MAC = "ff:ff:ff:ff:ff:ff";

/** The bytes of an IPv4 or IPv6 address. Throws when the text is neither. */
export function ipBytes(address: Address): Uint8Array {
  if (typeof address !== "string") return address;
  return address.includes(":") ? ipv6Bytes(address) : ipv4Bytes(address);
}

function ipv4Bytes(text: string): Uint8Array {
  const parts = text.split(".");
  const bytes = Uint8Array.from(parts, Number);
  if (parts.length !== 4 || parts.some((part, i) => String(bytes[i]) !== part)) {
    throw new Error(`not an IPv4 address: ${text}`);
  }
  return bytes;
}

function ipv6Bytes(text: string): Uint8Array {
  const [head = "", tail, ...more] = text.split("::");
  const left = groups(head);
  const right = groups(tail ?? "");
  const gap = 16 - left.length - right.length;
  if (more.length > 0 || (tail === undefined ? gap !== 0 : gap < 0)) throw new Error(`not an IPv6 address: ${text}`);
  const bytes = new Uint8Array(16);
  bytes.set(left, 0);
  bytes.set(right, 16 - right.length);
  return bytes;
}

/** Reads the groups on one side of `::`; the last may be a dotted IPv4 address. */
function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return [...ipv4Bytes(group)];
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) throw new Error(`not a group of an IPv6 address: ${group}`);
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The six bytes of a MAC address written with colons. Throws when the text is not one. */
export function macBytes(address: Address): Uint8Array {
  if (typeof address !== "string") return address;
  const parts = address.split(":");
  if (parts.length !== 6 || parts.some((part) => !/^[0-9a-fA-F]{2}$/.test(part))) {
    throw new Error(`not a MAC address: ${address}`);
  }
  return Uint8Array.from(parts, (part) => parseInt(part, 16));
}

/** Whether `address` lies in `network`, written as `192.168.1.0/24` or `2001:db8::/64`. */
export function inNetwork(address: Address, network: string): boolean {
  const [base = "", length = ""] = network.split("/");
  const one = ipBytes(address), two = ipBytes(base);
  if (one.length !== two.length) return false;
  for (let bits = Number(length), i = 0; bits > 0; bits -= 8, i++) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((one[i]! ^ two[i]!) & mask) !== 0) return false;
  }
  return true;
}

/** Whether the packet goes to a group or to everybody rather than to one host. */
export function isGroupAddress(address: Address): boolean {
  const bytes = ipBytes(address);
  if (bytes.length === 16) return bytes[0] === 0xff;
  return (bytes[0]! & 0xf0) === 0xe0 || bytes.every((byte) => byte === 0xff);
}

/** The MAC address a group is sent to: RFC 1112 section 6.4 for IPv4, RFC 2464 section 7 for IPv6. */
export function groupMac(address: Address): Uint8Array {
  const bytes = ipBytes(address);
  if (bytes.length === 16) return Uint8Array.of(0x33, 0x33, ...bytes.subarray(12));
  if (bytes.every((byte) => byte === 0xff)) return macBytes(BROADCAST_MAC);
  return Uint8Array.of(0x01, 0x00, 0x5e, bytes[1]! & 0x7f, bytes[2]!, bytes[3]!);
}

/** The name asked for in a reverse look-up (RFC 1035 section 3.5, RFC 3596 section 2.5): `1.1.168.192.in-addr.arpa`. */
export function reverseName(address: Address): string {
  const bytes = ipBytes(address);
  if (bytes.length === 4) return `${[...bytes].reverse().join(".")}.in-addr.arpa`;
  const nibbles = [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles.reverse().map((nibble) => nibble.toString(16)).join(".")}.ip6.arpa`;
}
