import assert from "node:assert/strict";
import { escapedByte, hexText, wireText } from "../../../agent/dissect/text.ts";
import { concat, hex } from "../../craft/bytes.ts";

function read(bytes: Uint8Array): string {
  return wireText(bytes, 0, bytes.length);
}

Deno.test("text stays text, in any script", () => {
  for (const text of ["", "plain ~ text", "Größe", "日本", "😀", "a\u00a0b"]) assert.equal(read(concat(text)), text);
});

Deno.test("what could trick a terminal or break a log is shown as bytes", () => {
  assert.equal(read(hex("61 00 09 0a 1b 7f 62")), "a\\x00\\x09\\x0a\\x1b\\x7fb");
  assert.equal(read(hex("c2 9b 33 31 6d")), "\\xc2\\x9b31m");
});

Deno.test("bytes that are no UTF-8 are shown one by one", () => {
  const broken = ["ff", "c3", "c0af", "e0809f", "eda080", "f4908080", "f5808080", "e282", "80"];
  for (const bytes of broken) assert.equal(read(hex(bytes)), bytes.replace(/../g, (byte) => `\\x${byte}`));
});

Deno.test("only the part asked for is read, however long", () => {
  assert.equal(wireText(concat("abcdef"), 2, 4), "cd");
  const long = "x".repeat(10_000);
  assert.equal(read(concat(long, hex("01"), long)), `${long}\\x01${long}`);
});

Deno.test("bytes as hexadecimal", () => {
  assert.equal(hexText(hex("00 0f a0"), 1, 3), "0fa0");
  assert.equal(escapedByte(7), "\\x07");
});
