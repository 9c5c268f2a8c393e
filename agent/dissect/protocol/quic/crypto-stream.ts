// Puts a hello together from CRYPTO frames (RFC 9000 section 19.6), which may come in any order and more than once.

import type { HandshakeSink } from "../tls/handshake-stream.ts";

/** Longest hello kept: what fits into a TLS record (RFC 8446 section 5.2), which Zeek allows as well. */
const MAX_HELLO = 2 ** 14 + 256;
/** Bytes taken before the first four, which say how long the hello is. */
const MAX_WITHOUT_LENGTH = 4096;
const HEADER_LENGTH = 4;

/** One side's hello. */
export interface CryptoStream {
  bytes: Uint8Array;
  /** 1 for every byte that came. */
  present: Uint8Array;
  /** Bytes from the beginning without a hole. */
  prefix: number;
  /** It is complete: whatever comes after it is not read. */
  finished: boolean;
}

export function openCryptoStream(): CryptoStream {
  return { bytes: new Uint8Array(0), present: new Uint8Array(0), prefix: 0, finished: false };
}

/**
 * Takes the data of one frame and hands on the first handshake message once it is complete. False when it is longer than
 * any hello, or when the sink wants no more.
 */
export function feedCrypto(
  stream: CryptoStream,
  offset: number,
  data: Uint8Array,
  start: number,
  end: number,
  sink: HandshakeSink,
): boolean {
  if (stream.finished) return true;
  const length = end - start;
  const limit = helloLength(stream) ?? MAX_WITHOUT_LENGTH;
  if (limit > MAX_HELLO) return false;
  // What lies behind the hello belongs to the next message: only the hello is kept.
  const known = helloLength(stream) !== undefined;
  if (!known && offset + length > MAX_WITHOUT_LENGTH) return false;
  const kept = Math.max(0, Math.min(length, limit - offset));
  grow(stream, Math.min(offset, limit) + kept);
  stream.bytes.set(data.subarray(start, start + kept), Math.min(offset, limit));
  stream.present.fill(1, Math.min(offset, limit), Math.min(offset, limit) + kept);
  while (stream.prefix < stream.present.length && stream.present[stream.prefix] === 1) stream.prefix++;
  const total = helloLength(stream);
  if (total === undefined || stream.prefix < total) return total === undefined || total <= MAX_HELLO;
  stream.finished = true;
  const { bytes } = stream;
  stream.bytes = new Uint8Array(0);
  stream.present = new Uint8Array(0);
  return sink(bytes[0]!, bytes, HEADER_LENGTH, total);
}

/** Bytes of the first message, its header included, once they are known. */
function helloLength(stream: CryptoStream): number | undefined {
  const { bytes, prefix } = stream;
  return prefix < HEADER_LENGTH ? undefined : HEADER_LENGTH + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
}

function grow(stream: CryptoStream, size: number): void {
  if (size <= stream.bytes.length) return;
  // Doubling keeps the copying linear however small the frames are.
  const length = Math.max(size, stream.bytes.length * 2);
  const bytes = new Uint8Array(length), present = new Uint8Array(length);
  bytes.set(stream.bytes);
  present.set(stream.present);
  stream.bytes = bytes;
  stream.present = present;
}
