// The classic capture file of libpcap (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html): microseconds or
// nanoseconds, either byte order, and the variant with longer packet headers that patched libpcaps wrote around 1999.

import {
  type CaptureEnd,
  type CaptureReader,
  fractionOfSecond,
  insidePacket,
  MAXIMUM_PACKET_BYTES,
  type PacketHandler,
} from "./reader.ts";

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** Alexey Kuznetzov's patch: 8 more bytes for each packet (interface, protocol, packet type). */
const MAGIC_MODIFIED = 0xa1b2cd34;

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const MODIFIED_PACKET_HEADER_BYTES = 24;
/** The only major version ever written. */
const VERSION = 2;
/** The upper bits of the link type field say whether frames end with a check sequence. */
const LINK_TYPE_MASK = 0x03ffffff;

interface Form {
  readonly littleEndian: boolean;
  readonly unitsPerSecond: number;
  readonly packetHeaderBytes: number;
}

/** The form of pcap file that the first 4 bytes (read as a big-endian number) announce, if any. */
export function pcapForm(magic: number): Form | undefined {
  const swapped = ((magic << 24) | ((magic & 0xff00) << 8) | ((magic >>> 8) & 0xff00) | (magic >>> 24)) >>> 0;
  for (const littleEndian of [false, true]) {
    switch (littleEndian ? swapped : magic) {
      case MAGIC_MICROSECONDS:
        return { littleEndian, unitsPerSecond: 1e6, packetHeaderBytes: PACKET_HEADER_BYTES };
      case MAGIC_NANOSECONDS:
        return { littleEndian, unitsPerSecond: 1e9, packetHeaderBytes: PACKET_HEADER_BYTES };
      case MAGIC_MODIFIED:
        return { littleEndian, unitsPerSecond: 1e6, packetHeaderBytes: MODIFIED_PACKET_HEADER_BYTES };
    }
  }
  return undefined;
}

/** Reads a pcap file of a known form from its first byte. */
export function createPcapReader(form: Form, onPacket: PacketHandler): CaptureReader {
  const { littleEndian, unitsPerSecond, packetHeaderBytes } = form;
  let linkType = -1;
  let consumed = 0;
  let packets = 0;
  let ended: CaptureEnd | undefined;

  function readFileHeader(view: DataView, at: number): void {
    const version = view.getUint16(at + 4, littleEndian);
    if (version !== VERSION) {
      ended = { kind: "damaged", offset: 4, packets, reason: `version ${version} of the pcap format does not exist` };
    }
    linkType = view.getUint32(at + 20, littleEndian) & LINK_TYPE_MASK;
  }

  function read(bytes: Uint8Array, start: number, end: number): number {
    if (ended !== undefined) return end - start;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = start;
    if (linkType < 0) {
      if (end - at < FILE_HEADER_BYTES) return 0;
      readFileHeader(view, at);
      at += FILE_HEADER_BYTES;
    }
    while (ended === undefined && end - at >= packetHeaderBytes) {
      const capturedLength = view.getUint32(at + 8, littleEndian);
      if (capturedLength > MAXIMUM_PACKET_BYTES) {
        const reason = `a packet of ${capturedLength.toLocaleString("en-GB")} bytes cannot be`;
        ended = { kind: "damaged", offset: consumed + at - start, packets, reason };
        break;
      }
      const frame = at + packetHeaderBytes;
      if (end - frame < capturedLength) break;
      const ts = view.getUint32(at, littleEndian) +
        fractionOfSecond(view.getUint32(at + 4, littleEndian), unitsPerSecond);
      onPacket(bytes, frame, capturedLength, view.getUint32(at + 12, littleEndian), ts, linkType);
      packets++;
      at = frame + capturedLength;
    }
    if (ended !== undefined) at = end;
    consumed += at - start;
    return at - start;
  }

  function finish(leftOverBytes: number): CaptureEnd {
    if (ended !== undefined) return ended;
    const offset = consumed + leftOverBytes;
    if (linkType >= 0 && leftOverBytes === 0) return { kind: "complete", offset, packets, reason: "" };
    const reason = linkType < 0 ? "inside the file header" : insidePacket(packets);
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
