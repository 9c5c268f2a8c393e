// Generated names: many different ones, none of which exists.

import assert from "node:assert/strict";
import { dgaNxdomains } from "../../detectors/dga-nxdomains.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const BOT = "192.168.1.23";

function fail(query: string, seconds: number, fields: Partial<RecordOf<"dns">> = {}): RecordOf<"dns"> {
  return record("dns", {
    ts: T + seconds,
    orig_h: BOT,
    orig_p: 50_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query,
    qtype_name: "A",
    rcode: 3,
    rcode_name: "NXDOMAIN",
    ...fields,
  });
}

/** Questions for `count` generated names, a minute apart. */
function generated(count: number, domain = "com", pace = 20): RecordOf<"dns">[] {
  return Array.from({ length: count }, (_, n) => fail(`xkqz${n}vv.${domain}`, n * pace));
}

function counts(records: readonly RecordOf<"dns">[], options = {}): number[] {
  return watch([dgaNxdomains], records, options)
    .map(({ description }) => Number(/(\d+) different/.exec(description)![1]));
}

proof("dga_nxdomains", "a host that asks for ten different names that do not exist may look for its master", () => {
  const records = generated(10);
  const [found, ...more] = watch([dgaNxdomains], records);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "dga_nxdomains",
    threat: "high",
    confidence: 0.1,
    attacker: "src ip 192.168.1.23",
    profile: BOT,
    window: 1,
    timestamp: T + 180,
    uids: records.map(({ uid }) => uid),
    description: "possible DGA: 192.168.1.23 asked for 10 different names that do not exist, as malware does that " +
      "looks for its master under generated names",
  });
});

Deno.test("D18: nine names are none, and ten questions for one name are one name", () => {
  assert.deepEqual(counts(generated(9)), []);
  assert.deepEqual(counts(Array.from({ length: 40 }, (_, n) => fail("printer.corp.example", n))), []);
  assert.deepEqual(counts([...generated(9), ...generated(9)]), []);
  const mixedCase = Array.from({ length: 12 }, (_, n) => fail(n % 2 === 0 ? "WwW.eXample.com" : "www.EXAMPLE.com", n));
  assert.deepEqual(counts(mixedCase), []);
});

Deno.test("D18: it is told at 10, 15, 20 ... different names, surer each time", () => {
  const records = generated(24, "com", 1);
  assert.deepEqual(counts(records), [10, 15, 20]);
  const found = watch([dgaNxdomains], generated(120, "com", 1));
  assert.equal(found.length, 23);
  assert.deepEqual(found.slice(0, 3).map(({ confidence }) => confidence), [0.1, 0.15, 0.2]);
  assert.deepEqual(found.slice(-5).map(({ confidence }) => confidence), [1, 1, 1, 1, 1]);
  assert.equal(found[1]!.uids.length, 15, "every name so far");
  assert.equal(found[22]!.uids.length, 101, "bounded, with the one that completed it");
});

twin("dga_nxdomains", "names that exist, names of neighbours and reverse names are not generated", () => {
  const answered = generated(20).map((question) => ({ ...question, rcode: 0, rcode_name: "NOERROR" }));
  assert.deepEqual(counts(answered), []);
  assert.deepEqual(counts(generated(20, "local")), []);
  assert.deepEqual(counts(generated(20, "in-addr.arpa")), []);
});

Deno.test("names are counted by the hour, and hosts one by one", () => {
  assert.deepEqual(counts(generated(18, "com", 450)), [], "eight in each hour");
  const shared = generated(18).map((question, n) => ({ ...question, orig_h: `192.168.1.${n % 2}` }));
  assert.deepEqual(counts(shared), []);
});

Deno.test("the response code alone is enough, and so is its name", () => {
  assert.deepEqual(counts(generated(10).map((question) => ({ ...question, rcode_name: undefined }))), [10]);
  assert.deepEqual(counts(generated(10).map((question) => ({ ...question, rcode: undefined }))), [10]);
});

Deno.test("a flood of names is remembered in bounds: those of long ago would count again", () => {
  const flood = generated(5000, "com", 0.01);
  assert.equal(counts([...flood, fail("xkqz4999vv.com", 60)]).at(-1), 5000);
  assert.deepEqual(counts([...flood, ...generated(5)]).at(-1), 5005);
});

Deno.test("any number of names under one domain is a block list or a search domain; under a country's registry they are many", () => {
  const senders = Array.from({ length: 200 }, (_, n) => fail(`${n}.2.0.192.zen.list.example.org`, n));
  const behind = Array.from({ length: 200 }, (_, n) => fail(`www.site-${n}.example.com.corp.example.net`, n));
  assert.deepEqual(counts([...senders, ...behind]), []);
  assert.deepEqual(counts(generated(15, "co.uk")), [10, 15]);
});

Deno.test("three names under one domain count, no more", () => {
  const under = (domain: string, count: number) =>
    Array.from({ length: count }, (_, n) => fail(`host${n}.${domain}`, n));
  const domains = ["kqzxv.com", "wjrtb.net", "pvnsl.org"];
  assert.deepEqual(counts([...domains.flatMap((domain) => under(domain, 9)), fail("xkqzv.info", 60)]), [10]);
  assert.deepEqual(counts(domains.flatMap((domain) => under(domain, 9))), []);
});

Deno.test("countries' registries have labels of up to three letters below their own", () => {
  assert.deepEqual(counts(generated(15, "com.br")), [10, 15]);
  assert.deepEqual(counts(generated(15, "corp.de")), []);
});

twin("dga_nxdomains", "a browser that asks for three words without a domain at each start looks for no master", () => {
  assert.deepEqual(counts(Array.from({ length: 60 }, (_, n) => fail(`qzxkwvyt${n}`, n * 50))), []);
});
