// The frames that Initial packets may hold (RFC 9000 section 12.4): PADDING, PING, ACK, CRYPTO and CONNECTION_CLOSE.

import { variableInteger } from "./packet.ts";

const PADDING = 0x00, PING = 0x01, ACK = 0x02, ACK_ECN = 0x03, CRYPTO = 0x06, CLOSE = 0x1c;

/** What the frames of a packet are told to. False stops the reading. */
export interface FrameSink {
  crypto(offset: number, start: number, end: number): boolean;
  close(): void;
}

/** Goes through a decrypted payload. False when it holds anything else, or the sink stopped. */
export function readFrames(payload: Uint8Array, sink: FrameSink): boolean {
  const end = payload.length;
  let at = 0;
  let failed = false;
  const integer = (): number => {
    const read = variableInteger(payload, at, end);
    if (read === undefined) {
      failed = true;
      at = end;
      return 0;
    }
    at = read.end;
    return read.value;
  };
  while (at < end && !failed) {
    const type = payload[at++]!;
    if (type === PADDING || type === PING) continue;
    if (type === CRYPTO) {
      const offset = integer();
      const length = integer();
      if (failed || length > end - at || !sink.crypto(offset, at, at + length)) return false;
      at += length;
    } else if (type === ACK || type === ACK_ECN) {
      skipAck(type, integer, () => failed);
    } else if (type === CLOSE) {
      integer();
      integer();
      at += integer();
      if (failed || at > end) return false;
      sink.close();
    } else {
      return false;
    }
  }
  return !failed;
}

/** RFC 9000 section 19.3. Each range takes two bytes at least, so that a false count ends with the packet. */
function skipAck(type: number, integer: () => number, failed: () => boolean): void {
  integer();
  integer();
  const ranges = integer();
  integer();
  for (let i = 0; i < ranges * 2 && !failed(); i++) integer();
  if (type === ACK_ECN) { for (let i = 0; i < 3; i++) integer(); }
}
