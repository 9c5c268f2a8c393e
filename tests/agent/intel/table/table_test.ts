// The compiled table: what went in is found, nothing else is, several feeds' words are joined, and damage is noticed.

import assert from "node:assert/strict";
import fc from "fast-check";
import { INDICATOR_KINDS, type IndicatorKind, readIndicator } from "../../../../agent/intel/indicator.ts";
import { createTableBuilder } from "../../../../agent/intel/table/build.ts";
import { openTable, TableError } from "../../../../agent/intel/table/read.ts";
import type { Mention } from "../../../../agent/intel/table/verdict.ts";

function mention(feed: string, more: Partial<Mention> = {}): Mention {
  return { feed, level: "medium", confidence: 1, tags: [], description: "", decides: false, ...more };
}

/** A table of `[text, feed]`, each text of the kind that it looks like. */
function tableOf(...entries: (readonly [text: string, mention: Mention, kind?: IndicatorKind])[]): SharedArrayBuffer {
  const builder = createTableBuilder();
  for (const [text, said, kind] of entries) {
    const read = readIndicator(text, kind);
    assert("kind" in read, `${text}: ${JSON.stringify(read)}`);
    builder.add(read, said);
  }
  return builder.finish("test");
}

Deno.test("an address is found itself, else in the smallest network around it", () => {
  const table = openTable(
    tableOf(
      ["45.9.0.0/16", mention("wide", { level: "low" })],
      ["45.9.148.0/24", mention("narrow")],
      ["45.9.148.3", mention("exact", { level: "high" })],
      ["2a02:6e0::/32", mention("six")],
      ["2a02:6e0::66", mention("six exact")],
    ),
    { check: true },
  );
  const found = (ip: string) => {
    const match = table.address(ip);
    return match && `${match.indicator} ${match.exact} ${match.feeds} ${match.level}`;
  };
  assert.equal(found("45.9.148.3"), "45.9.148.3 true exact high");
  assert.equal(found("::ffff:45.9.148.3"), "::ffff:45.9.148.3 true exact high");
  assert.equal(found("45.9.148.4"), "45.9.148.0/24 false narrow medium");
  assert.equal(found("45.9.149.4"), "45.9.0.0/16 false wide low");
  assert.equal(found("45.10.0.0"), undefined);
  assert.equal(found("45.8.255.255"), undefined);
  assert.equal(found("2a02:6e0::66"), "2a02:6e0::66 true six exact medium");
  assert.equal(found("2a02:6e0:ffff::1"), "2a02:6e0::/32 false six medium");
  assert.equal(found("2a02:6e1::1"), undefined);
  assert.equal(found("no address"), undefined);
});

Deno.test("a domain is found itself and for every name below it, but not for one that only ends alike", () => {
  const table = openTable(tableOf(["evil.example", mention("names")]), { check: true });
  assert.deepEqual(table.domain("evil.example")?.exact, true);
  const below = table.domain("www.c2.evil.example");
  assert.deepEqual([below?.indicator, below?.exact], ["evil.example", false]);
  assert.equal(table.domain("notevil.example"), undefined);
  assert.equal(table.domain("example"), undefined);
});

Deno.test("a public suffix that is listed does not condemn what others have below it", () => {
  const builder = createTableBuilder();
  builder.add({ kind: "domain", value: "github.io" }, mention("names"), true);
  const table = openTable(builder.finish("test"), { check: true });
  assert.equal(table.domain("github.io")?.exact, true);
  assert.equal(table.domain("somebody.github.io"), undefined);
  assert.deepEqual(table.facts.kinds, { domain: 1 });
});

Deno.test("the same digits as file, client fingerprint and known good file are three indicators", () => {
  const digits = "44d88612fea8a8f36de82e1278abb02f";
  const table = openTable(tableOf([digits, mention("files")], [digits, mention("ja3"), "ja3"]), { check: true });
  assert.deepEqual(table.find("md5", digits)?.feeds, ["files"]);
  assert.deepEqual(table.find("ja3", digits)?.feeds, ["ja3"]);
  assert.equal(table.find("known_good", digits), undefined);
  assert.equal(table.find("md5", digits.slice(2)), undefined);
  assert.equal(table.find("md5", "x".repeat(32)), undefined);
});

Deno.test("AS numbers, URLs, JA4, JARM, certificates and Tor exits are found as they are", () => {
  const entries: [IndicatorKind, string][] = [
    ["asn", "64512"],
    ["url", "evil.example/x?y=%20"],
    ["sha1", "ab".repeat(20)],
    ["sha256", "cd".repeat(32)],
    ["ja3s", "12".repeat(16)],
    ["ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1"],
    ["jarm", "29".repeat(31)],
    ["certificate", "ef".repeat(20)],
    ["tor_exit", "185.220.101.1"],
    ["known_good", "34".repeat(16)],
  ];
  const table = openTable(
    tableOf(...entries.map(([kind, value]) => [value, mention(kind), kind] as const)),
    { check: true },
  );
  for (const [kind, value] of entries) {
    assert.deepEqual(table.find(kind as "asn", value)?.feeds, [kind], kind);
  }
  assert.equal(table.find("asn", "64513"), undefined);
});

