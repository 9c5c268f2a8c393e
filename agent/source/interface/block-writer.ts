// Writes packets as a block of the form that the kernel's ring makes, for packets that come from elsewhere: behind this
// all sources of live packets look the same.

import * as form from "./block-form.ts";

export interface BlockWriter {
  /** Adds a packet; false when the block has no room for it. `ts` is split so that no digit of it is lost. */
  add(seconds: number, nanoseconds: number, packet: Uint8Array, onWire: number): boolean;
  /** Bytes of the block so far; 0 without a packet. */
  length(): number;
}

/** A writer of one block at `bytes[at ..)`; `at` is a multiple of the blocks' alignment. */
export function createBlockWriter(bytes: Uint8Array<ArrayBuffer>, at: number): BlockWriter {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  let packets = 0;
  let last = 0;
  let used = form.BLOCK_HEADER_BYTES;
  return {
    add(seconds, nanoseconds, packet, onWire) {
      const start = form.alignBlock(used);
      const end = start + form.PACKET_HEADER_BYTES + packet.length;
      if (end > view.byteLength) return false;
      if (packets === 0) new Uint8Array(view.buffer, view.byteOffset, form.BLOCK_HEADER_BYTES).fill(0);
      else view.setUint32(last + form.PACKET_NEXT, start - last, true);
      new Uint8Array(view.buffer, view.byteOffset + start, form.PACKET_HEADER_BYTES).fill(0);
      view.setUint32(start + form.PACKET_SECONDS, seconds, true);
      view.setUint32(start + form.PACKET_NANOSECONDS, nanoseconds, true);
      view.setUint32(start + form.PACKET_CAPTURED, packet.length, true);
      view.setUint32(start + form.PACKET_ON_WIRE, onWire, true);
      view.setUint16(start + form.PACKET_MAC, form.PACKET_HEADER_BYTES, true);
      view.setUint16(start + form.PACKET_NET, form.PACKET_HEADER_BYTES, true);
      bytes.set(packet, at + start + form.PACKET_HEADER_BYTES);
      last = start;
      used = end;
      view.setUint32(form.BLOCK_STATUS, form.TP_STATUS_USER, true);
      view.setUint32(form.BLOCK_PACKETS, ++packets, true);
      view.setUint32(form.BLOCK_FIRST_PACKET, form.BLOCK_HEADER_BYTES, true);
      view.setUint32(form.BLOCK_LENGTH, used, true);
      return true;
    },
    length: () => packets === 0 ? 0 : used,
  };
}
