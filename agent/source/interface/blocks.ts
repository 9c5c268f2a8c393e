// Finds the packets in blocks that came out of a TPACKET_V3 ring. Runs where packets are dissected, without any
// permission, and believes no number in the block: whatever the bytes are, nothing outside of the block is read.

import { fractionOfSecond, MAXIMUM_PACKET_BYTES, type PacketHandler } from "../reader.ts";
import * as form from "./block-form.ts";

/** Bytes of a VLAN tag (IEEE 802.1Q) and where it stands in an Ethernet frame: behind the two addresses. */
const VLAN_TAG_BYTES = 4;
const VLAN_TAG_AT = 12;
const ETHERTYPE_VLAN = 0x8100;

/** Bytes of the header of LINKTYPE_LINUX_SLL (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html). */
const COOKED_HEADER_BYTES = 16;
/** What of a link address fits into it. */
const COOKED_ADDRESS_BYTES = 8;

/** Nanoseconds in a second. */
const NANOSECONDS = 1e9;

/** What all packets of one ring have in common. */
export interface BlockSource {
  /** Link type of the packets (https://www.tcpdump.org/linktypes.html). */
  readonly linkType: number;
  /** The packets come without their link header; what the kernel said of it is put before them as LINKTYPE_LINUX_SLL. */
  readonly cooked: boolean;
}

export interface WalkedBlocks {
  packets: number;
  /** Blocks that contradict themselves; what stood before the contradiction was handed on. */
  damaged: number;
}

/**
 * Hands on the packets of all blocks in `buffer[0 .. length)`, in order. Puts VLAN tags and link headers back before the
 * packets, so it writes into the buffer.
 */
export function walkBlocks(
  buffer: ArrayBuffer,
  length: number,
  source: BlockSource,
  onPacket: PacketHandler,
): WalkedBlocks {
  const walked: WalkedBlocks = { packets: 0, damaged: 0 };
  const end = Math.min(length, buffer.byteLength);
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  let at = 0;
  while (end - at >= form.BLOCK_HEADER_BYTES) {
    const blockLength = view.getUint32(at + form.BLOCK_LENGTH, true);
    if (blockLength < form.BLOCK_HEADER_BYTES || blockLength > end - at) {
      // Where the next block begins is not known either.
      walked.damaged++;
      return walked;
    }
    if (!walkBlock(bytes, view, at, at + blockLength, source, onPacket, walked)) walked.damaged++;
    at += form.alignBlock(blockLength);
  }
  if (at < end) walked.damaged++;
  return walked;
}

/** Hands on the packets of the block `bytes[start .. end)`; false when it contradicts itself. */
function walkBlock(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  source: BlockSource,
  onPacket: PacketHandler,
  walked: WalkedBlocks,
): boolean {
  let left = view.getUint32(start + form.BLOCK_PACKETS, true);
  let at = start + view.getUint32(start + form.BLOCK_FIRST_PACKET, true);
  // An empty block says nothing about a first packet.
  if (left > 0 && at < start + form.BLOCK_HEADER_BYTES) return false;
  for (; left > 0; left--) {
    if (end - at < form.PACKET_HEADER_BYTES) return false;
    const captured = view.getUint32(at + form.PACKET_CAPTURED, true);
    const first = at +
      (source.cooked ? view.getUint16(at + form.PACKET_NET, true) : view.getUint16(at + form.PACKET_MAC, true));
    if (captured > MAXIMUM_PACKET_BYTES || first - at < form.PACKET_HEADER_BYTES || end - first < captured) {
      return false;
    }
    const ts = view.getUint32(at + form.PACKET_SECONDS, true) +
      fractionOfSecond(view.getUint32(at + form.PACKET_NANOSECONDS, true), NANOSECONDS);
    // The kernel cannot have seen less of a packet than it captured.
    const onWire = Math.max(view.getUint32(at + form.PACKET_ON_WIRE, true), captured);
    const added = source.cooked ? addLinkHeader(bytes, view, at, first) : addVlanTag(bytes, view, at, first, captured);
    onPacket(bytes, first - added, captured + added, onWire + added, ts, source.linkType);
    walked.packets++;
    const next = view.getUint32(at + form.PACKET_NEXT, true);
    // A step back or none would go round in circles.
    if (left > 1 && next < form.PACKET_HEADER_BYTES) return false;
    at += next;
  }
  return true;
}

/** Puts back the outer VLAN tag that the card or the kernel took out; the bytes that the frame grew by at its front. */
function addVlanTag(bytes: Uint8Array, view: DataView, at: number, first: number, captured: number): number {
  const status = view.getUint32(at + form.PACKET_STATUS, true);
  if ((status & form.TP_STATUS_VLAN_VALID) === 0 || captured < VLAN_TAG_AT) return 0;
  if (first - VLAN_TAG_BYTES < at + form.PACKET_HEADER_BYTES) return 0;
  const tag = view.getUint32(at + form.PACKET_VLAN_TAG, true);
  const type = (status & form.TP_STATUS_VLAN_TPID_VALID) === 0
    ? ETHERTYPE_VLAN
    : view.getUint16(at + form.PACKET_VLAN_TYPE, true);
  bytes.copyWithin(first - VLAN_TAG_BYTES, first, first + VLAN_TAG_AT);
  view.setUint16(first - VLAN_TAG_BYTES + VLAN_TAG_AT, type);
  view.setUint16(first - VLAN_TAG_BYTES + VLAN_TAG_AT + 2, tag & 0xffff);
  return VLAN_TAG_BYTES;
}

/** Puts a header of LINKTYPE_LINUX_SLL before the packet; the bytes that it takes. */
function addLinkHeader(bytes: Uint8Array, view: DataView, at: number, first: number): number {
  const header = first - COOKED_HEADER_BYTES;
  if (header < at + form.ADDRESS_END) return 0;
  view.setUint16(header, view.getUint8(at + form.ADDRESS_PACKET_TYPE));
  view.setUint16(header + 2, view.getUint16(at + form.ADDRESS_HARDWARE, true));
  view.setUint16(header + 4, view.getUint8(at + form.ADDRESS_LENGTH));
  bytes.copyWithin(header + 6, at + form.ADDRESS_BYTES, at + form.ADDRESS_BYTES + COOKED_ADDRESS_BYTES);
  // In network byte order on both sides.
  bytes.copyWithin(header + 14, at + form.ADDRESS_PROTOCOL, at + form.ADDRESS_PROTOCOL + 2);
  return COOKED_HEADER_BYTES;
}
