// Which addresses are of the local network: peers are looked for there and nowhere else.

import { type Cidr, cidrContains, parseCidr } from "../agent/record/address-range.ts";
import { formatIPv4, formatIPv6 } from "../agent/record/address-text.ts";
import { isLinkLocal, isLoopback, isMulticast, rfc1918Block } from "../agent/record/address.ts";

/** An interface with its addresses. */
export interface LocalInterface {
  readonly name: string;
  readonly addresses: readonly { readonly ip: string; readonly network: Cidr; readonly cidr: string }[];
}

/** Unique local addresses, RFC 4193. */
const UNIQUE_LOCAL = parseCidr("fc00::/7")!;
/** A prefix shorter than this is no local network but a default route in disguise. */
const SHORTEST_PREFIX = 8;
/** Interfaces watched, those first in the system's list. */
const MAXIMUM_INTERFACES = 16;

/** The interfaces that peers are looked for on: all that have an address, or those of these names. Needs the permission sys. */
export function localInterfaces(names: readonly string[], loopback = false): LocalInterface[] {
  const found = new Map<string, { ip: string; network: Cidr; cidr: string }[]>();
  for (const { name, address, cidr } of Deno.networkInterfaces()) {
    if (names.length > 0 && !names.includes(name)) continue;
    if (isLoopback(address) && !loopback) continue;
    const network = cidr === null ? undefined : parseCidr(cidr);
    if (cidr === null || network === undefined) continue;
    const addresses = found.get(name) ?? [];
    if (addresses.length === 0 && found.size >= MAXIMUM_INTERFACES) continue;
    addresses.push({ ip: address, network, cidr });
    found.set(name, addresses);
  }
  return [...found].map(([name, addresses]) => ({ name, addresses })).sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Whether an address is of the local network: RFC 1918, link-local, unique local, or in the network of one of our own
 * addresses (a university's public /24, say). Our own loopback is not, unless it is wanted.
 */
export function isLocal(ip: string, interfaces: readonly LocalInterface[], loopback = false): boolean {
  if (isLoopback(ip)) return loopback;
  if (isMulticast(ip)) return false;
  if (rfc1918Block(ip) !== undefined || isLinkLocal(ip) || cidrContains(UNIQUE_LOCAL, ip)) return true;
  return interfaces.some(({ addresses }) =>
    addresses.some(({ network }) => network.bits >= SHORTEST_PREFIX && cidrContains(network, ip))
  );
}

/** The local network that an address is in, as CIDR; the address alone when it is in none of ours. */
export function subnetOf(ip: string, interfaces: readonly LocalInterface[]): string {
  const own = interfaces.flatMap(({ addresses }) => addresses).find(({ network }) => cidrContains(network, ip));
  if (own === undefined) return ip;
  const [, bits] = own.cidr.split("/");
  return `${networkText(own.network)}/${bits}`;
}

function networkText({ family, words }: Cidr): string {
  return family === 4 ? formatIPv4(words[0]!) : formatIPv6(words);
}

/** Our own addresses on these interfaces. */
export function ownAddresses(interfaces: readonly LocalInterface[]): string[] {
  return interfaces.flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
}

/** Equal when nothing has changed. */
export function fingerprint(interfaces: readonly LocalInterface[]): string {
  return interfaces.map(({ name, addresses }) =>
    `${name} ${addresses.map(({ ip, network }) => `${ip}/${network.bits}`).sort().join(" ")}`
  ).join("\n");
}
