// Standard input in drops, in floods, and at its end.

import assert from "node:assert/strict";
import { asItComes } from "../../../agent/source/as-it-comes.ts";

/** A source whose reads are answered when the test says so; undefined is the end. */
function source() {
  const waiting: ((count: number | null) => void)[] = [];
  const into: Uint8Array[] = [];
  return {
    read(bytes: Uint8Array): Promise<number | null> {
      into.push(bytes);
      return new Promise((resolve) => waiting.push(resolve));
    },
    come(text: string | undefined): void {
      const answer = waiting.shift()!;
      const bytes = into.shift()!;
      answer(text === undefined ? null : new TextEncoder().encodeInto(text, bytes).written);
    },
    asked: () => waiting.length,
  };
}

const text = (buffer: Uint8Array, at: number, count: number) =>
  new TextDecoder().decode(buffer.subarray(at, at + count));

Deno.test("drops are handed on when nothing more comes, and a read that is under way is not lost", async () => {
  const stdin = source();
  const read = asItComes(stdin);
  const buffer = new Uint8Array(100);
  const first = read(buffer, 2);
  stdin.come("drip");
  assert.equal(text(buffer, 2, await first), "drip");
  assert.equal(stdin.asked(), 1);
  const second = read(buffer, 0);
  stdin.come("drop");
  assert.equal(text(buffer, 0, await second), "drop");
  assert.equal(stdin.asked(), 1);
});

Deno.test("a flood fills the buffer, the rest comes next, and the end is the end however often it is asked for", async () => {
  const stdin = source();
  const read = asItComes(stdin);
  const buffer = new Uint8Array(4);
  const first = read(buffer, 0);
  stdin.come("abcdefg");
  assert.equal(text(buffer, 0, await first), "abcd");
  const second = read(buffer, 0);
  stdin.come(undefined);
  assert.equal(text(buffer, 0, await second), "efg");
  assert.equal(await read(buffer, 0), 0);
  assert.equal(await read(buffer, 0), 0);
});
