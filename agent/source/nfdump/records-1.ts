// The records in the data blocks of layout 1 (nfdump 1.6): flows with a fixed beginning and extensions, whose order an
// extension map tells that comes before them (described in nfdump's nffile.h).

import type { NfFlow, NfNumbers } from "./flow.ts";

/** Record types. */
const OLD_FLOW = 1;
const EXTENSION_MAP = 2;
const FLOW = 10;

/** Bytes before the addresses; the newer kind has the exporter's number after the ports. */
const OLD_FLOW_START = 28;
const FLOW_START = 32;

/** Flags of a flow. */
const IPV6 = 1;
const PACKETS_64 = 2;
const BYTES_64 = 4;
const EVENT = 64;

/** Sizes of the extensions, bytes, by their number. Behind an unknown one, nothing can be found. */
const EXTENSION_BYTES: readonly (number | undefined)[] = [
  ...[undefined, undefined, undefined, undefined],
  ...[4, 8, 4, 8, 4, 4, 16, 4, 16, 4, 4, 8, 4, 8, 4, 8, 16, 16, 40, 4, 16, 4, 8, 8],
];
const VLAN = 13;
const OUT_PACKETS_32 = 14;
const OUT_PACKETS_64 = 15;
const OUT_BYTES_32 = 16;
const OUT_BYTES_64 = 17;
const MAC_IN_SRC_OUT_DST = 20;

/** Maps that are kept, and extensions of one map. Own choice: files have a handful. */
const MAXIMUM_MAPS = 1024;
const MAXIMUM_EXTENSIONS = 64;

/** Extensions by the number of their map. */
export type ExtensionMaps = Map<number, readonly number[]>;

/**
 * Reads the record `at..at + size` of a block. Gives the flow, or "event" for a firewall's event, undefined for a record
 * that is no flow, or "damaged".
 */
export function recordOfLayout1(
  numbers: NfNumbers,
  at: number,
  size: number,
  maps: ExtensionMaps,
): NfFlow | "event" | "damaged" | undefined {
  const type = numbers.u16(at);
  if (type === EXTENSION_MAP) readMap(numbers, at, size, maps);
  if (type !== OLD_FLOW && type !== FLOW) return undefined;
  const end = at + size;
  let next = at + (type === FLOW ? FLOW_START : OLD_FLOW_START);
  if (next > end) return "damaged";
  const flags = type === FLOW ? numbers.u16(at + 4) : numbers.u8(at + 4);
  if ((flags & EVENT) !== 0) return "event";
  const addressBytes = (flags & IPV6) === 0 ? 4 : 16;
  const packetBytes = (flags & PACKETS_64) === 0 ? 4 : 8;
  const byteBytes = (flags & BYTES_64) === 0 ? 4 : 8;
  if (next + 2 * addressBytes + packetBytes + byteBytes > end) return "damaged";
  const address = addressBytes === 4 ? numbers.ipv4 : numbers.ipv6;
  const count = (bytes: number, place: number) => bytes === 4 ? numbers.u32(place) : numbers.u64(place);
  const flow: NfFlow = {
    first: (numbers.u32(at + 12) * 1000 + numbers.u16(at + 8)) / 1000,
    last: (numbers.u32(at + 16) * 1000 + numbers.u16(at + 10)) / 1000,
    flags: numbers.u8(at + 21),
    protocol: numbers.u8(at + 22),
    srcPort: numbers.u16(at + 24),
    dstPort: numbers.u16(at + 26),
    src: address(next),
    dst: address(next + addressBytes),
    packets: count(packetBytes, next += 2 * addressBytes),
    bytes: count(byteBytes, next += packetBytes),
    outPackets: 0,
    outBytes: 0,
    srcMac: undefined,
    dstMac: undefined,
    vlan: undefined,
  };
  next += byteBytes;
  for (const extension of maps.get(numbers.u16(at + 6)) ?? []) {
    const bytes = EXTENSION_BYTES[extension];
    if (bytes === undefined || next + bytes > end) break;
    extend(flow, extension, numbers, next);
    next += bytes;
  }
  return flow;
}

function extend(flow: NfFlow, extension: number, numbers: NfNumbers, at: number): void {
  switch (extension) {
    case VLAN:
      flow.vlan = numbers.u16(at) || undefined;
      break;
    case OUT_PACKETS_32:
      flow.outPackets = numbers.u32(at);
      break;
    case OUT_PACKETS_64:
      flow.outPackets = numbers.u64(at);
      break;
    case OUT_BYTES_32:
      flow.outBytes = numbers.u32(at);
      break;
    case OUT_BYTES_64:
      flow.outBytes = numbers.u64(at);
      break;
    case MAC_IN_SRC_OUT_DST:
      flow.srcMac = numbers.mac(at);
      flow.dstMac = numbers.mac(at + 8);
      break;
  }
}

function readMap(numbers: NfNumbers, at: number, size: number, maps: ExtensionMaps): void {
  if (size < 8) return;
  const extensions: number[] = [];
  for (let next = at + 8; next + 2 <= at + size && extensions.length < MAXIMUM_EXTENSIONS; next += 2) {
    const extension = numbers.u16(next);
    if (extension === 0) break;
    extensions.push(extension);
  }
  const id = numbers.u16(at + 4);
  if (maps.has(id) || maps.size < MAXIMUM_MAPS) maps.set(id, extensions);
}
