// Puts fragmented DTLS handshake messages together (RFC 6347 section 4.2.3). Messages that come whole pass straight through.

import { type HandshakeSink, MAX_HANDSHAKE_LENGTH } from "./handshake-stream.ts";
import { isBodyRead } from "./messages.ts";

/** Bytes of a fragment's header: type, length, message number, offset and length of the fragment. */
const HEADER_LENGTH = 12;
/** Messages of one side that may be incomplete at a time; the oldest is given up first. */
const MAX_INCOMPLETE = 4;

/** Pieces that a message may be in at a time: the longest, from the smallest datagrams that IPv4 promises to carry. */
const MAX_PIECES = 256;

/** A stretch of a message's body that has come. */
interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

interface Message {
  readonly type: number;
  readonly length: number;
  /** By their places; they do not overlap. What a message says of its length must cost nobody any memory. */
  pieces: Piece[];
  missing: number;
}

/** Incomplete messages of one side by number. */
export type FragmentStore = Map<number, Message>;

/** Takes the handshake record `bytes[start..end)`, which may hold several fragments. False when the sink wants no more. */
export function feedFragments(
  store: FragmentStore,
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: HandshakeSink,
): boolean {
  let at = start;
  while (end - at >= HEADER_LENGTH) {
    const three = (from: number): number => bytes[from]! << 16 | bytes[from + 1]! << 8 | bytes[from + 2]!;
    const type = bytes[at]!;
    const length = three(at + 1);
    const number = bytes[at + 4]! << 8 | bytes[at + 5]!;
    const offset = three(at + 6);
    const size = three(at + 9);
    at += HEADER_LENGTH;
    if (size > end - at || offset + size > length) return true;
    if (size === length) {
      store.delete(number);
      if (!sink(type, bytes, at, isBodyRead(type) ? at + size : at)) return false;
    } else {
      const message = messageOf(store, number, type, length);
      if (message === undefined) return true;
      addFragment(message, offset, bytes.subarray(at, at + size));
      if (message.pieces.length > MAX_PIECES) store.delete(number);
      else if (message.missing === 0) {
        store.delete(number);
        if (!sink(type, bodyOf(message), 0, isBodyRead(type) ? length : 0)) return false;
      }
    }
    at += size;
  }
  return true;
}

function messageOf(store: FragmentStore, number: number, type: number, length: number): Message | undefined {
  const known = store.get(number);
  if (known !== undefined) return known.type === type && known.length === length ? known : undefined;
  if (length > MAX_HANDSHAKE_LENGTH) return undefined;
  const message = { type, length, pieces: [], missing: length };
  store.set(number, message);
  if (store.size > MAX_INCOMPLETE) store.delete(store.keys().next().value!);
  return message;
}

/** Adds what has not come before. */
function addFragment(message: Message, offset: number, fragment: Uint8Array): void {
  const end = offset + fragment.length;
  const pieces: Piece[] = [];
  let at = offset;
  const fill = (upTo: number): void => {
    if (upTo <= at) return;
    pieces.push({ start: at, bytes: fragment.slice(at - offset, upTo - offset) });
    message.missing -= upTo - at;
    at = upTo;
  };
  for (const piece of message.pieces) {
    fill(Math.min(end, piece.start));
    pieces.push(piece);
    at = Math.max(at, piece.start + piece.bytes.length);
  }
  fill(end);
  message.pieces = pieces;
}

function bodyOf({ pieces, length }: Message): Uint8Array {
  const body = new Uint8Array(length);
  for (const { start, bytes } of pieces) body.set(bytes, start);
  return body;
}
