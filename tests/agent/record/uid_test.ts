// Identifiers by content.

import assert from "node:assert/strict";
import { contentId } from "../../../agent/record/uid.ts";

Deno.test("an identifier looks like Zeek's and depends on nothing but its parts", () => {
  assert.match(contentId("C", "10.0.0.1", 80, 1.5), /^C[0-9A-Za-z]{17}$/);
  assert.equal(contentId("C", "10.0.0.1", 80, 1.5), contentId("C", "10.0.0.1", 80, 1.5));
});

Deno.test("whatever is different makes another identifier", () => {
  const ids = new Set([
    contentId("C", "a", "b"),
    contentId("C", "ab", ""),
    contentId("C", "b", "a"),
    contentId("C", 1, 2),
    contentId("C", 2, 1),
    contentId("C", 1_700_000_000.000001, 2),
    contentId("C", 1_700_000_000.000002, 2),
    contentId("C", Uint32Array.of(1, 2)),
    contentId("C", Uint32Array.of(1), Uint32Array.of(2)),
    contentId("C"),
  ]);
  assert.equal(ids.size, 10);
});

Deno.test("a hundred thousand neighbours have a hundred thousand identifiers, spread over all digits", () => {
  const ids = new Set<string>();
  const firstDigits = new Set<string>();
  const lastDigits = new Set<string>();
  for (let i = 0; i < 100_000; i++) {
    const id = contentId("C", Uint32Array.of(0x0a000001, i), 6);
    ids.add(id);
    firstDigits.add(id[1]!);
    lastDigits.add(id[17]!);
  }
  assert.equal(ids.size, 100_000);
  assert.equal(firstDigits.size, 62);
  assert.equal(lastDigits.size, 62);
});
