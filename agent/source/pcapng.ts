// The "next generation" capture file (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html): blocks in
// sections, each section with its own byte order and interfaces, each interface with its own link type and clock.

import {
  type CaptureEnd,
  type CaptureReader,
  fractionOfSecond,
  insidePacket,
  MAXIMUM_PACKET_BYTES,
  type PacketHandler,
} from "./reader.ts";
import { MINIMUM_BUFFER_BYTES } from "./reader.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
/** Obsolete, but still in old files. */
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const VERSION = 1;
/** Type and length in front, the length again at the end, bytes. */
const SMALLEST_BLOCK_BYTES = 12;
/** Type, length, interface, time, captured and original length, bytes; the same in both packet blocks. */
const PACKET_HEADER_BYTES = 28;
const SIMPLE_PACKET_HEADER_BYTES = 12;
const SECTION_HEADER_BYTES = 28;
const INTERFACE_DESCRIPTION_BYTES = 20;
/** Interfaces remembered in one section; more mean a damaged file. */
const MAXIMUM_INTERFACES = 65_536;

const OPTION_END = 0;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;

const TWO_TO_32 = 4_294_967_296;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly unitsPerSecond: number;
  readonly offsetSeconds: number;
}

/** The number in the first 4 bytes of every pcapng file; the same in both byte orders. */
export const PCAPNG_MAGIC = SECTION_HEADER;

/** Reads a pcapng file from its first byte. */
export function createPcapngReader(onPacket: PacketHandler): CaptureReader {
  let littleEndian = true;
  let interfaces: Interface[] = [];
  let inSection = false;
  /** Of a block that nobody needs: what is still to be passed over, and the length that must stand at its end. */
  let toSkip = 0;
  let skippedLength = 0;
  let lastTs = 0;
  let consumed = 0;
  let packets = 0;
  let ended: CaptureEnd | undefined;

  function damaged(offset: number, reason: string): void {
    ended = { kind: "damaged", offset, packets, reason };
  }

  /** Finds the byte order of a section; false when these bytes begin none. */
  function startSection(view: DataView, at: number): boolean {
    if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) littleEndian = true;
    else if (view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC) littleEndian = false;
    else return false;
    inSection = true;
    interfaces = [];
    return true;
  }

  function readPacket(bytes: Uint8Array, view: DataView, at: number, length: number, number: number): string {
    const from = interfaces[number];
    if (from === undefined) return `a packet of interface ${number}, which is not described`;
    const capturedLength = view.getUint32(at + 20, littleEndian);
    if (capturedLength > MAXIMUM_PACKET_BYTES || capturedLength > length - PACKET_HEADER_BYTES - 4) {
      return `a packet of ${capturedLength.toLocaleString("en-GB")} bytes in a block of ${
        length.toLocaleString("en-GB")
      }`;
    }
    const high = view.getUint32(at + 12, littleEndian);
    const low = view.getUint32(at + 16, littleEndian);
    lastTs = toSeconds(high, low, from.unitsPerSecond) + from.offsetSeconds;
    const originalLength = view.getUint32(at + 24, littleEndian);
    onPacket(bytes, at + PACKET_HEADER_BYTES, capturedLength, originalLength, lastTs, from.linkType);
    packets++;
    return "";
  }

  function readSimplePacket(bytes: Uint8Array, view: DataView, at: number, length: number): string {
    const from = interfaces[0];
    if (from === undefined) return "a packet of interface 0, which is not described";
    const originalLength = view.getUint32(at + 8, littleEndian);
    let capturedLength = length - SIMPLE_PACKET_HEADER_BYTES - 4;
    if (originalLength < capturedLength) capturedLength = originalLength;
    if (from.snapLength > 0 && from.snapLength < capturedLength) capturedLength = from.snapLength;
    if (capturedLength > MAXIMUM_PACKET_BYTES) return `a packet of ${capturedLength.toLocaleString("en-GB")} bytes`;
    // These have no time of their own: that of the packet before keeps the order.
    onPacket(bytes, at + SIMPLE_PACKET_HEADER_BYTES, capturedLength, originalLength, lastTs, from.linkType);
    packets++;
    return "";
  }

  /** Reads a whole block that is needed; returns what is wrong with it, or "". */
  function readBlock(bytes: Uint8Array, view: DataView, at: number, type: number, length: number): string {
    if (length < smallestBlock(type)) return `a block of type ${type} with only ${length} bytes`;
    switch (type) {
      case ENHANCED_PACKET:
        return readPacket(bytes, view, at, length, view.getUint32(at + 8, littleEndian));
      case PACKET:
        return readPacket(bytes, view, at, length, view.getUint16(at + 8, littleEndian));
      case SIMPLE_PACKET:
        return readSimplePacket(bytes, view, at, length);
      case INTERFACE_DESCRIPTION:
        if (interfaces.length === MAXIMUM_INTERFACES) return `more than ${MAXIMUM_INTERFACES} interfaces`;
        interfaces.push(readInterface(view, at, length, littleEndian));
        return "";
    }
    const version = view.getUint16(at + 12, littleEndian);
    return version === VERSION ? "" : `version ${version} of the pcapng format is not known`;
  }

  /** Reads blocks from `start`; returns where it stopped, which is `start + consumed` for whole blocks. */
  function readBlocks(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    let at = start;
    while (end - at >= SMALLEST_BLOCK_BYTES || (toSkip > 0 && end > at)) {
      const offset = consumed + at - start;
      if (toSkip > 4) {
        const step = Math.min(toSkip - 4, end - at);
        toSkip -= step;
        at += step;
        continue;
      }
      if (toSkip === 4) {
        if (end - at < 4) return at;
        if (view.getUint32(at, littleEndian) !== skippedLength) {
          damaged(offset, "the length at the end of a block is not the one at its start");
          return at;
        }
        toSkip = 0;
        at += 4;
        continue;
      }
      const type = view.getUint32(at, littleEndian);
      if (type === SECTION_HEADER) {
        if (!startSection(view, at)) {
          damaged(offset, "a section of unknown byte order");
          return at;
        }
      } else if (!inSection) {
        damaged(offset, "no section begins here");
        return at;
      }
      const length = view.getUint32(at + 4, littleEndian);
      if (length < SMALLEST_BLOCK_BYTES || length % 4 !== 0) {
        damaged(offset, `a block cannot be ${length.toLocaleString("en-GB")} bytes long`);
        return at;
      }
      if (smallestBlock(type) === 0) {
        toSkip = length - 8;
        skippedLength = length;
        at += 8;
        continue;
      }
      if (length > MINIMUM_BUFFER_BYTES) {
        damaged(offset, `a block of ${length.toLocaleString("en-GB")} bytes is too long`);
        return at;
      }
      if (end - at < length) return at;
      if (view.getUint32(at + length - 4, littleEndian) !== length) {
        damaged(offset, "the length at the end of a block is not the one at its start");
        return at;
      }
      const wrong = readBlock(bytes, view, at, type, length);
      if (wrong !== "") {
        damaged(offset, wrong);
        return at;
      }
      at += length;
    }
    return at;
  }

  function read(bytes: Uint8Array, start: number, end: number): number {
    if (ended !== undefined) return end - start;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at = readBlocks(bytes, view, start, end);
    if (ended !== undefined) return end - start;
    consumed += at - start;
    return at - start;
  }

  function finish(leftOverBytes: number): CaptureEnd {
    if (ended !== undefined) return ended;
    const offset = consumed + leftOverBytes;
    if (inSection && leftOverBytes === 0 && toSkip === 0) return { kind: "complete", offset, packets, reason: "" };
    const reason = !inSection
      ? "inside the file header"
      : toSkip > 0
      ? packets === 0
        ? "inside a block before the first packet"
        : `inside a block after packet ${packets.toLocaleString("en-GB")}`
      : insidePacket(packets);
    return { kind: "truncated", offset, packets, reason };
  }

  return {
    read,
    finish,
    get end() {
      return ended;
    },
  };
}

