// Puts fragmented DTLS handshake messages together (RFC 6347 section 4.2.3). Messages that come whole pass straight through.

import { type HandshakeSink, MAX_HANDSHAKE_LENGTH } from "./handshake-stream.ts";
import { isBodyRead } from "./messages.ts";

/** Bytes of a fragment's header: type, length, message number, offset and length of the fragment. */
const HEADER_LENGTH = 12;
/** Messages of one side that may be incomplete at a time; the oldest is given up first. */
const MAX_INCOMPLETE = 4;

interface Message {
  readonly type: number;
  readonly length: number;
  readonly body: Uint8Array;
  readonly present: Uint8Array;
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
      addFragment(message, offset, bytes, at, size);
      if (message.missing === 0) {
        store.delete(number);
        if (!sink(type, message.body, 0, isBodyRead(type) ? length : 0)) return false;
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
  const message = { type, length, body: new Uint8Array(length), present: new Uint8Array(length), missing: length };
  store.set(number, message);
  if (store.size > MAX_INCOMPLETE) store.delete(store.keys().next().value!);
  return message;
}

function addFragment(message: Message, offset: number, bytes: Uint8Array, at: number, size: number): void {
  for (let i = 0; i < size; i++) {
    if (message.present[offset + i] === 1) continue;
    message.present[offset + i] = 1;
    message.body[offset + i] = bytes[at + i]!;
    message.missing--;
  }
}
