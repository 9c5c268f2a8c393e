// Writes pcap files (draft-ietf-opsawg-pcap): micro- or nanoseconds, either byte order, any link type.

import { concat } from "../bytes.ts";
import { LINK_TYPE } from "../layer/cooked.ts";
import type { Packet } from "../packet.ts";

/** How a pcap file is written. */
export interface PcapOptions {
  /** Default: Ethernet. */
  linkType?: number;
  /** Timestamps in nanoseconds rather than microseconds. */
  nanoseconds?: boolean;
  bigEndian?: boolean;
  /** Bytes kept of each packet; default 262,144, the default of tcpdump. */
  snapLength?: number;
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4, MAGIC_NANOSECONDS = 0xa1b23c4d;
const DEFAULT_SNAP_LENGTH = 262_144;

/** A whole pcap file in memory. */
export function pcap(packets: Iterable<Packet>, options: PcapOptions = {}): Uint8Array {
  return concat(...pcapChunks(packets, options));
}

/** The same file in pieces: its header, then for every packet a record header and the bytes. */
export function* pcapChunks(packets: Iterable<Packet>, options: PcapOptions = {}): Generator<Uint8Array> {
  const little = !options.bigEndian;
  const snapLength = options.snapLength ?? DEFAULT_SNAP_LENGTH;
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, options.nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, 4, little);
  view.setUint32(16, snapLength, little);
  view.setUint32(20, options.linkType ?? LINK_TYPE.ETHERNET, little);
  yield header;
  for (const packet of packets) {
    const kept = Math.min(packet.data.length, snapLength);
    const record = new Uint8Array(16);
    const fields = new DataView(record.buffer);
    fields.setUint32(0, packet.seconds, little);
    fields.setUint32(4, options.nanoseconds ? packet.nanoseconds : Math.floor(packet.nanoseconds / 1000), little);
    fields.setUint32(8, kept, little);
    fields.setUint32(12, packet.length, little);
    yield record;
    yield kept === packet.data.length ? packet.data : packet.data.subarray(0, kept);
  }
}
