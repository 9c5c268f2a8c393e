// The lines of a text, one after the other, without making a list of them: feeds have a million.

/** A line longer than this is none: the longest real ones have a few hundred characters. */
export const LONGEST_LINE = 16_384;

/** Calls `each` with every line that is not empty, trimmed, and its number counted from 1. */
export function eachLine(text: string, each: (line: string, number: number) => void): void {
  let number = 0;
  for (let at = 0; at < text.length;) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    number++;
    const line = text.slice(at, end).trim();
    if (line !== "") each(line, number);
    at = end + 1;
  }
}

/** Whether a line is a comment, in any of the usual spellings. */
export function isComment(line: string): boolean {
  const code = line.charCodeAt(0);
  return code === 0x23 || code === 0x3b || line.startsWith("//");
}

/** The feed is not what its format says, or was cut off; `message` says what is wrong. */
export class FeedError extends Error {
  override name = "FeedError";
}
