import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeMixed, unescapeZeek, withoutControls } from "../../../agent/source/text.ts";
import { bytesOf } from "./records.ts";

Deno.test("bytes that are no UTF-8 are shown as such among those that are", () => {
  const bytes = Uint8Array.from([...bytesOf("é€😀"), 0xff, 0x41, 0xc3, 0xe2, 0x82, 0x42]);
  assert.equal(decodeMixed(bytes, 0, bytes.length, "\\"), "é€😀\\xffA\\xc3\\xe2\\x82B");
  assert.equal(decodeMixed(bytes, bytes.length - 2, bytes.length, "\\\\"), "\\\\x82B");
});

Deno.test("valid UTF-8 stays what it is", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const bytes = bytesOf(text);
    assert.equal(decodeMixed(bytes, 0, bytes.length, "\\"), text);
  }));
});

Deno.test("Zeek's escapes stand for text where they can", () => {
  const stories: [written: string, text: string][] = [
    ["plain", "plain"],
    [String.raw`a\\b`, String.raw`a\b`],
    [String.raw`\x2d`, "-"],
    [String.raw`\xe2\x82\xac\xe2`, String.raw`€\xe2`],
    [String.raw`\x00\x1b`, String.raw`\x00\x1b`],
    [String.raw`\xZZ\x4`, String.raw`\xZZ\x4`],
    ["end\\", "end\\"],
  ];
  for (const [written, text] of stories) assert.equal(unescapeZeek(written), text);
});

Deno.test("no text keeps a control character", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const clean = withoutControls(text);
    assert.ok(clean.isWellFormed());
    for (const character of clean) {
      const code = character.codePointAt(0)!;
      assert.ok(code >= 0x20 && (code < 0x7f || code > 0x9f));
    }
  }));
  assert.equal(withoutControls("a\x1b[2J\x85"), "a\\x1b[2J\\xc2\\x85");
});
