// Files as they pass: their hashes, their sizes, their gaps.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ALL_HASHES, type HashName, newDigest } from "../../../../agent/dissect/files/digest.ts";
import { newContents } from "../../../../agent/dissect/files/file.ts";
import { fuidOf } from "../../../../agent/dissect/files/fuid.ts";
import { random } from "../../../craft/random.ts";

Deno.test("hashes are those of the whole file, whatever pieces it came in", () => {
  const { bytes, below } = random(1);
  for (const length of [0, 1, 2047, 2048, 2049, 8192, 8193, 100_000]) {
    const data = bytes(length);
    const digest = newDigest(ALL_HASHES);
    for (let at = 0; at < length;) {
      const end = Math.min(length, at + 1 + below(5000));
      digest.update(data, at, end);
      at = end;
    }
    const hashes = digest.finish();
    for (const name of ["md5", "sha1", "sha256"] as const) {
      assert.equal(hashes[name], createHash(name).update(data).digest("hex"), `${name} of ${length} bytes`);
    }
  }
});

Deno.test("a file with a hole, or longer than the limit, or with hashing off, has no hashes", () => {
  const data = new TextEncoder().encode("0123456789".repeat(10));
  const read = (settings: { hashes: readonly HashName[]; hashedBytesLimit: number }, gap: number) => {
    const contents = newContents(settings);
    contents.data(data, 0, 50);
    if (gap > 0) contents.gap(gap);
    contents.data(data, 50, 100);
    return contents.finish();
  };
  assert.equal(read({ hashes: ALL_HASHES, hashedBytesLimit: 100 }, 0).md5?.length, 32);
  assert.equal(read({ hashes: ALL_HASHES, hashedBytesLimit: 99 }, 0).md5, undefined);
  assert.equal(read({ hashes: ALL_HASHES, hashedBytesLimit: 1000 }, 7).md5, undefined);
  assert.equal(read({ hashes: ALL_HASHES, hashedBytesLimit: 1000 }, 7).missing_bytes, 7);
  assert.deepEqual(read({ hashes: [], hashedBytesLimit: 1000 }, 0).analyzers, []);
  assert.equal(read({ hashes: [], hashedBytesLimit: 1000 }, 0).mime_type, "text/plain");
});

Deno.test("names of files are Zeek's in form and depend on nothing but the key", () => {
  assert.match(fuidOf("CTest1 0"), /^F[0-9A-Za-z]{17}$/);
  assert.equal(fuidOf("CTest1 0"), fuidOf("CTest1 0"));
  assert.equal(new Set(Array.from({ length: 1000 }, (_, i) => fuidOf(`CTest1 ${i}`))).size, 1000);
});

Deno.test("only the hashes that are wanted are taken", () => {
  const contents = newContents({ hashes: ["md5"], hashedBytesLimit: 1000 });
  contents.data(new TextEncoder().encode("abc"), 0, 3);
  const { md5, sha1, sha256, analyzers } = contents.finish();
  // RFC 1321, appendix A.5.
  assert.deepEqual([md5, sha1, sha256, analyzers], ["900150983cd24fb0d6963f7d28e17f72", undefined, undefined, ["MD5"]]);
});
