import assert from "node:assert/strict";
import { createLineSplitter, MAXIMUM_LINE_BYTES } from "../../../agent/source/lines.ts";
import { bytesOf } from "./records.ts";

function linesOf(file: Uint8Array, pieceBytes: number): { lines: string[]; tooLong: number[] } {
  const lines: string[] = [];
  const tooLong: number[] = [];
  const splitter = createLineSplitter(
    (bytes, start, end, line) => lines.push(`${line} ${new TextDecoder().decode(bytes.subarray(start, end))}`),
    (line) => tooLong.push(line),
  );
  for (let at = 0; at < file.length; at += pieceBytes) splitter.push(file, at, Math.min(at + pieceBytes, file.length));
  splitter.end();
  return { lines, tooLong };
}

Deno.test("lines are the same whatever pieces the file comes in", () => {
  const file = bytesOf("first\nsecond\r\n\nfourth é\nlast without an end");
  const whole = ["1 first", "2 second", "3 ", "4 fourth é", "5 last without an end"];
  for (const pieceBytes of [1, 2, 3, 7, 100]) {
    assert.deepEqual(linesOf(file, pieceBytes), { lines: whole, tooLong: [] });
  }
});

Deno.test("the mark that some editors put before a text is no part of it", () => {
  for (const pieceBytes of [1, 100]) {
    assert.deepEqual(linesOf(bytesOf("\ufeffone\ntwo"), pieceBytes).lines, ["1 one", "2 two"]);
  }
});

Deno.test("a line of 100 MB is passed over without being kept, and the next ones are read", () => {
  const lines: number[] = [];
  const tooLong: number[] = [];
  const splitter = createLineSplitter((_bytes, _start, _end, line) => lines.push(line), (line) => tooLong.push(line));
  const piece = new Uint8Array(1024 * 1024).fill(0x61);
  splitter.push(bytesOf("before\n"), 0, 7);
  for (let megabyte = 0; megabyte < 100; megabyte++) splitter.push(piece, 0, piece.length);
  splitter.push(bytesOf("\nafter\n"), 0, 7);
  splitter.end();
  assert.deepEqual([lines, tooLong], [[1, 3], [2]]);
});

Deno.test("the longest line is read, one byte more is too long, in one piece or in many", () => {
  for (const pieceBytes of [64 * 1024, 4 * MAXIMUM_LINE_BYTES]) {
    const longest = linesOf(new Uint8Array(MAXIMUM_LINE_BYTES).fill(0x61), pieceBytes);
    assert.deepEqual([longest.lines.length, longest.tooLong], [1, []]);
    const longer = new Uint8Array(MAXIMUM_LINE_BYTES + 2).fill(0x61);
    longer[MAXIMUM_LINE_BYTES + 1] = 0x0a;
    const { lines, tooLong } = linesOf(longer, pieceBytes);
    assert.deepEqual([lines.length, tooLong], [0, [1]]);
  }
});
