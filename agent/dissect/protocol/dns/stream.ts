// Messages out of a TCP stream, each behind its length in two bytes (RFC 1035 section 4.2.2; many in a row, RFC 7766).

import type { Analyzer } from "../../analyzer.ts";

/** Reads one whole message; false when no more is wanted. */
type ReadMessage = (fromOrig: boolean, bytes: Uint8Array, start: number, end: number) => boolean;

/** What one side has sent of a message that is not whole yet. */
interface Side {
  /** Bytes of the length read so far: 0, 1 or 2. */
  prefix: number;
  /** Length of the message in hand; two bytes on the wire, so 65,535 at most, which bounds `buffer`. */
  wanted: number;
  buffer: Uint8Array;
  have: number;
}

const EMPTY = new Uint8Array(0);
/** First size of a side's buffer, bytes; it grows with what arrives, not with what is announced. */
const FIRST_BUFFER = 512;

/** An analyzer that cuts both sides of a stream into messages; a last message that was cut off is read as far as it goes. */
export function framed(read: ReadMessage, finish: () => void): Analyzer {
  const sides = [newSide(), newSide()] as const;
  let wanted = true;
  return {
    deliver(fromOrig, bytes, start, end) {
      const side = sides[fromOrig ? 0 : 1];
      let at = start;
      while (wanted && at < end) {
        if (side.prefix < 2) {
          side.wanted = (side.wanted << 8 | bytes[at++]!) & 0xffff;
          side.prefix++;
          continue;
        }
        const missing = side.wanted - side.have;
        if (side.have === 0 && missing <= end - at) {
          wanted = read(fromOrig, bytes, at, at + missing);
          at += missing;
          restart(side);
          continue;
        }
        const size = Math.min(missing, end - at);
        keep(side, bytes, at, at + size);
        at += size;
        if (side.have === side.wanted) {
          wanted = read(fromOrig, side.buffer, 0, side.have);
          restart(side);
        }
      }
      return wanted;
    },
    // Behind a gap nobody knows where the next message starts.
    gap() {
      sides.forEach(restart);
      return wanted = false;
    },
    finish() {
      for (const [index, side] of sides.entries()) {
        if (wanted && side.have > 0) wanted = read(index === 0, side.buffer, 0, side.have);
      }
      finish();
    },
  };
}

function newSide(): Side {
  return { prefix: 0, wanted: 0, buffer: EMPTY, have: 0 };
}

function restart(side: Side): void {
  side.prefix = 0;
  side.wanted = 0;
  side.have = 0;
}

function keep(side: Side, bytes: Uint8Array, start: number, end: number): void {
  const needed = side.have + end - start;
  if (needed > side.buffer.length) {
    const grown = new Uint8Array(Math.max(FIRST_BUFFER, Math.min(side.wanted, needed * 2)));
    grown.set(side.buffer.subarray(0, side.have));
    side.buffer = grown;
  }
  side.buffer.set(bytes.subarray(start, end), side.have);
  side.have = needed;
}