/** Length of a block of this type without options and packet bytes; 0 for one that is passed over unread. */
function smallestBlock(type: number): number {
  switch (type) {
    case ENHANCED_PACKET:
    case PACKET:
      return PACKET_HEADER_BYTES + 4;
    case SIMPLE_PACKET:
      return SIMPLE_PACKET_HEADER_BYTES + 4;
    case INTERFACE_DESCRIPTION:
      return INTERFACE_DESCRIPTION_BYTES;
    case SECTION_HEADER:
      return SECTION_HEADER_BYTES;
  }
  return 0;
}

function readInterface(view: DataView, at: number, length: number, littleEndian: boolean): Interface {
  let unitsPerSecond = 1e6;
  let offsetSeconds = 0;
  const end = at + length - 4;
  for (let option = at + 16; end - option >= 4;) {
    const code = view.getUint16(option, littleEndian);
    const size = view.getUint16(option + 2, littleEndian);
    const value = option + 4;
    if (code === OPTION_END || value + size > end) break;
    if (code === OPTION_TIME_RESOLUTION && size === 1) {
      const resolution = view.getUint8(value);
      // The top bit chooses between negative powers of 2 and of 10.
      unitsPerSecond = resolution >= 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
    } else if (code === OPTION_TIME_OFFSET && size === 8) {
      const first = view.getInt32(littleEndian ? value + 4 : value, littleEndian);
      const second = view.getUint32(littleEndian ? value : value + 4, littleEndian);
      offsetSeconds = first * TWO_TO_32 + second;
    }
    option = value + ((size + 3) & ~3);
  }
  return {
    linkType: view.getUint16(at + 8, littleEndian),
    snapLength: view.getUint32(at + 12, littleEndian),
    unitsPerSecond,
    offsetSeconds,
  };
}

/** A 64-bit count of units as seconds, rounded as whole seconds and their fraction are: the same double as from pcap. */
function toSeconds(high: number, low: number, unitsPerSecond: number): number {
  const upper = high * TWO_TO_32;
  const seconds = Math.floor(upper / unitsPerSecond);
  const units = upper - seconds * unitsPerSecond + low;
  const more = Math.floor(units / unitsPerSecond);
  return seconds + more + fractionOfSecond(units - more * unitsPerSecond, unitsPerSecond);
}
