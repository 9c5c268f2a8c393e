// Who the other side is, by its address, its AS number or its name.

import assert from "node:assert/strict";
import text from "../../../../config/tables/organisations.tsv" with { type: "text" };
import { organisationNames, organisationOf, organisationsOf } from "../../../../agent/intel/tables/organisations.ts";
import { tableRows } from "../../../../agent/intel/tables/tsv.ts";
import { isGlobal } from "../../../../agent/record/address.ts";
import { cidrContains, parseCidr } from "../../../../agent/record/address-range.ts";

const rows = tableRows("organisations.tsv", text, 4) as [string, string, string, string][];

Deno.test("D14: an address belongs to the organisation whose block holds it", () => {
  const owners: [string, string | undefined][] = [
    ["8.8.8.8", "google"],
    ["142.251.36.14", "google"],
    ["2a00:1450:4014:80e::200e", "google"],
    ["13.107.42.14", "microsoft"],
    ["52.114.128.69", "microsoft"],
    ["17.57.146.20", "apple"],
    ["17.255.255.255", "apple"],
    ["18.0.0.0", undefined],
    ["157.240.241.35", "facebook"],
    ["2a03:2880:f12d:83:face:b00c:0:25de", "facebook"],
    ["104.244.42.1", "twitter"],
    ["104.244.48.1", undefined],
    ["1.1.1.1", undefined],
    ["192.168.1.1", undefined],
    ["not an address", undefined],
  ];
  for (const [ip, organisation] of owners) assert.equal(organisationOf({ ip }), organisation, ip);
});

Deno.test("D33: every organisation is tested, not only the first of the table", () => {
  assert.deepEqual(organisationNames(), ["google", "microsoft", "apple", "facebook", "twitter"]);
  for (const organisation of organisationNames()) {
    const own = rows.filter(([name]) => name === organisation);
    const range = own.find(([, kind]) => kind === "range");
    const domain = own.find(([, kind]) => kind === "domain");
    const asn = own.find(([, kind]) => kind === "asn");
    assert.ok(range && domain && asn, organisation);
    assert.deepEqual(organisationsOf({ ip: range[2].split("/")[0] }), [organisation]);
    assert.deepEqual(organisationsOf({ domain: domain[2] }), [organisation]);
    assert.deepEqual(organisationsOf({ asn: Number(asn[2]) }), [organisation]);
  }
});

Deno.test("D42: a host below an organisation's domain is the organisation's, a name that only ends alike is not", () => {
  assert.equal(organisationOf({ domain: "google.com" }), "google");
  assert.equal(organisationOf({ domain: "www.google.com" }), "google");
  assert.equal(organisationOf({ domain: "a.b.c.Update.Microsoft.COM." }), "microsoft");
  assert.equal(organisationOf({ domain: "23-courier.push.apple.com" }), "apple");
  assert.equal(organisationOf({ domain: "notgoogle.com" }), undefined);
  assert.equal(organisationOf({ domain: "google.com.evil.example" }), undefined);
  assert.equal(organisationOf({ domain: "com" }), undefined);
  assert.equal(organisationOf({ domain: "" }), undefined);
  assert.equal(organisationOf({ domain: "." }), undefined);
});

Deno.test("when the traits point to two organisations both are told, in the table's order", () => {
  assert.deepEqual(organisationsOf({ ip: "17.1.2.3", domain: "www.google.com", asn: 32934 }), [
    "google",
    "apple",
    "facebook",
  ]);
  assert.deepEqual(organisationsOf({}), []);
  assert.deepEqual(organisationsOf({ asn: 64496 }), []);
});

Deno.test("machines that Google rents to anybody are not Google", () => {
  assert.equal(organisationOf({ ip: "34.107.221.82" }), undefined);
  assert.equal(organisationOf({ domain: "82.221.107.34.bc.googleusercontent.com" }), undefined);
  assert.equal(organisationOf({ asn: 396982 }), undefined);
});

Deno.test("the table holds global blocks as they are allocated, none twice or inside another, and lower-case domains", () => {
  const blocks = rows.filter(([, kind]) => kind === "range").map(([, , value]) => value);
  for (const text of blocks) {
    const [base, bits] = text.split("/") as [string, string];
    assert.ok(isGlobal(base), text);
    const block = parseCidr(text);
    assert.ok(block && block.bits === Number(bits), text);
    assert.deepEqual(block.words, parseCidr(base)!.words, `${text} has bits set behind its prefix`);
    const holders = blocks.filter((other) => cidrContains(parseCidr(other)!, base));
    assert.deepEqual(holders, [text]);
  }
  for (const [organisation, kind, value, source] of rows) {
    if (kind === "domain") assert.match(value, /^[a-z0-9-]+(\.[a-z0-9-]+)+$/, organisation);
    assert.match(source, /\S/);
  }
  assert.equal(new Set(rows.map(([, kind, value]) => `${kind} ${value}`)).size, rows.length);
});
