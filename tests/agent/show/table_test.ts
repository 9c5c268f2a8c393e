// Tables for people.

import assert from "node:assert/strict";
import { cutLine, tableLines } from "../../../agent/show/table.ts";

interface Row {
  name: string;
  count: number;
  note: string;
}
const COLUMNS = [
  { title: "name", text: ({ name }: Row) => name },
  { title: "count", right: true, text: ({ count }: Row) => String(count) },
  { title: "note", text: ({ note }: Row) => note },
];

Deno.test("columns line up, numbers at their right end, and an empty column is left out", () => {
  const rows = [{ name: "käfer", count: 7, note: "" }, { name: "a", count: 12_345, note: "" }];
  assert.deepEqual(tableLines(COLUMNS, rows, Infinity), [
    "name   count",
    "käfer      7",
    "a      12345",
  ]);
});

Deno.test("a name that would command the terminal is written out", () => {
  const [, row] = tableLines(COLUMNS, [{ name: "\x1b[2Jevil\n", count: 1, note: "x" }], Infinity);
  assert.equal(row, "\\x1b[2Jevil\\x0a      1  x");
});

Deno.test("no line is wider than the terminal, and that it was cut is seen", () => {
  const lines = tableLines(COLUMNS, [{ name: "host", count: 1, note: "a sentence that goes on and on" }], 24);
  assert.equal(lines[1], "host      1  a sentence…");
  assert.equal(cutLine("🜁🜂🜃🜄", 3), "🜁🜂…");
});
