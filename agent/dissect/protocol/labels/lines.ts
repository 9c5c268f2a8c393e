// Lines out of a stream, for text protocols: bounded, without a copy of what nobody asks for.

import { wireText } from "../../text.ts";

/** Longest line that is kept, bytes; of a longer one only so much is seen (IRC allows 512, or 8,703 with tags). */
export const LONGEST_LINE = 8_704;
const FIRST_BUFFER = 128;
const LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d;

/** The beginning of a line whose end has not come yet. */
export interface LineBuffer {
  bytes: Uint8Array;
  length: number;
}

export function newLineBuffer(): LineBuffer {
  return { bytes: new Uint8Array(FIRST_BUFFER), length: 0 };
}

/**
 * Gives every whole line, without its end, to `read`, with the place behind it; stops and returns false when `read`
 * returns false.
 */
export function readLines(
  buffer: LineBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
  read: (line: string, next: number) => boolean,
): boolean {
  let at = start;
  while (at < end) {
    const feed = bytes.indexOf(LINE_FEED, at);
    const whole = feed >= 0 && feed < end;
    const stop = whole ? feed : end;
    keep(buffer, bytes, at, stop);
    if (!whole) return true;
    at = stop + 1;
    const { length } = buffer;
    const last = length > 0 && buffer.bytes[length - 1] === CARRIAGE_RETURN ? length - 1 : length;
    const line = wireText(buffer.bytes, 0, last);
    buffer.length = 0;
    if (!read(line, at)) return false;
  }
  return true;
}

function keep(buffer: LineBuffer, bytes: Uint8Array, start: number, end: number): void {
  const size = Math.min(end - start, LONGEST_LINE - buffer.length);
  const needed = buffer.length + size;
  if (needed > buffer.bytes.length) {
    const grown = new Uint8Array(Math.min(LONGEST_LINE, needed * 2));
    grown.set(buffer.bytes.subarray(0, buffer.length));
    buffer.bytes = grown;
  }
  buffer.bytes.set(bytes.subarray(start, start + size), buffer.length);
  buffer.length = needed;
}