Deno.test("D5: an indicator in several feeds has all their names and tags, the highest level and the fullest words", () => {
  const table = openTable(
    tableOf(
      ["45.9.148.3", mention("one", { level: "medium", tags: ["spam"], confidence: 0.5, description: "seen" })],
      ["45.9.148.3", mention("two", { level: "high", tags: ["c2", "spam"], confidence: 0.9 })],
      ["45.9.148.3", mention("three", { level: "info", confidence: 0.2, description: "seen sending mail" })],
      ["45.9.148.3", mention("one", { level: "medium", tags: ["spam"], confidence: 0.5, description: "seen" })],
    ),
    { check: true },
  );
  assert.deepEqual(table.address("45.9.148.3"), {
    kind: "ip",
    indicator: "45.9.148.3",
    exact: true,
    level: "high",
    confidence: 0.9,
    feeds: ["one", "two", "three"],
    tags: ["spam", "c2"],
    description: "seen sending mail",
  });
  assert.deepEqual(table.facts.kinds, { ip: 1 });
});

Deno.test("the user's own word on the level beats all lists", () => {
  const table = openTable(
    tableOf(
      ["evil.example", mention("list", { level: "critical", description: "C&C" })],
      ["evil.example", mention("own", { level: "info", description: "our sinkhole", decides: true })],
    ),
    { check: true },
  );
  const match = table.domain("evil.example")!;
  assert.deepEqual([match.level, match.description, match.feeds], ["info", "our sinkhole", ["list", "own"]]);
});

Deno.test("any mix of networks and addresses is answered as by going through all of them", () => {
  const octet = fc.integer({ min: 0, max: 3 });
  const block = fc.record({ c: octet, d: fc.integer({ min: 0, max: 255 }), bits: fc.integer({ min: 20, max: 32 }) });
  fc.assert(fc.property(fc.array(block, { maxLength: 40 }), fc.array(block, { maxLength: 20 }), (listed, asked) => {
    const address = ({ c, d }: { c: number; d: number }): number => (45 << 24 | 9 << 16 | c << 8 | d) >>> 0;
    const table = openTable(
      tableOf(...listed.map((one) => [`45.9.${one.c}.${one.d}/${one.bits}`, mention("x")] as const)),
      { check: true },
    );
    for (const one of asked) {
      const best = Math.max(
        -1,
        ...listed.filter(({ bits, ...other }) =>
          address(other) >>> (32 - bits) === address(one) >>> (32 - bits) || bits === 0
        )
          .map(({ bits }) => bits),
      );
      const match = table.address(`45.9.${one.c}.${one.d}`);
      const got = match === undefined ? -1 : match.exact ? 32 : Number(match.indicator.split("/")[1]);
      assert.equal(got, best);
    }
  }));
});

Deno.test("the same indicators in the same order give the same bytes, and an empty table finds nothing", () => {
  const make = () => new Uint8Array(tableOf(["45.9.148.3", mention("a")], ["evil.example", mention("b")])).toHex();
  assert.equal(make(), make());
  const empty = openTable(createTableBuilder().finish("nothing"), { check: true });
  assert.equal(empty.address("45.9.148.3"), undefined);
  assert.equal(empty.address("2a02::1"), undefined);
  assert.equal(empty.domain("evil.example"), undefined);
  assert.deepEqual(empty.facts.kinds, {});
});

Deno.test("a table that is damaged, cut off or of another version is refused in words", () => {
  const whole = new Uint8Array(tableOf(["45.9.148.3", mention("a")], ["evil.example", mention("b")]));
  const refusal = (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): string => {
    try {
      openTable(change(new Uint8Array(whole)).buffer, { check: true });
    } catch (error) {
      assert(error instanceof TableError, String(error));
      return error.message;
    }
    return "opened";
  };
  assert.equal(refusal((bytes) => bytes), "opened");
  assert.equal(refusal((bytes) => bytes.slice(0, 100)), "it is cut off");
  assert.equal(refusal((bytes) => bytes.slice(0, -4)), "it is cut off");
  assert.equal(refusal((bytes) => (bytes[7] = 99, bytes)), "it is of another version");
  assert.equal(refusal((bytes) => (bytes.subarray(8, 12).reverse(), bytes)), "it was made on another sort of machine");
  for (let at = 24; at < whole.length; at++) {
    assert.equal(refusal((bytes) => (bytes[at]! ^= 1, bytes)), "it is damaged", `byte ${at}`);
  }
});

/** 128 names with one FNV-1a hash: pairs of equal effect, one after the other (Joux 2004, "Multicollisions"). */
function namesOfOneHash(): string[] {
  const step = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);
  const after = (hash: number, text: string): number => [...text].reduce((h, c) => step(h, c.charCodeAt(0)), hash);
  let state = step(0x811c9dc5, INDICATOR_KINDS.indexOf("domain"));
  let names = [""];
  for (let pair = 0; pair < 7; pair++) {
    const seen = new Map<number, string>();
    for (let i = 0;; i++) {
      const block = (Math.imul(i, 0x9e3779b1) >>> 0).toString(36).padStart(7, "0");
      const hash = after(state, block);
      const other = seen.get(hash);
      if (other !== undefined) {
        names = names.flatMap((name) => [name + other, name + block]);
        state = hash;
        break;
      }
      seen.set(hash, block);
    }
  }
  return names.map((name) => `${name}.example`);
}

Deno.test("a feed of names with one hash cannot make look-ups long: 64 are taken, the rest is counted", () => {
  const names = namesOfOneHash();
  const builder = createTableBuilder();
  for (const value of [...names, "honest.example"]) builder.add({ kind: "domain", value }, mention("x"));
  const table = openTable(builder.finish("test"), { check: true });
  assert.equal(names.filter((name) => table.domain(name) !== undefined).length, 64);
  assert.equal(table.domain("honest.example")?.exact, true);
  assert.deepEqual(table.facts.dropped, { indicators: 64, descriptions: 0 });
});
