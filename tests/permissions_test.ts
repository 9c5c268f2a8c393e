// The executable's permissions are those that the code needs, and documented.

import assert from "node:assert/strict";
import manifest from "../deno.json" with { type: "json" };
import { libraryPaths } from "../ffi/library-paths.ts";
import { PEER_NETWORK } from "../p2p/thread.ts";

const set = manifest.permissions.smartshield;

Deno.test("foreign functions are permitted in the libraries that are used, on both architectures, and in no other", () => {
  const used = ["x86_64", "aarch64"].flatMap((architecture) =>
    libraryPaths(["libc.so.6", "libpcap.so.0.8", "libpcap.so.1"], architecture)
  );
  assert.deepEqual([...set.ffi].sort(), [...new Set(used)].sort());
});

Deno.test("what the peer may contact is permitted to the executable", () => {
  for (const host of PEER_NETWORK) assert(set.net.includes(host), host);
  assert.deepEqual(set.sys, ["hostname", "networkInterfaces", "uid"]);
});

Deno.test("every permission is explained in docs/permissions.md", async () => {
  const page = await Deno.readTextFile(new URL("../docs/permissions.md", import.meta.url));
  for (const name of Object.keys(set)) assert.match(page, new RegExp(`^\\| ${name}\\b`, "m"), name);
  for (const variable of set.env) assert(page.includes(`\`${variable}\``), variable);
});

Deno.test("a store on this machine or at a private address is permitted to the executable", () => {
  for (const host of ["127.0.0.1", "localhost", "[::1]", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]) {
    assert(set.net.includes(host), host);
  }
});
