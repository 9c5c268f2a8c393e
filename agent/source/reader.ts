// What every capture reader is: bytes of a file in, as they come; packets out; and at the end one word on how it ended.

/**
 * Takes one packet: `bytes[offset .. offset + capturedLength)` of a frame that was `originalLength` bytes long, seen at
 * `ts` (Unix seconds) on a link of type `linkType` (https://www.tcpdump.org/linktypes.html). Only valid during the call.
 */
export type PacketHandler = (
  bytes: Uint8Array,
  offset: number,
  capturedLength: number,
  originalLength: number,
  ts: number,
  linkType: number,
) => void;

/** Longest packet that is taken for one, bytes: libpcap's MAXIMUM_SNAPLEN. A longer one means a damaged file. */
export const MAXIMUM_PACKET_BYTES = 262_144;

/**
 * What the caller's buffer must be able to hold, bytes: the longest packet with its header and, in pcapng, its
 * comments. A record that needs more is damage.
 */
export const MINIMUM_BUFFER_BYTES = 2 * MAXIMUM_PACKET_BYTES;

const MICROSECONDS_PER_SECOND = 1e6;

/**
 * So many units as a fraction of a second, finer ones than microseconds cut off: a double of Unix seconds holds a quarter
 * of a microsecond at best, so that rounding would make durations differ from those of tools that count in whole ones.
 */
export function fractionOfSecond(units: number, unitsPerSecond: number): number {
  if (unitsPerSecond <= MICROSECONDS_PER_SECOND) return units / unitsPerSecond;
  return Math.floor(units * MICROSECONDS_PER_SECOND / unitsPerSecond) / MICROSECONDS_PER_SECOND;
}

export interface CaptureReader {
  /**
   * Reads on in `bytes[start .. end)` and returns how many bytes are done with. The rest is the beginning of a record:
   * the caller moves it to the front, appends more of the file and calls again. After the end everything is done with.
   */
  read(bytes: Uint8Array, start: number, end: number): number;
  /** Says that the file is over, with so many bytes not done with, and how it ended. */
  finish(leftOverBytes: number): CaptureEnd;
  /** Set once there is no sense in reading on. */
  readonly end: CaptureEnd | undefined;
}

export interface CaptureEnd {
  /**
   * `complete`: to the last byte. `truncated`: the file stops inside a record. `damaged`: a record contradicts itself
   * or the format. `unreadable`: no capture at all.
   */
  readonly kind: "complete" | "truncated" | "damaged" | "unreadable";
  /** Byte of the file: its length when truncated, the start of the bad record when damaged. */
  readonly offset: number;
  /** Packets handed on. */
  readonly packets: number;
  /** What is wrong, as the middle of a sentence; empty when complete. */
  readonly reason: string;
}

/** One sentence on how the file called `name` ended, without a full stop; undefined when there is nothing to say. */
export function describeCaptureEnd(name: string, end: CaptureEnd): string | undefined {
  const at = `byte ${end.offset.toLocaleString("en-GB")}`;
  const before = end.packets > 0 ? "the packets before it were analysed" : "there is no packet before it";
  switch (end.kind) {
    case "complete":
      return undefined;
    case "truncated":
      return `${name} is cut off ${end.reason} at ${at}: ${before}`;
    case "damaged":
      return `${name} is damaged at ${at}: ${end.reason}; ${before}`;
    case "unreadable":
      return `${name} is not a packet capture: ${end.reason}`;
  }
}

/** "inside packet 1,178": where a file was cut, when `packets` were whole. */
export function insidePacket(packets: number): string {
  return `inside packet ${(packets + 1).toLocaleString("en-GB")}`;
}
