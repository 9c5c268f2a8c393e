// Writes pcapng files (draft-ietf-opsawg-pcapng): section, interface, enhanced and simple packet blocks, either byte order.

import { concat, type Content, toBytes } from "../bytes.ts";
import { LINK_TYPE } from "../layer/cooked.ts";
import type { Packet } from "../packet.ts";

/** One interface block. */
export interface PcapngInterface {
  /** Default: Ethernet. */
  linkType?: number;
  name?: string;
  /**
   * if_tsresol as it stands in the file: 6 for microseconds, 9 for nanoseconds, 3 for milliseconds; with the top bit set
   * (0x80 + n) units of 2^-n seconds. Left out: microseconds, and the option is not written.
   */
  resolution?: number;
  /** if_tsoffset: seconds to add to every timestamp. */
  offset?: number;
  /** Bytes kept of each packet; 0, the default, means all. */
  snapLength?: number;
}

/** How a pcapng file is written. */
export interface PcapngOptions {
  bigEndian?: boolean;
  /** Default: one Ethernet interface. A packet's `interface` is an index into this. */
  interfaces?: readonly PcapngInterface[];
  /** Simple packet blocks, which have neither time nor interface. */
  simple?: boolean;
  /** Blocks put between the interfaces and the packets, made by `pcapngBlock`: name resolution, statistics, anything. */
  extraBlocks?: readonly Uint8Array[];
}

const SECTION_HEADER = 0x0a0d0d0a, INTERFACE_DESCRIPTION = 1, SIMPLE_PACKET = 3, ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_NAME = 2, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14;
const LENGTH_NOT_GIVEN = 0xffffffff;

/** A whole pcapng file in memory. */
export function pcapng(packets: Iterable<Packet>, options: PcapngOptions = {}): Uint8Array {
  return concat(...pcapngChunks(packets, options));
}

/** The same file block by block. */
export function* pcapngChunks(packets: Iterable<Packet>, options: PcapngOptions = {}): Generator<Uint8Array> {
  const little = !options.bigEndian;
  const interfaces = options.interfaces ?? [{}];
  yield pcapngBlock(SECTION_HEADER, sectionHeader(little), options);
  for (const each of interfaces) yield pcapngBlock(INTERFACE_DESCRIPTION, interfaceBody(each, little), options);
  for (const block of options.extraBlocks ?? []) yield block;
  for (const packet of packets) {
    const index = options.simple ? 0 : packet.interface ?? 0;
    const about = interfaces[index];
    if (about === undefined) throw new Error(`the file has no interface ${index}`);
    const kept = about.snapLength ? packet.data.subarray(0, about.snapLength) : packet.data;
    if (options.simple) {
      yield pcapngBlock(SIMPLE_PACKET, concat(word(packet.length, little), kept), options);
      continue;
    }
    const head = new Uint8Array(20);
    const view = new DataView(head.buffer);
    const time = ticks(packet, about);
    view.setUint32(0, index, little);
    view.setUint32(4, Number(time >> 32n), little);
    view.setUint32(8, Number(time & 0xffffffffn), little);
    view.setUint32(12, kept.length, little);
    view.setUint32(16, packet.length, little);
    yield pcapngBlock(ENHANCED_PACKET, concat(head, kept), options);
  }
}

/** A block of any type: its body is padded to 4 bytes and put between the two lengths. */
export function pcapngBlock(type: number, body: Content, options: { bigEndian?: boolean } = {}): Uint8Array {
  const bytes = toBytes(body);
  const padded = Math.ceil(bytes.length / 4) * 4;
  const block = new Uint8Array(12 + padded);
  const view = new DataView(block.buffer);
  const little = !options.bigEndian;
  view.setUint32(0, type, little);
  view.setUint32(4, block.length, little);
  block.set(bytes, 8);
  view.setUint32(8 + padded, block.length, little);
  return block;
}

function sectionHeader(little: boolean): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, little);
  view.setUint16(4, 1, little);
  view.setUint32(8, LENGTH_NOT_GIVEN, little);
  view.setUint32(12, LENGTH_NOT_GIVEN, little);
  return body;
}

function interfaceBody(about: PcapngInterface, little: boolean): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint16(0, about.linkType ?? LINK_TYPE.ETHERNET, little);
  view.setUint32(4, about.snapLength ?? 0, little);
  const written: Uint8Array[] = [];
  if (about.name !== undefined) written.push(option(OPTION_NAME, toBytes(about.name), little));
  if (about.resolution !== undefined) written.push(option(OPTION_RESOLUTION, Uint8Array.of(about.resolution), little));
  if (about.offset !== undefined) {
    const value = new DataView(new ArrayBuffer(8));
    value.setBigInt64(0, BigInt(about.offset), little);
    written.push(option(OPTION_OFFSET, new Uint8Array(value.buffer), little));
  }
  if (written.length > 0) written.push(option(0, new Uint8Array(0), little));
  return concat(head, ...written);
}

function option(code: number, value: Uint8Array, little: boolean): Uint8Array {
  const bytes = new Uint8Array(4 + Math.ceil(value.length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, little);
  view.setUint16(2, value.length, little);
  bytes.set(value, 4);
  return bytes;
}

function word(value: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
}

/** The packet's time in the interface's units, rounded down. */
function ticks(packet: Packet, about: PcapngInterface): bigint {
  const resolution = about.resolution ?? 6;
  const perSecond = resolution & 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
  const seconds = BigInt(packet.seconds - (about.offset ?? 0));
  return seconds * perSecond + BigInt(packet.nanoseconds) * perSecond / 1_000_000_000n;
}
