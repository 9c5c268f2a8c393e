// Questions to the kernel about its network and the answers, as rtnetlink has them (rtnetlink(7), linux/rtnetlink.h,
// linux/if_link.h, linux/if_addr.h, linux/neighbour.h). Bytes in, plain data out; nothing here talks to the kernel.

import { formatIPv4, formatIPv6 } from "../../record/address-text.ts";

/** Message types to ask with; the answers' types are two lower. */
export const RTM_GETLINK = 18;
export const RTM_GETADDR = 22;
export const RTM_GETROUTE = 26;
export const RTM_GETNEIGH = 30;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const RTM_NEWNEIGH = 28;

const NLM_F_REQUEST = 0x001;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER_BYTES = 16;
/** Bytes of the part before the attributes, by type of answer. */
const LINK_BYTES = 16, ADDRESS_BYTES = 8, ROUTE_BYTES = 12, NEIGHBOUR_BYTES = 12;
const FIXED_BYTES = {
  [RTM_GETLINK]: LINK_BYTES,
  [RTM_GETADDR]: ADDRESS_BYTES,
  [RTM_GETROUTE]: ROUTE_BYTES,
  [RTM_GETNEIGH]: NEIGHBOUR_BYTES,
} as const;
const ATTRIBUTE_HEADER_BYTES = 4;
/** `struct rtnexthop`. */
const NEXT_HOP_BYTES = 8;

const IFLA_ADDRESS = 1, IFLA_IFNAME = 3, IFLA_MTU = 4;
const IFA_ADDRESS = 1, IFA_LOCAL = 2;
const RTA_OIF = 4, RTA_GATEWAY = 5, RTA_PRIORITY = 6, RTA_MULTIPATH = 9;
const NDA_DST = 1, NDA_LLADDR = 2;
const RTN_UNICAST = 1;
const RT_TABLE_MAIN = 254;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const ETHERNET_ADDRESS_BYTES = 6;

export interface Link {
  readonly kind: "link";
  readonly index: number;
  readonly name: string;
  /** `ARPHRD_*` of linux/if_arp.h. */
  readonly hardwareType: number;
  /** Ethernet address; undefined where there is none. */
  readonly mac: string | undefined;
  /** Longest packet, bytes. */
  readonly mtu: number;
  /** Switched on. */
  readonly up: boolean;
  /** Switched on and connected. */
  readonly running: boolean;
}

export interface InterfaceAddress {
  readonly kind: "address";
  readonly index: number;
  readonly ip: string;
  readonly prefixLength: number;
  /** The network that it lies in, as CIDR. */
  readonly network: string;
}

/** A way to everywhere else. */
export interface DefaultRoute {
  readonly kind: "route";
  readonly index: number;
  readonly gateway: string;
  /** The lower one is taken. */
  readonly metric: number;
}

export interface Neighbour {
  readonly kind: "neighbour";
  readonly index: number;
  readonly ip: string;
  readonly mac: string;
}

export type Answer = Link | InterfaceAddress | DefaultRoute | Neighbour;

/** A request for all that the kernel has of one type. */
export function dumpRequest(type: keyof typeof FIXED_BYTES, sequence: number): Uint8Array<ArrayBuffer> {
  // The kernel complains in its log about a question that is longer than it must be.
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + FIXED_BYTES[type]));
  view.setUint32(0, view.byteLength, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  view.setUint32(8, sequence, true);
  return new Uint8Array(view.buffer);
}

/**
 * Reads `bytes[0 .. length)` as the kernel sent them; gives what it understands to `take`.
 * @returns whether more is to come for the request of this sequence number.
 */
export function readAnswers(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
  sequence: number,
  take: (answer: Answer) => void,
): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  for (let at = 0; length - at >= HEADER_BYTES;) {
    const size = view.getUint32(at, true);
    if (size < HEADER_BYTES || size > length - at) return false;
    // What is not an answer to this request says only that something has changed.
    if (view.getUint32(at + 8, true) === sequence) {
      const type = view.getUint16(at + 4, true);
      if (type === NLMSG_DONE || type === NLMSG_ERROR) return false;
      for (const answer of readAnswer(view, type, at + HEADER_BYTES, at + size)) take(answer);
    }
    at += align(size);
  }
  return true;
}

function readAnswer(view: DataView, type: number, start: number, end: number): Answer[] {
  switch (type) {
    case RTM_NEWLINK:
      return end - start < LINK_BYTES ? [] : readLink(view, start, end);
    case RTM_NEWADDR:
      return end - start < ADDRESS_BYTES ? [] : readAddress(view, start, end);
    case RTM_NEWROUTE:
      return end - start < ROUTE_BYTES ? [] : readRoute(view, start, end);
    case RTM_NEWNEIGH:
      return end - start < NEIGHBOUR_BYTES ? [] : readNeighbour(view, start, end);
  }
  return [];
}

