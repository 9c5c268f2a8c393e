// Lines out of a stream.

import assert from "node:assert/strict";
import { newLineReader, readLine, takeRest } from "../../../agent/dissect/lines.ts";

function linesOf(text: string, pieceSize: number, limit: number, onlyCrlf = false): string[] {
  const bytes = new TextEncoder().encode(text);
  const reader = newLineReader(limit);
  const lines: string[] = [];
  const note = () =>
    lines.push(
      new TextDecoder().decode(reader.bytes.subarray(reader.start, reader.end)) + (reader.found === "part" ? "+" : ""),
    );
  for (let start = 0; start < bytes.length; start += pieceSize) {
    const end = Math.min(bytes.length, start + pieceSize);
    for (let at = start; at < end;) {
      at = readLine(reader, bytes, at, end, onlyCrlf);
      if (reader.found !== "none") note();
    }
  }
  if (takeRest(reader)) note();
  return lines;
}

Deno.test("lines end with LF or CRLF, wherever the stream is cut", () => {
  for (let size = 1; size < 12; size++) {
    assert.deepEqual(linesOf("one\r\ntwo\n\n\r\nfour\rx\r\nend", size, 100), ["one", "two", "", "", "four\rx", "end"]);
  }
});

Deno.test("where only CRLF counts, a single LF belongs to the line", () => {
  for (let size = 1; size < 12; size++) {
    assert.deepEqual(linesOf("a\nb\r\n\r\nc\r\n", size, 100, true), ["a\nb", "", "c"]);
  }
});

Deno.test("a line longer than the limit comes in parts", () => {
  for (let size = 1; size < 12; size++) {
    assert.deepEqual(linesOf("0123456789\nab\n", size, 4), ["0123+", "4567+", "89", "ab"]);
  }
});
