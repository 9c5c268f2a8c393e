// MaxMind DB files: the three record sizes, both families, pointers, and what damage does.

import assert from "node:assert/strict";
import { openAsn } from "../../../agent/intel/asn.ts";
import { MmdbError, openMmdb } from "../../../agent/intel/mmdb.ts";
import { bitsOf, mmdb } from "./mmdb-file.ts";

const GOOGLE = { autonomous_system_number: 15169, autonomous_system_organization: "GOOGLE" };
const SMALL = { autonomous_system_number: 64500, autonomous_system_organization: "Kleinö AG" };

for (const recordSize of [24, 28, 32] as const) {
  Deno.test(`an address is found in the smallest network that holds it (records of ${recordSize} bits)`, () => {
    const bytes = mmdb([[bitsOf("8.0.0.0", 8), SMALL], [bitsOf("8.8.8.0", 24), GOOGLE]], { recordSize });
    const database = openMmdb(bytes);
    assert.equal(database.type, "Test-ASN");
    assert.equal(database.built, 1_700_000_000);
    assert.deepEqual(database.lookup("8.8.8.8"), GOOGLE);
    assert.deepEqual(database.lookup("8.9.0.1"), SMALL);
    assert.equal(database.lookup("9.9.9.9"), undefined);
    assert.equal(database.lookup("2001:db8::1"), undefined);
    assert.equal(database.lookup("dns.google"), undefined);
  });
}

Deno.test("a tree for IPv6 holds IPv4 under ::/96, and mapped addresses are IPv4", () => {
  const bytes = mmdb([["0".repeat(96) + bitsOf("8.8.8.0", 24), GOOGLE], ["0010", SMALL]], { ipVersion: 6 });
  const database = openMmdb(bytes);
  assert.deepEqual(database.lookup("8.8.8.8"), GOOGLE);
  assert.deepEqual(database.lookup("::ffff:8.8.8.8"), GOOGLE);
  assert.deepEqual(database.lookup("2606:4700::1"), SMALL);
});

Deno.test("values of every kind, also by way of pointers, and from shared memory", () => {
  const value = { a: [1, "zwei", true, 0.5, 7n], long: "x".repeat(400) };
  const plain = mmdb([["0", value], ["1", { same: { pointer: 0 } }]]);
  const shared = new Uint8Array(new SharedArrayBuffer(plain.length));
  shared.set(plain);
  const database = openMmdb(shared);
  const read = { a: [1, "zwei", true, 0.5, 7], long: "x".repeat(400) };
  assert.deepEqual(database.lookup("1.2.3.4"), read);
  assert.deepEqual(database.lookup("200.2.3.4"), { same: read });
});

Deno.test("AS numbers under both sets of names; an entry without one is nobody's", () => {
  const asnOf = openAsn(mmdb([
    [bitsOf("8.8.8.0", 24), GOOGLE],
    [bitsOf("9.0.0.0", 8), { asn: "AS64501", as_name: "Neun" }],
    [bitsOf("10.0.0.0", 8), { country: "DE" }],
  ]));
  assert.deepEqual(asnOf("8.8.8.8"), { number: 15169, organisation: "GOOGLE" });
  assert.deepEqual(asnOf("9.1.2.3"), { number: 64501, organisation: "Neun" });
  assert.equal(asnOf("10.1.2.3"), undefined);
  assert.equal(asnOf("10.1.2.3"), undefined, "also when asked again");
});

Deno.test("what is no database, or a damaged one, is refused or knows less; it never hangs and never throws later", () => {
  assert.throws(() => openMmdb(new TextEncoder().encode("ip,asn\n8.8.8.8,15169\n")), MmdbError);
  const whole = mmdb([[bitsOf("8.8.8.0", 24), GOOGLE], [bitsOf("9.0.0.0", 8), SMALL]]);
  assert.throws(() => openMmdb(whole.subarray(250)), MmdbError);
  for (let at = 0; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at]! ^= 0xff;
    let asnOf;
    try {
      asnOf = openAsn(damaged);
    } catch (error) {
      assert(error instanceof MmdbError, String(error));
      continue;
    }
    asnOf("8.8.8.8");
    asnOf("9.9.9.9");
  }
});
