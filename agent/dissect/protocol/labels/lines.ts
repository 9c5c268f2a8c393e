// The lines of a text protocol, one by one, out of a stream.

import { type LineReader, readLine } from "../../lines.ts";
import { wireText } from "../../text.ts";

/** Longest line that is looked at, bytes: IRC's with tags (IRCv3 allows 8,191 and 512); parts of a longer one are passed over. */
export const LONGEST_LINE = 8_703;

/**
 * Gives every whole line, without its end, to `read`, with the place behind it; stops and returns false when `read`
 * returns false.
 */
export function eachLine(
  reader: LineReader,
  bytes: Uint8Array,
  start: number,
  end: number,
  read: (line: string, next: number) => boolean,
): boolean {
  let at = start;
  while (at < end) {
    at = readLine(reader, bytes, at, end);
    if (reader.found === "line" && !read(wireText(reader.bytes, reader.start, reader.end), at)) return false;
  }
  return true;
}
