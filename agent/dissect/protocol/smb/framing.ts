// SMB messages out of a TCP stream: each behind its length (MS-SMB2 section 2.1). Small ones come whole, since several
// may be chained in one; of large ones the beginning comes first and then the data, so that no message is ever kept.

/** Messages up to this length are kept until they are complete. */
export const WHOLE_BYTES = 4096;
/** Of longer ones so much is kept: the header, and the fixed part of a read or write. */
export const HEAD_BYTES = 128;

const LENGTH_BYTES = 4;
const SESSION_MESSAGE = 0;

export interface MessageTaker {
  /** A whole message, or the beginning of one that is `length` bytes long. */
  message(bytes: Uint8Array, kept: number, length: number): void;
  /** Bytes of a long message behind its beginning. */
  data(bytes: Uint8Array, start: number, end: number): void;
}

export interface Framing {
  /** False when this is no stream of SMB messages. */
  take(bytes: Uint8Array, start: number, end: number, taker: MessageTaker): boolean;
}

/** The framing of one side. */
export function newFraming(): Framing {
  const kept = new Uint8Array(WHOLE_BYTES);
  let filled = 0;
  let length = -1;
  let wanted = LENGTH_BYTES;
  let behind = 0;
  return {
    take(bytes, start, end, taker) {
      for (let at = start; at < end;) {
        if (behind > 0) {
          const stop = Math.min(end, at + behind);
          taker.data(bytes, at, stop);
          behind -= stop - at;
          at = stop;
          continue;
        }
        const stop = Math.min(end, at + wanted - filled);
        kept.set(bytes.subarray(at, stop), filled);
        filled += stop - at;
        at = stop;
        if (filled < wanted) return true;
        if (length < 0) {
          if (kept[0] !== SESSION_MESSAGE) {
            // Opening a NetBIOS session, or keeping it alive: passed over (RFC 1002 section 4.3.1).
            if (kept[0]! < 0x81 || kept[0]! > 0x85) return false;
            behind = 0;
          }
          length = kept[1]! << 16 | kept[2]! << 8 | kept[3]!;
          wanted = length <= WHOLE_BYTES ? length : HEAD_BYTES;
          filled = 0;
          if (length > 0) continue;
        } else {
          taker.message(kept, filled, length);
          behind = length - filled;
        }
        [filled, length, wanted] = [0, -1, LENGTH_BYTES];
      }
      return true;
    },
  };
}
