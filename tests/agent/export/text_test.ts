// What a hostile network writes must come out of every file and screen as text, never as a command.

import assert from "node:assert/strict";
import { jsonText, plainLines } from "../../../agent/export/text.ts";

/** A name that clears the screen in three ways, ends lines in three, and turns the rest round. */
const HOSTILE = "pc\x1b[2J\x9b2J\x07\nALERT\u2028all is well\x85\u202egpj.exe";

/** Whether a terminal could take any of it for a command: all but printable text and line ends. */
const COMMANDS = /[\p{Cc}\p{Zl}\p{Zp}\u202e]/u;

Deno.test("JSON for programs holds nothing that a terminal obeys, and still says the same", () => {
  const value = { [HOSTILE]: [HOSTILE, { name: HOSTILE }] };
  const line = jsonText(value);
  assert.ok(!COMMANDS.test(line));
  assert.deepEqual(JSON.parse(line), value);
});

Deno.test("JSON over several lines has the line ends of its own and no others", () => {
  const value = { name: HOSTILE, list: [1, 2] };
  const text = jsonText(value, 2);
  assert.equal(text.split("\n").length, JSON.stringify({ name: "", list: [1, 2] }, undefined, 2).split("\n").length);
  assert.ok(!COMMANDS.test(text.replaceAll("\n", "")));
  assert.deepEqual(JSON.parse(text), value);
});

Deno.test("a message keeps its lines and loses its commands", () => {
  assert.equal(plainLines("one\ntwo\x1b]0;title\x07\r\x9bm"), "one\ntwo\\x1b]0;title\\x07\\x0d\\x9bm");
});
