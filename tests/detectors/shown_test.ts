// What is shown of texts and records in evidence is short.

import assert from "node:assert/strict";
import { cut, showUid, UIDS_SHOWN } from "../../detectors/shown.ts";

Deno.test("texts that fit stay as they are, longer ones end in a mark", () => {
  assert.equal(cut("abcd", 4), "abcd");
  assert.equal(cut("abcde", 4), "abc…");
  assert.equal(cut("", 4), "");
});

Deno.test("records are noted as long as there is room", () => {
  const uids: string[] = [];
  for (let n = 0; n < 2 * UIDS_SHOWN; n++) showUid(uids, `C${n}`);
  assert.equal(uids.length, UIDS_SHOWN);
  assert.equal(uids[0], "C0");
});