function readLink(view: DataView, start: number, end: number): Link[] {
  const attributes = readAttributes(view, start + LINK_BYTES, end);
  const name = attributes.get(IFLA_IFNAME);
  if (name === undefined) return [];
  const flags = view.getUint32(start + 8, true);
  const up = (flags & IFF_UP) !== 0;
  return [{
    kind: "link",
    index: view.getInt32(start + 4, true),
    name: new TextDecoder().decode(name).replace(/\0.*$/s, ""),
    hardwareType: view.getUint16(start + 2, true),
    mac: macText(attributes.get(IFLA_ADDRESS)),
    mtu: number32(attributes.get(IFLA_MTU)) ?? 0,
    up,
    running: up && (flags & IFF_RUNNING) !== 0,
  }];
}

function readAddress(view: DataView, start: number, end: number): InterfaceAddress[] {
  const attributes = readAttributes(view, start + ADDRESS_BYTES, end);
  // On point-to-point links the address is the other side's, and the local one is ours.
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  const ip = ipText(bytes);
  if (bytes === undefined || ip === undefined) return [];
  const prefixLength = Math.min(view.getUint8(start + 1), bytes.length * 8);
  const network = `${ipText(masked(bytes, prefixLength))}/${prefixLength}`;
  return [{ kind: "address", index: view.getInt32(start + 4, true), ip, prefixLength, network }];
}

function readRoute(view: DataView, start: number, end: number): DefaultRoute[] {
  const destinationBits = view.getUint8(start + 1);
  if (destinationBits !== 0 || view.getUint8(start + 4) !== RT_TABLE_MAIN || view.getUint8(start + 7) !== RTN_UNICAST) {
    return [];
  }
  const attributes = readAttributes(view, start + ROUTE_BYTES, end);
  const metric = number32(attributes.get(RTA_PRIORITY)) ?? 0;
  const hop = (index: number | undefined, gateway: Uint8Array | undefined): DefaultRoute[] => {
    const ip = ipText(gateway);
    return ip === undefined || index === undefined ? [] : [{ kind: "route", index, gateway: ip, metric }];
  };
  const several = attributes.get(RTA_MULTIPATH);
  if (several === undefined) return hop(number32(attributes.get(RTA_OIF)), attributes.get(RTA_GATEWAY));
  const hops = new DataView(several.buffer, several.byteOffset, several.byteLength);
  const routes: DefaultRoute[] = [];
  for (let at = 0; hops.byteLength - at >= NEXT_HOP_BYTES;) {
    const size = hops.getUint16(at, true);
    if (size < NEXT_HOP_BYTES || size > hops.byteLength - at) break;
    const gateway = readAttributes(hops, at + NEXT_HOP_BYTES, at + size).get(RTA_GATEWAY);
    routes.push(...hop(hops.getInt32(at + 4, true), gateway));
    at += align(size);
  }
  return routes;
}

function readNeighbour(view: DataView, start: number, end: number): Neighbour[] {
  const attributes = readAttributes(view, start + NEIGHBOUR_BYTES, end);
  const ip = ipText(attributes.get(NDA_DST));
  const mac = macText(attributes.get(NDA_LLADDR));
  if (ip === undefined || mac === undefined) return [];
  return [{ kind: "neighbour", index: view.getInt32(start + 4, true), ip, mac }];
}

function readAttributes(view: DataView, start: number, end: number): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  for (let at = start; end - at >= ATTRIBUTE_HEADER_BYTES;) {
    const size = view.getUint16(at, true);
    if (size < ATTRIBUTE_HEADER_BYTES || size > end - at) break;
    // The upper two bits are flags.
    const type = view.getUint16(at + 2, true) & 0x3fff;
    attributes.set(
      type,
      new Uint8Array(view.buffer, view.byteOffset + at + ATTRIBUTE_HEADER_BYTES, size - ATTRIBUTE_HEADER_BYTES),
    );
    at += align(size);
  }
  return attributes;
}

/** Messages and attributes begin at multiples of four bytes. */
function align(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function number32(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined || bytes.length < 4) return undefined;
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

function macText(bytes: Uint8Array | undefined): string | undefined {
  if (bytes?.length !== ETHERNET_ADDRESS_BYTES || bytes.every((byte) => byte === 0)) return undefined;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function ipText(bytes: Uint8Array | undefined): string | undefined {
  if (bytes?.length === 4) return formatIPv4(wordAt(bytes, 0));
  if (bytes?.length === 16) return formatIPv6([0, 4, 8, 12].map((at) => wordAt(bytes, at)));
  return undefined;
}

/** The address with all but its first bits zero. */
function masked(bytes: Uint8Array, bits: number): Uint8Array {
  return Uint8Array.from(bytes, (byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
