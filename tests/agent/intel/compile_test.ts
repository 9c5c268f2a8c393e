// From several files to one table: the user's word and wishes, public suffixes, files that are no feeds.

import assert from "node:assert/strict";
import { compile, indicatorId, type Source } from "../../../agent/intel/compile.ts";
import { builtInFiles, localFeed, OWN_FEED } from "../../../agent/intel/feeds/local.ts";
import { openTable } from "../../../agent/intel/table/read.ts";

function source(file: string, text: string, own = false): Source {
  const feed = own ? OWN_FEED : localFeed(file)!;
  return { feed, file, bytes: new TextEncoder().encode(text), fetched: 1_700_000_000 };
}

Deno.test("what is local is read by its name, in the field's own forms", () => {
  const kinds = (name: string): string => {
    const feed = localFeed(name);
    return feed === undefined ? "not understood" : `${feed.format} ${feed.kind ?? "as it looks"}`;
  };
  assert.equal(kinds("own_malicious_iocs.csv"), "csv as it looks");
  assert.equal(kinds("own_malicious_JA3.csv"), "csv ja3");
  assert.equal(kinds("own_malicious_JARM.csv"), "csv jarm");
  assert.equal(kinds("known_fp_md5_hashes.csv"), "csv known_good");
  assert.equal(kinds("my_ssl_certs.csv"), "csv certificate");
  assert.equal(kinds("block.netset"), "list as it looks");
  assert.equal(kinds("zeek.intel"), "zeek-intel as it looks");
  assert.equal(kinds("README.md"), "not understood");
});

Deno.test("D5: every level of one's own lists is kept, for JA3 and JARM as well; what comes with the program is sound", () => {
  const { table, reports } = compile(
    [
      source("own_malicious_JA3.csv", '"6734f37431670b3ab4292b8f60f29984", "critical", "mine"\n'),
      ...builtInFiles().map(({ feed, file, text }) => ({ ...source("x.csv", text), feed, file })),
    ],
    new Set(),
    "test",
  );
  assert.deepEqual(reports.map(({ bad, failed }) => [bad, failed]), [[0, undefined], [0, undefined]]);
  const match = openTable(table, { check: true }).find("ja3", "6734f37431670b3ab4292b8f60f29984")!;
  assert.deepEqual([match.level, match.feeds], ["critical", ["own_malicious_JA3.csv", "built-in"]]);
});

Deno.test("what the user took out of the lists is not found, and comes back when added", () => {
  const list = source("bad.txt", "45.9.148.3\nevil.example\n");
  const ignored = new Set([indicatorId("ip", "45.9.148.3"), indicatorId("domain", "evil.example")]);
  const without = openTable(compile([list], ignored, "test").table, { check: true });
  assert.equal(without.address("45.9.148.3"), undefined);
  assert.equal(without.domain("evil.example"), undefined);
  const own = source("own.csv", "45.9.148.3,ip,critical,seen twice\n", true);
  const back = openTable(compile([list, own], ignored, "test").table, { check: true });
  assert.deepEqual([back.address("45.9.148.3")?.level, back.domain("evil.example")], ["critical", undefined]);
});

Deno.test("public suffixes on lists match alone", () => {
  const { table } = compile([source("bad.txt", "github.io\nco.uk\nevil.co.uk\n")], new Set(), "test");
  const open = openTable(table, { check: true });
  assert.equal(open.domain("somebody.github.io"), undefined);
  assert.equal(open.domain("github.io")?.exact, true);
  assert.equal(open.domain("good.co.uk"), undefined);
  assert.equal(open.domain("www.evil.co.uk")?.indicator, "evil.co.uk");
});

Deno.test("a feed that is no feed any more does not stop the others", () => {
  const { reports, table } = compile(
    [source("a.json", "<html>we have moved</html>"), source("b.txt", "<html>\n45.9.148.3\n</html>")],
    new Set(),
    "test",
  );
  assert.deepEqual(reports.map(({ name, failed, accepted, bad }) => [name, failed, accepted, bad]), [
    ["a.json", "it is no JSON, or cut off", 0, 0],
    ["b.txt", undefined, 1, 2],
  ]);
  assert.equal(openTable(table, { check: true }).address("45.9.148.3")?.exact, true);
});
