// Puts the handshake messages of one side together from the fragments that its records bring, keeping only those bodies
// that are read, and only up to a bound.

import { isBodyRead } from "./messages.ts";

/** Longest body kept. OpenSSL by default refuses chains above 100 KiB; chains of post-quantum certificates reach 60. */
export const MAX_HANDSHAKE_LENGTH = 131_072;

/** Bytes of a message's header: type and a length of three bytes. */
const HEADER_LENGTH = 4;

/** Called with each message; false stops the reading. A body that was not kept is empty. */
export type HandshakeSink = (type: number, bytes: Uint8Array, start: number, end: number) => boolean;

/** One side's messages. */
export interface HandshakeStream {
  header: number[];
  /** Bytes of the body still to come, and how many it has. */
  missing: number;
  length: number;
  /** The body so far, with room for more, when it is kept and did not come in one piece. */
  body: Uint8Array | undefined;
}

export function openHandshakeStream(): HandshakeStream {
  return { header: [], missing: 0, length: 0, body: undefined };
}

/** Takes `bytes[start..end)` as the next fragment. False when the sink wants no more. */
export function feedHandshake(
  stream: HandshakeStream,
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: HandshakeSink,
): boolean {
  let at = start;
  while (at < end) {
    while (stream.header.length < HEADER_LENGTH && at < end) {
      stream.header.push(bytes[at++]!);
      if (stream.header.length < HEADER_LENGTH) continue;
      stream.length = stream.header[1]! << 16 | stream.header[2]! << 8 | stream.header[3]!;
      stream.missing = stream.length;
    }
    if (stream.header.length < HEADER_LENGTH || (at === end && stream.missing > 0)) return true;
    const taken = Math.min(stream.missing, end - at);
    if (!takeBody(stream, bytes, at, taken, sink)) return false;
    at += taken;
  }
  return true;
}

function takeBody(
  stream: HandshakeStream,
  bytes: Uint8Array,
  at: number,
  taken: number,
  sink: HandshakeSink,
): boolean {
  const type = stream.header[0]!;
  const kept = isBodyRead(type) && stream.length <= MAX_HANDSHAKE_LENGTH;
  const whole = taken === stream.length;
  if (kept && !whole) {
    const before = stream.length - stream.missing;
    stream.body = roomFor(before + taken, stream.length, stream.body);
    stream.body.set(bytes.subarray(at, at + taken), before);
  }
  stream.missing -= taken;
  if (stream.missing > 0) return true;
  const body = stream.body;
  stream.header = [];
  stream.body = undefined;
  if (!kept) return sink(type, bytes, at, at);
  return whole || body === undefined ? sink(type, bytes, at, at + taken) : sink(type, body, 0, stream.length);
}

/**
 * Room for `needed` bytes of a message, with what is `known` of it: as much as has come, and as much again. What a message
 * says of its length must cost nobody any memory.
 */
export function roomFor(needed: number, length: number, known: Uint8Array | undefined): Uint8Array {
  if (known !== undefined && known.length >= needed) return known;
  const larger = new Uint8Array(Math.min(2 * needed, length));
  if (known !== undefined) larger.set(known);
  return larger;
}
