import assert from "node:assert/strict";
import { createPacketMerger } from "../../../agent/source/packet-merge.ts";

/** Merges captures, given as the times of their packets, the way the program does: asking what is wanted, in pieces. */
function merged(captures: readonly (readonly number[])[], pieceLength: number): { order: string[]; opened: number[] } {
  const order: string[] = [];
  const opened: number[] = [];
  const merger = createPacketMerger(captures.map(([first]) => first ?? -Infinity), (bytes, offset, length, _, ts) => {
    assert.equal(length, 1);
    order.push(`${ts}${String.fromCharCode(bytes[offset]!)}`);
  });
  const places = captures.map(() => 0);
  for (let capture = merger.wants(); capture >= 0; capture = merger.wants()) {
    const from = places[capture]!;
    const piece = captures[capture]!.slice(from, from + pieceLength);
    if (from === 0) opened.push(capture);
    for (const ts of piece) merger.add(capture, Uint8Array.of(0, 97 + capture), 1, 1, 60, ts, 1);
    places[capture] = from + piece.length;
    if (piece.length === 0) merger.over(capture);
    merger.drain();
  }
  return { order, opened };
}

Deno.test("two sensors at the same time: their packets are merged, for pieces of any size", () => {
  for (const pieceLength of [1, 2, 3, 100]) {
    const { order } = merged([[1, 3, 3, 5, 9], [2, 3, 4, 10, 11]], pieceLength);
    assert.deepEqual(order, ["1a", "2b", "3a", "3a", "3b", "4b", "5a", "9a", "10b", "11b"], `${pieceLength}`);
  }
});

Deno.test("the files of a ring follow one another: none is opened before the one before it is over", () => {
  const { order, opened } = merged([[1, 2, 3], [4, 5, 6], [7, 8]], 2);
  assert.deepEqual(order, ["1a", "2a", "3a", "4b", "5b", "6b", "7c", "8c"]);
  assert.deepEqual(opened, [0, 1, 2]);
});

Deno.test("a capture without packets is over at once, and a packet out of order within a capture stays where it is", () => {
  const { order } = merged([[], [5, 4, 6], [4.5, 7]], 2);
  assert.deepEqual(order, ["4.5c", "5b", "4b", "6b", "7c"]);
});
