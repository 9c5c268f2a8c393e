// CIDR blocks, and tables of many that nest in each other.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Cidr,
  cidrContains,
  findRange,
  findRanges,
  parseCidr,
  rangeTable,
} from "../../../agent/record/address-range.ts";
import { formatIPv4, formatIPv6 } from "../../../agent/record/address-text.ts";

function cidr(text: string): Cidr {
  const block = parseCidr(text);
  assert.ok(block, text);
  return block;
}

Deno.test("a block holds its first and last address and not their neighbours", () => {
  const home = cidr("192.168.4.0/22");
  assert.deepEqual(
    ["192.168.3.255", "192.168.4.0", "192.168.7.255", "192.168.8.0"].map((ip) => cidrContains(home, ip)),
    [false, true, true, false],
  );
  const site = cidr("2001:db8:40::/42");
  assert.deepEqual(
    ["2001:db8:3f:ffff::", "2001:db8:40::", "2001:db8:7f:ffff::", "2001:db8:80::"].map((ip) => cidrContains(site, ip)),
    [false, true, true, false],
  );
});

Deno.test("a lone address is a block of one, and stray host bits do not matter", () => {
  assert.equal(cidr("10.1.2.3").bits, 32);
  assert.equal(cidrContains(cidr("10.1.2.3"), "10.1.2.4"), false);
  assert.equal(cidr("::1").bits, 128);
  assert.equal(cidrContains(cidr("10.1.2.3/8"), "10.200.0.1"), true);
});

Deno.test("/0 holds its own family only", () => {
  assert.equal(cidrContains(cidr("0.0.0.0/0"), "255.1.2.3"), true);
  assert.equal(cidrContains(cidr("0.0.0.0/0"), "::1"), false);
  assert.equal(cidrContains(cidr("::/0"), "ffff::"), true);
  assert.equal(cidrContains(cidr("::/0"), "1.2.3.4"), false);
  assert.equal(cidrContains(cidr("0.0.0.0/0"), "nobody"), false);
});

Deno.test("text that is no block is refused", () => {
  for (
    const text of [
      "",
      "/",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0.0/-1",
      "10.0.0.0/08",
      "10.0.0.0/8/8",
      "10.0.0/8",
      "::/129",
      "::/ 1",
      "a/8",
    ]
  ) {
    assert.equal(parseCidr(text), undefined, text);
  }
});

Deno.test("among nested blocks the smallest wins, and all of them can be had", () => {
  const table = rangeTable<string>([
    [cidr("10.0.0.0/8"), "company"],
    [cidr("10.1.0.0/16"), "site"],
    [cidr("10.1.2.0/24"), "floor"],
    [cidr("10.1.2.0/24"), "floor, told by another list"],
    [cidr("10.1.2.3/32"), "printer"],
    [cidr("2001:db8::/32"), "company 6"],
    [cidr("2001:db8:1::/48"), "site 6"],
  ]);
  assert.equal(findRange(table, "10.1.2.3"), "printer");
  assert.deepEqual(findRanges(table, "10.1.2.9"), ["floor, told by another list", "floor", "site", "company"]);
  assert.equal(findRange(table, "10.1.3.1"), "site");
  assert.equal(findRange(table, "10.200.0.1"), "company");
  assert.equal(findRange(table, "11.0.0.1"), undefined);
  assert.equal(findRange(table, "2001:db8:1::9"), "site 6");
  assert.deepEqual(findRanges(table, "2001:db8:2::9"), ["company 6"]);
  assert.equal(findRange(table, "::1"), undefined);
  assert.deepEqual(findRanges(table, "printer"), []);
  assert.equal(findRange(rangeTable([]), "10.0.0.1"), undefined);
});

Deno.test("a table finds what asking each block in turn would find", () => {
  // Few distinct prefixes, so that blocks nest and touch often.
  const ipv4 = fc.record({ base: fc.constantFrom(0, 1, 2, 3, 0x80000000, 0xfffffffe), bits: fc.nat({ max: 32 }) })
    .map(({ base, bits }) => `${formatIPv4(base)}/${bits}`);
  const ipv6 = fc.record({
    last: fc.nat({ max: 5 }),
    first: fc.constantFrom(0, 0x20010db8),
    bits: fc.nat({ max: 128 }),
  })
    .map(({ first, last, bits }) => `${formatIPv6([first, 0, 1, last])}/${bits}`);
  const hosts = ["0.0.0.0", "0.0.0.2", "0.0.1.0", "128.0.0.1", "255.255.255.255", "2001:db8::1:0:3", "::1:0:4", "9::"];
  fc.assert(fc.property(fc.array(fc.oneof(ipv4, ipv6), { maxLength: 40 }), (texts) => {
    const blocks = texts.map(cidr);
    const table = rangeTable(blocks.map((block, at) => [block, at] as const));
    for (const host of hosts) {
      const expected = blocks.flatMap((block, at) => cidrContains(block, host) ? [at] : []);
      const found = findRanges(table, host);
      assert.deepEqual([...found].sort((a, b) => a - b), expected, `${host} in ${texts}`);
      const sizes = found.map((at) => blocks[at]!.bits);
      assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
      assert.equal(findRange(table, host), found[0]);
    }
  }));
});
