// Our inflate against the one everybody uses, cut into any pieces.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { newContentDecoder } from "../../../../agent/dissect/files/content-encoding.ts";
import { newInflater } from "../../../../agent/dissect/files/inflate.ts";
import { random } from "../../../craft/random.ts";

/** Inflates `compressed` in pieces as `pieceSize` says, and puts together what comes out. */
function inflated(compressed: Uint8Array, pieceSize: () => number): { state: string; bytes: Uint8Array } {
  const pieces: Uint8Array[] = [];
  const inflater = newInflater((bytes, start, end) => {
    pieces.push(bytes.slice(start, end));
    return true;
  });
  let state = "more";
  for (let at = 0; at < compressed.length;) {
    const end = Math.min(compressed.length, at + pieceSize());
    state = inflater.push(compressed, at, end);
    at = end;
  }
  return { state, bytes: new Uint8Array(Buffer.concat(pieces)) };
}

Deno.test("whatever was deflated comes back, at any level and in any pieces", () => {
  const { below, fraction, bytes: noise } = random(3);
  for (let round = 0; round < 120; round++) {
    const data = round % 4 === 0
      ? noise(below(50_000))
      : Uint8Array.from({ length: below(150_000) }, (_, i) => fraction() < 0.2 ? 97 + below(20) : (i * i) % 251);
    const strategy = round % 5 === 0 ? constants.Z_FIXED : constants.Z_DEFAULT_STRATEGY;
    const compressed = new Uint8Array(deflateRawSync(data, { level: round % 10, strategy }));
    const { state, bytes } = inflated(compressed, () => 1 + below(round % 3 === 0 ? 4 : 3000));
    assert.equal(state, "done");
    assert.ok(Buffer.from(bytes).equals(data), `round ${round}, ${data.length} bytes`);
  }
});

Deno.test("a match reaches back over the whole window of 32 KiB and no further", () => {
  const { bytes: noise } = random(5);
  const block = noise(32_768);
  const data = new Uint8Array(2 * block.length);
  data.set(block);
  data.set(block, block.length);
  const compressed = new Uint8Array(deflateRawSync(data, { level: 9 }));
  assert.ok(Buffer.from(inflated(compressed, () => 1000).bytes).equals(data));
  // A fixed block whose first symbol is a match: there is nothing yet to copy.
  assert.equal(inflated(Uint8Array.of(0b0000_0011, 0b0000_0010, 0, 0), () => 1).state, "bad");
});

Deno.test("random bytes are no endless loop and no exception", () => {
  const { bytes: noise, below } = random(9);
  for (let round = 0; round < 5000; round++) inflated(noise(1 + below(300)), () => 1 + below(40));
});

Deno.test("a gzip header with all its optional parts is skipped, cut anywhere", () => {
  const plain = new Uint8Array(gzipSync("hello"));
  const extra = [5, 0, 1, 2, 3, 4, 5];
  const name = [...new TextEncoder().encode("name.txt"), 0];
  const header = [...plain.slice(0, 3), 2 | 4 | 8 | 16, ...plain.slice(4, 10), ...extra, ...name, ...name, 0xaa, 0xbb];
  const whole = Uint8Array.from([...header, ...plain.slice(10)]);
  for (let cut = 0; cut <= whole.length; cut++) {
    let text = "";
    const decoder = newContentDecoder((bytes, start, end) => {
      text += new TextDecoder().decode(bytes.subarray(start, end));
      return true;
    });
    decoder.push(whole, 0, cut);
    decoder.push(whole, cut, whole.length);
    assert.equal(text, "hello", `cut at ${cut}`);
  }
});
