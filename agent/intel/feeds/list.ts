// Plain lists: one indicator a line, whatever follows it (a number, a comment) being words about it. So are written
// netsets, blocklist.de, Tor's exits, ipsum ("ADDRESS<tab>LISTS"), AlienVault ("ADDRESS # WORDS") and Spamhaus
// ("NETWORK ; SBL").

import { eachLine, isComment, LONGEST_LINE } from "./lines.ts";
import type { Sink } from "./parse.ts";

/** Reads a list. */
export function parseList(text: string, sink: Sink): void {
  eachLine(text, (line, number) => {
    if (isComment(line)) return;
    if (line.length > LONGEST_LINE) return sink.bad(number, "the line is too long");
    let end = 0;
    while (end < line.length && !isBreak(line.charCodeAt(end))) end++;
    const rest = line.slice(end);
    const comment = rest.search(/[#;]/);
    sink.entry({
      line: number,
      indicator: line.slice(0, end),
      description: comment < 0 ? undefined : rest.slice(comment + 1),
    });
  });
}

/** Blank, tab, comma, semicolon, number sign. */
function isBreak(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x2c || code === 0x3b || code === 0x23;
}
