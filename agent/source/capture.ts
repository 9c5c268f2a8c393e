// Recognises a capture file by its first bytes and reads it, whichever format it is; says what else a file may be.

import { createPcapngReader, PCAPNG_MAGIC } from "./pcapng.ts";
import { createPcapReader, pcapForm } from "./pcap.ts";
import type { CaptureEnd, CaptureReader, PacketHandler } from "./reader.ts";

export {
  type CaptureEnd,
  type CaptureReader,
  describeCaptureEnd,
  MAXIMUM_PACKET_BYTES,
  MINIMUM_BUFFER_BYTES,
  type PacketHandler,
} from "./reader.ts";

/** Bytes that tell the format. */
const MAGIC_BYTES = 4;
/** How much of a file is looked at to tell text from other things, bytes. */
const TEXT_SAMPLE_BYTES = 512;

/** Whether a file that begins with these bytes is a pcap or pcapng file. Takes at least 4 bytes to say yes. */
export function isCapture(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < MAGIC_BYTES) return false;
  const magic = readMagic(bytes, start);
  return magic === PCAPNG_MAGIC || pcapForm(magic) !== undefined;
}

/**
 * A reader for a capture file of any format, given from its first byte on and already unpacked. Gives every packet to
 * `onPacket`, in the order of the file. Never throws on any bytes: how the file ended is said at the end.
 */
export function createCaptureReader(onPacket: PacketHandler): CaptureReader {
  let reader: CaptureReader | undefined;
  let ended: CaptureEnd | undefined;

  function read(bytes: Uint8Array, start: number, end: number): number {
    if (reader !== undefined) return reader.read(bytes, start, end);
    if (ended !== undefined) return end - start;
    if (end - start < MAGIC_BYTES) return 0;
    const magic = readMagic(bytes, start);
    const form = pcapForm(magic);
    if (form !== undefined) reader = createPcapReader(form, onPacket);
    else if (magic === PCAPNG_MAGIC) reader = createPcapngReader(onPacket);
    if (reader !== undefined) return reader.read(bytes, start, end);
    ended = { kind: "unreadable", offset: 0, packets: 0, reason: whatElseItIs(bytes, start, end) };
    return end - start;
  }

  function finish(leftOverBytes: number): CaptureEnd {
    if (reader !== undefined) return reader.finish(leftOverBytes);
    if (ended !== undefined) return ended;
    const reason = leftOverBytes === 0 ? "it is empty" : `it has only ${leftOverBytes} bytes`;
    return { kind: "unreadable", offset: 0, packets: 0, reason };
  }

  return {
    read,
    finish,
    get end() {
      return reader === undefined ? ended : reader.end;
    },
  };
}

/** The time of the first packet in the beginning of a capture, Unix seconds; undefined when there is none in it. */
export function firstPacketTime(bytes: Uint8Array): number | undefined {
  let first: number | undefined;
  createCaptureReader((_, _offset, _captured, _original, ts) => first ??= ts).read(bytes, 0, bytes.length);
  return first;
}

function readMagic(bytes: Uint8Array, start: number): number {
  return ((bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!) >>> 0;
}

/** First bytes of files that are easily taken for captures (https://www.garykessler.net/library/file_sigs.html). */
const OTHERS: readonly (readonly [prefix: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], "it is compressed with gzip"],
  [[0x28, 0xb5, 0x2f, 0xfd], "it is compressed with Zstandard: unpack it with zstd -d"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "it is compressed with xz: unpack it with xz -d"],
  [[0x42, 0x5a, 0x68], "it is compressed with bzip2: unpack it with bzip2 -d"],
  [[0x50, 0x4b, 0x03, 0x04], "it is a ZIP archive: unpack it first"],
  [[0x37, 0x7a, 0xbc, 0xaf], "it is a 7-Zip archive: unpack it first"],
  [[0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00], "it is a Solaris snoop file: convert it with editcap -F pcap"],
  [[0x47, 0x4d, 0x42, 0x55], "it is a Microsoft Network Monitor file: convert it with editcap -F pcap"],
  [[0x0c, 0xa5], "it is a file of nfdump"],
  [[0xa5, 0x0c], "it is a file of nfdump"],
  // The record with which a stream of Argus 3 begins: its kind and version, "start", and a length of 32 words.
  [
    [0x83, 0x10, 0x00, 0x20],
    "it is Argus' binary form: convert it with ra -r FILE -n -u -c , -s +dur,spkts,dpkts,sbytes,dbytes,smac,dmac",
  ],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], "it is an SQLite database"],
  [[0x7f, 0x45, 0x4c, 0x46], "it is a program"],
];

/** What a file that is no capture may be, as the middle of a sentence. */
export function whatElseItIs(bytes: Uint8Array, start: number, end: number): string {
  for (const [prefix, what] of OTHERS) {
    if (prefix.every((byte, i) => start + i < end && bytes[start + i] === byte)) return what;
  }
  const sample = bytes.subarray(start, Math.min(end, start + TEXT_SAMPLE_BYTES));
  if (sample.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x09 && byte <= 0x0d))) return "it is text";
  const first = Array.from(sample.subarray(0, MAGIC_BYTES), (byte) => byte.toString(16).padStart(2, "0"));
  return `it begins with the bytes ${first.join(" ")}`;
}
