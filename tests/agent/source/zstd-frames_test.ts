import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { createFrameWalker } from "../../../agent/source/zstd-frames.ts";
import { random } from "../../craft/random.ts";
import { readFile } from "./records.ts";

/** Whether data may end after each of so many bytes. */
function ends(data: Uint8Array, pieceBytes: number): number[] {
  const walker = createFrameWalker();
  const found: number[] = [];
  for (let at = 0; at < data.length; at += pieceBytes) {
    walker.push(data.subarray(at, at + pieceBytes));
    if (walker.isBetweenFrames()) found.push(Math.min(data.length, at + pieceBytes));
  }
  return found;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("data end where a frame ends, and nowhere else: with many blocks, noise, a run, nothing in it, one to be skipped", () => {
  const skipped = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
  const frames = [
    zstdCompressSync("a line of text\n".repeat(50)),
    zstdCompressSync(random(1).bytes(300_000)),
    skipped,
    zstdCompressSync(new Uint8Array(200_000)),
    zstdCompressSync(""),
  ];
  let at = 0;
  const expected = frames.map((frame) => at += frame.length);
  assert.deepEqual(ends(joined(...frames), 1), expected);
  assert.deepEqual(ends(joined(...frames), 1_000_000), [at]);
});

Deno.test("a log whose packed data are cut is read to the cut, which is said; its last half line is no mistake", async () => {
  const line =
    '{"ts":1,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":1,"id.resp_h":"10.0.0.6","id.resp_p":2,"proto":"tcp","conn_state":"SF"}\n';
  // Noise in between, so that there are blocks enough.
  const chance = random(2);
  const noise = Array.from({ length: 400_000 }, () => String.fromCharCode(97 + chance.below(26))).join("");
  const text = line.repeat(10) + `{"ts":2,"name":"${noise}"}\n`.repeat(2) + line.repeat(10);
  const packed = zstdCompressSync(text);
  const whole = await readFile(packed);
  assert.deepEqual(whole.end.warnings, []);
  const cut = await readFile(packed.subarray(0, packed.length >> 1));
  assert.deepEqual([whole.records.length, cut.records.length], [20, 10]);
  assert.deepEqual(cut.end.warnings.map(({ unit, isEnd, reason }) => [unit, isEnd, reason]), [
    ["byte", true, "is truncated: the packed data end too early; what came before was analysed"],
  ]);
});
