// Who made a network card, from the committed table.

/// <reference lib="deno.unstable" />

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { macVendor } from "../../../../agent/intel/tables/mac-vendors.ts";

/** What the table may add to the executable, in bytes. */
const MOST_BYTES = 700_000;

const table = new URL("../../../../config/tables/mac-vendors.bin", import.meta.url);

Deno.test("cards are known by blocks of 24, 28 and 36 bits", () => {
  assert.equal(macVendor("00:1b:63:84:45:e6"), "Apple, Inc.");
  assert.equal(macVendor("00:50:56:c0:00:08"), "VMware, Inc.");
  assert.equal(macVendor("b8:27:eb:00:00:01"), "Raspberry Pi Foundation");
  assert.equal(macVendor("20:85:93:b1:23:45"), "IOG Products LLC");
  assert.equal(macVendor("70:b3:d5:f2:f1:23"), "TELEPLATFORMS");
  assert.equal(macVendor("00:50:c2:7d:51:23"), "DEUTA-WERKE GmbH");
});

Deno.test("neighbouring small blocks inside one large block have their own owners", () => {
  assert.equal(macVendor("70:b3:d5:71:91:23"), "2M Technology");
  assert.notEqual(macVendor("20:85:93:c1:23:45"), "IOG Products LLC");
});

Deno.test("a MAC may be written in any of the usual ways", () => {
  for (const mac of ["00:1B:63:84:45:E6", "00-1b-63-84-45-e6", "001b.6384.45e6", "001b638445e6"]) {
    assert.equal(macVendor(mac), "Apple, Inc.", mac);
  }
});

Deno.test("addresses that no vendor was given have none", () => {
  const nobody = {
    "a phone that hides its own": "da:a1:19:00:11:22",
    "a virtual machine": "52:54:00:12:34:56",
    "everybody": "ff:ff:ff:ff:ff:ff",
    "an IPv4 group": "01:00:5e:00:00:fb",
    "an IPv6 group": "33:33:00:00:00:01",
    "an owner who wants to stay private": "74:1a:e0:9a:bc:de",
    "nothing": "",
    "too short": "00:1b:63",
    "no hexadecimal": "00:1b:63:84:45:zz",
  };
  for (const [what, mac] of Object.entries(nobody)) assert.equal(macVendor(mac), undefined, what);
});

Deno.test("the table is small enough to live in the executable", () => {
  assert.ok(statSync(table).size < MOST_BYTES);
  assert.ok(inflateRawSync(readFileSync(table)).length < 2 ** 20);
});

Deno.test("all tables can be read by a worker that may do nothing", async () => {
  const worker = new Worker(new URL("./reader-worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  try {
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
    assert.deepEqual(answer, ["rdp", "apple", "apns", "Apple, Inc."]);
  } finally {
    worker.terminate();
  }
});
