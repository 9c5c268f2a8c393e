// Cuts bytes into lines, whatever pieces they come in. A line that is too long is passed over without being kept, and
// whatever is wrong with one line ends with it.

/** Longest line that is read, bytes. Own choice: the longest events of Suricata, with packets in them, are well below. */
export const MAXIMUM_LINE_BYTES = 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** U+FEFF in UTF-8, with which some editors begin a file. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

function hasByteOrderMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.every((byte, i) => bytes[start + i] === byte);
}

/** Takes the line `bytes[start..end)`, without its end, and its number from 1. */
export type LineHandler = (bytes: Uint8Array, start: number, end: number, line: number) => void;

export interface LineSplitter {
  /** Cuts `bytes[start..end)`, the next bytes of the file. */
  push(bytes: Uint8Array, start: number, end: number): void;
  /** The file is over; its last line need not have an end, but is no line yet in a file that is `unfinished`. */
  end(unfinished?: boolean): void;
}

/** A splitter that gives every line to `onLine`, and the number of every line that is too long to `onTooLong`. */
export function createLineSplitter(onLine: LineHandler, onTooLong: (line: number) => void): LineSplitter {
  /** The beginning of a line whose end has not come yet. */
  let carry = new Uint8Array(0);
  let carried = 0;
  let passing = false;
  let line = 1;

  function keep(bytes: Uint8Array, start: number, end: number): void {
    const length = carried + end - start;
    if (length > MAXIMUM_LINE_BYTES) {
      passing = true;
      carried = 0;
      carry = new Uint8Array(0);
      onTooLong(line);
      return;
    }
    if (length > carry.length) {
      const larger = new Uint8Array(Math.min(MAXIMUM_LINE_BYTES, Math.max(length, 2 * carry.length)));
      larger.set(carry.subarray(0, carried));
      carry = larger;
    }
    carry.set(bytes.subarray(start, end), carried);
    carried = length;
  }

  function give(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > MAXIMUM_LINE_BYTES) return onTooLong(line);
    const from = line === 1 && hasByteOrderMark(bytes, start, end) ? start + BYTE_ORDER_MARK.length : start;
    onLine(bytes, from, end > from && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end, line);
  }

  return {
    push(bytes, start, end) {
      const piece = bytes.subarray(start, end);
      let at = 0;
      while (at < piece.length) {
        const next = piece.indexOf(LINE_FEED, at);
        if (next < 0) {
          if (!passing) keep(piece, at, piece.length);
          return;
        }
        if (passing) passing = false;
        else if (carried === 0) give(piece, at, next);
        else {
          keep(piece, at, next);
          if (passing) passing = false;
          else give(carry, 0, carried);
          carried = 0;
        }
        line++;
        at = next + 1;
      }
    },
    end(unfinished = false) {
      if (carried > 0 && !passing && !unfinished) give(carry, 0, carried);
      carried = 0;
    },
  };
}
