// Where libraries are looked for.

import assert from "node:assert/strict";
import { LibraryMissing, libraryPaths, openLibrary } from "../../ffi/library-paths.ts";

Deno.test("paths are whole, the distribution's likeliest first, for both architectures", () => {
  const debian = libraryPaths(["libc.so.6"], "x86_64");
  assert.equal(debian[0], "/lib/x86_64-linux-gnu/libc.so.6");
  assert.ok(debian.includes("/lib64/libc.so.6"), "Fedora");
  assert.ok(debian.includes("/usr/lib/libc.so.6"), "Arch");
  assert.equal(libraryPaths(["libc.so.6"], "aarch64")[0], "/lib/aarch64-linux-gnu/libc.so.6");
  assert.ok(libraryPaths(["a.so.1", "a.so"], "aarch64").every((path) => path.startsWith("/")));
  assert.deepEqual(libraryPaths(["libc.so.6"], "pdp11"), []);
});

Deno.test("a library that is nowhere says where it was looked for", () => {
  const paths = ["/nowhere/libx.so.1", "/neither/libx.so.1"];
  assert.throws(() => openLibrary("libx", paths, {}), (error: unknown) => {
    assert.ok(error instanceof LibraryMissing);
    assert.deepEqual(error.tried.map((one) => one.split(":")[0]), paths);
    return true;
  });
});
