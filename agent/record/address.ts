/**
 * What kind of address an IP is: private, multicast, loopback and so on, and whether detectors should look at it.
 *
 * Each predicate takes the text of an address of either family. Text that is no address is never of any kind, and is
 * always ignored. The blocks come from the IANA special-purpose address registries (RFC 6890) and the IPv6 address
 * space registry; the RFC beside each says why it is special.
 */

import { parseAddress } from "./address-text.ts";
import { type Cidr, parseCidr } from "./address-range.ts";

const PRIVATE = 1;
const MULTICAST = 2;
const LINK_LOCAL = 4;
const LOOPBACK = 8;
const RESERVED = 16;
const SHARED = 32;
const NOT_AN_ADDRESS = 64;

type Block = readonly [block: Cidr, kinds: number];

function block(text: string, kinds: number): Block {
  return [parseCidr(text)!, kinds];
}

const IPV4_BLOCKS: readonly Block[] = [
  block("0.0.0.0/8", PRIVATE), // this network, RFC 791
  block("10.0.0.0/8", PRIVATE), // RFC 1918
  block("100.64.0.0/10", SHARED), // carrier-grade NAT, RFC 6598: not private, and not global either
  block("127.0.0.0/8", PRIVATE | LOOPBACK), // RFC 1122
  block("169.254.0.0/16", PRIVATE | LINK_LOCAL), // RFC 3927
  block("172.16.0.0/12", PRIVATE), // RFC 1918
  block("192.0.0.9/32", 0), // Port Control Protocol anycast, RFC 7723: globally reachable
  block("192.0.0.10/32", 0), // TURN anycast, RFC 8155: globally reachable
  block("192.0.0.0/24", PRIVATE), // protocol assignments, RFC 6890
  block("192.0.2.0/24", PRIVATE), // documentation, RFC 5737
  block("192.168.0.0/16", PRIVATE), // RFC 1918
  block("198.18.0.0/15", PRIVATE), // benchmarks, RFC 2544
  block("198.51.100.0/24", PRIVATE), // documentation, RFC 5737
  block("203.0.113.0/24", PRIVATE), // documentation, RFC 5737
  block("224.0.0.0/4", MULTICAST), // RFC 5771
  block("240.0.0.0/4", PRIVATE | RESERVED), // future use and limited broadcast, RFC 1112, RFC 919
];

/** Read from the top: the first block that holds the address decides, so exceptions stand before their block. */
const IPV6_BLOCKS: readonly Block[] = [
  block("::1/128", PRIVATE | LOOPBACK | RESERVED), // RFC 4291
  block("::/128", PRIVATE | RESERVED), // unspecified, RFC 4291
  block("64:ff9b::/96", 0), // IPv4 hosts behind NAT64, RFC 6052: global, though the space around it is reserved
  block("2001:db8::/32", PRIVATE), // documentation, RFC 3849
  block("3fff::/20", PRIVATE), // documentation, RFC 9637
  block("2000::/3", 0), // global unicast, RFC 4291
  block("fc00::/7", PRIVATE), // unique local, RFC 4193
  block("fe80::/10", PRIVATE | LINK_LOCAL), // RFC 4291
  block("fec0::/10", PRIVATE), // site-local, deprecated by RFC 3879, never global
  block("ff00::/8", MULTICAST), // RFC 4291
  block("::/0", RESERVED), // all the rest of the space is reserved by the IETF
];

/** First octets with a block of their own; any other IPv4 address is ordinary, and most are. */
const OCTETS_WITH_BLOCKS = new Uint8Array(256);
for (const [{ words, bits }] of IPV4_BLOCKS) {
  const first = words[0]! >>> 24;
  const octets = bits >= 8 ? 1 : 2 ** (8 - bits);
  OCTETS_WITH_BLOCKS.fill(1, first, first + octets);
}

const words = new Uint32Array(4);

// Detectors ask about the two ends of one record again and again, one after the other: the last two answers.
let lastText = "";
let lastKinds = NOT_AN_ADDRESS;
let otherText = "";
let otherKinds = NOT_AN_ADDRESS;

function kindsOf(ip: string): number {
  if (ip === lastText) return lastKinds;
  if (ip === otherText) return otherKinds;
  otherText = lastText;
  otherKinds = lastKinds;
  lastText = ip;
  return lastKinds = workOutKinds(ip);
}

function workOutKinds(ip: string): number {
  const family = parseAddress(ip, words);
  if (family === 0) return NOT_AN_ADDRESS;
  if (family === 6) return kindsIn(IPV6_BLOCKS, 4);
  return OCTETS_WITH_BLOCKS[words[0]! >>> 24] === 1 ? kindsIn(IPV4_BLOCKS, 1) : 0;
}

function kindsIn(blocks: readonly Block[], length: number): number {
  for (const [{ words: base, masks }, kinds] of blocks) {
    let inside = true;
    for (let i = 0; inside && i < length; i++) inside = (words[i]! & masks[i]!) >>> 0 === base[i];
    if (inside) return kinds;
  }
  return 0;
}

/** Text of an IPv4 or IPv6 address. */
export function isAddress(ip: string): boolean {
  return parseAddress(ip, words) !== 0;
}

/** Not for the public Internet: RFC 1918, unique local, loopback, link-local, documentation, benchmark; not 100.64/10. */
export function isPrivate(ip: string): boolean {
  return (kindsOf(ip) & PRIVATE) !== 0;
}

/** 224.0.0.0/4, ff00::/8. */
export function isMulticast(ip: string): boolean {
  return (kindsOf(ip) & MULTICAST) !== 0;
}

/** 169.254.0.0/16, fe80::/10. */
export function isLinkLocal(ip: string): boolean {
  return (kindsOf(ip) & LINK_LOCAL) !== 0;
}

/** 127.0.0.0/8, ::1. */
export function isLoopback(ip: string): boolean {
  return (kindsOf(ip) & LOOPBACK) !== 0;
}

/** 240.0.0.0/4 and the IPv6 space that the IETF has not given out. */
export function isReserved(ip: string): boolean {
  return (kindsOf(ip) & RESERVED) !== 0;
}

/** Says nothing about a host on the Internet: no address, or private, multicast, link-local, loopback, reserved. */
export function isIgnored(ip: string): boolean {
  return (kindsOf(ip) & (NOT_AN_ADDRESS | PRIVATE | MULTICAST | LINK_LOCAL | LOOPBACK | RESERVED)) !== 0;
}

/** Can be a target or source of a scan: one host, private or not. */
export function isInterestingToScans(ip: string): boolean {
  return (kindsOf(ip) & (NOT_AN_ADDRESS | MULTICAST | LINK_LOCAL | LOOPBACK | RESERVED)) === 0;
}

/** One host on the public Internet: not ignored, and not shared by a carrier's customers (100.64.0.0/10). */
export function isGlobal(ip: string): boolean {
  return kindsOf(ip) === 0;
}

/** 0.0.0.0 (no address yet) and 255.255.255.255 (everybody here). */
export function isSpecialIPv4(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "255.255.255.255";
}

/** The RFC 1918 block that holds the address, as CIDR text; undefined for any other address. */
export function rfc1918Block(ip: string): string | undefined {
  if (parseAddress(ip, words) !== 4) return undefined;
  const address = words[0]!;
  if (address >>> 16 === 0xc0a8) return "192.168.0.0/16";
  if (address >>> 20 === 0xac1) return "172.16.0.0/12";
  return address >>> 24 === 10 ? "10.0.0.0/8" : undefined;
}
