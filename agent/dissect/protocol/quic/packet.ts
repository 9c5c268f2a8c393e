// QUIC's packet headers (RFC 9000 section 17), as far as they are in the clear.

import { type QuicVersion, quicVersion } from "./version.ts";

/** Long connection ids exist in no version that is read here (RFC 9000 section 17.2). */
const MAX_CONNECTION_ID = 20;

export type PacketType = "initial" | "zeroRtt" | "handshake" | "retry" | "unhandled";

/** A packet with a long header: places in the datagram. */
export interface LongPacket {
  readonly type: PacketType;
  readonly versionNumber: number;
  readonly version: QuicVersion | undefined;
  readonly start: number;
  readonly end: number;
  readonly destination: { readonly start: number; readonly end: number };
  readonly source: { readonly start: number; readonly end: number };
  /** Where the protected packet number begins. */
  readonly numberAt: number;
}

/** A variable-length integer (RFC 9000 section 16): its value and where it ends; undefined when it is cut off. */
export function variableInteger(
  bytes: Uint8Array,
  at: number,
  end: number,
): { value: number; end: number } | undefined {
  if (at >= end) return undefined;
  const length = 1 << (bytes[at]! >> 6);
  if (at + length > end) return undefined;
  let value = bytes[at]! & 0x3f;
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i]!;
  return { value, end: at + length };
}

/** Reads the long header at `start`; undefined when it does not fit into the datagram, which ends at `end`. */
export function parseLongPacket(bytes: Uint8Array, start: number, end: number): LongPacket | undefined {
  if (end - start < 7) return undefined;
  const versionNumber = bytes[start + 1]! * 2 ** 24 +
    (bytes[start + 2]! << 16 | bytes[start + 3]! << 8 | bytes[start + 4]!);
  const version = quicVersion(versionNumber);
  const destination = connectionId(bytes, start + 5, end);
  const source = destination && connectionId(bytes, destination.end, end);
  if (destination === undefined || source === undefined) return undefined;
  const header = { versionNumber, version, start, destination, source };
  if (version === undefined) return { ...header, type: "unhandled", end, numberAt: end };
  const type = packetType(version, bytes[start]! >> 4 & 3);
  if (destination.end - destination.start > MAX_CONNECTION_ID || source.end - source.start > MAX_CONNECTION_ID) {
    return undefined;
  }
  // A Retry packet goes to the end of its datagram.
  if (type === "retry") return { ...header, type, end, numberAt: end };
  let at = source.end;
  if (type === "initial") {
    const token = variableInteger(bytes, at, end);
    if (token === undefined || token.value > end - token.end) return undefined;
    at = token.end + token.value;
  }
  const length = variableInteger(bytes, at, end);
  if (length === undefined || length.value > end - length.end) return undefined;
  return { ...header, type, end: length.end + length.value, numberAt: length.end };
}

function packetType(version: QuicVersion, bits: number): PacketType {
  const { types } = version;
  return bits === types.initial
    ? "initial"
    : bits === types.zeroRtt
    ? "zeroRtt"
    : bits === types.handshake
    ? "handshake"
    : "retry";
}

function connectionId(bytes: Uint8Array, at: number, end: number): { start: number; end: number } | undefined {
  if (at >= end) return undefined;
  const start = at + 1;
  const stop = start + bytes[at]!;
  return stop <= end ? { start, end: stop } : undefined;
}
