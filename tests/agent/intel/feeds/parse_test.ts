// Feeds as they are really written: every indicator is taken, with its words, and a bad line costs that line.

import assert from "node:assert/strict";
import type { Feed } from "../../../../agent/intel/feeds/feed.ts";
import { FeedError } from "../../../../agent/intel/feeds/lines.ts";
import { parseFeed, type ParseReport } from "../../../../agent/intel/feeds/parse.ts";

const NOW = Date.UTC(2025, 5, 15) / 1000;

function read(text: string, more: Partial<Feed> = {}): { found: string[]; report: ParseReport } {
  const feed: Feed = {
    name: "test",
    format: "list",
    level: "medium",
    confidence: 1,
    tags: [],
    licence: "",
    enabled: true,
    ...more,
  };
  const found: string[] = [];
  const report = parseFeed(feed, text, NOW, ({ kind, value, level, description, tags }) => {
    found.push([kind, value, level, description, tags?.join("+")].filter((part) => part !== undefined).join(" | "));
  });
  return { found, report };
}

Deno.test("D5: lists of addresses: comments, Windows line ends, words behind the address; no line is lost at the start", () => {
  const { found, report } = read(
    "\ufeff45.9.148.1\r\n# comment\r\n; comment\r\n\r\n45.9.148.2 # Scanning Host, CN\r\n45.9.148.0/24 ; SBL256894\n45.9.149.1\t7\n2a02:6e0::/32 ; SBL1",
  );
  assert.deepEqual(found, [
    "ip | 45.9.148.1",
    "ip | 45.9.148.2 | Scanning Host, CN",
    "range | 45.9.148.0/24 | SBL256894",
    "ip | 45.9.149.1",
    "range | 2a02:6e0::/32 | SBL1",
  ]);
  assert.deepEqual(report, { accepted: 5, bad: 0, examples: [] });
});

Deno.test("D5: a bad line costs that line, and is told with its place; home networks in bogon lists are left out", () => {
  const lines = [
    "10.0.0.0/8",
    "224.0.0.0/3",
    "not an address",
    "45.9.148.1",
    "999.1.1.1",
    "x".repeat(20_000),
    "45.9.148.2",
  ];
  const { found, report } = read(lines.join("\n"));
  assert.deepEqual(found, ["ip | 45.9.148.1", "ip | 45.9.148.2"]);
  assert.equal(report.bad, 5);
  assert.deepEqual(report.examples[0], {
    line: 1,
    why: "10.0.0.0/8: it holds addresses that nobody has on the Internet",
  });
  assert.deepEqual(report.examples.map(({ line }) => line), [1, 2, 3, 5, 6]);
});

Deno.test("lists of names, and hosts files that block them", () => {
  assert.deepEqual(read("evil.example\nwww.evil.example.\n").found, [
    "domain | evil.example",
    "domain | www.evil.example",
  ]);
  const hosts =
    "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 ads.example tracker.example # two\nplain.example\n0.0.0.0 0.0.0.0\n";
  assert.deepEqual(read(hosts, { format: "hosts" }).found, [
    "domain | ads.example",
    "domain | tracker.example",
    "domain | plain.example",
  ]);
});

Deno.test("Tor exits are addresses of a kind of their own", () => {
  assert.deepEqual(read("185.220.101.1\n", { kind: "tor_exit" }).found, ["tor_exit | 185.220.101.1"]);
});

Deno.test("CSV with the header behind a comment sign, quoted, as Feodo Tracker writes it", () => {
  const text = [
    "################",
    "# Feodo Tracker Botnet C2 IP Blocklist #",
    '# "first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"',
    '"2021-01-17 07:30:05","45.9.148.3","80","offline","2025-06-15","Emotet"',
    '"2022-06-04 21:24:53","45.9.148.4","443","online","2025-06-15","QakBot"',
  ].join("\r\n");
  assert.deepEqual(read(text, { format: "csv" }).found, ["ip | 45.9.148.3 | Emotet", "ip | 45.9.148.4 | QakBot"]);
});

Deno.test("JA3 and certificate lists of SSLBL", () => {
  const ja3 =
    "# ja3_md5,Firstseen,Lastseen,Listingreason\n6734f37431670b3ab4292b8f60f29984,2017-07-14 18:08:15,2019-07-27 20:42:54,TrickBot\n";
  assert.deepEqual(read(ja3, { format: "csv", kind: "ja3" }).found, [
    "ja3 | 6734f37431670b3ab4292b8f60f29984 | TrickBot",
  ]);
  const sha1 = `# Listingdate,SHA1,Listingreason\n2025-06-15 03:02:22,${"ab".repeat(20)},AsyncRAT C&C\n`;
  assert.deepEqual(read(sha1, { format: "csv", kind: "certificate" }).found, [
    `certificate | ${"ab".repeat(20)} | AsyncRAT C&C`,
  ]);
});

Deno.test("JARM fingerprints and JA4 of one's own", () => {
  const jarm = "07d14d16d21d21d07c42d41d00041d24a458a375eef0c576d23a7bab9a9fb1";
  assert.deepEqual(
    read(`${jarm}, high, Cobalt Strike\n`, { format: "csv", kind: "jarm", columns: { level: 2, description: 3 } })
      .found,
    [
      `jarm | ${jarm} | high | Cobalt Strike`,
    ],
  );
  assert.deepEqual(read("t13d1516h2_8daaf6152771_e5627efa2ab1\n").found, [
    "ja4 | t13d1516h2_8daaf6152771_e5627efa2ab1",
  ]);
});

Deno.test("D5: one's own list: the first line counts, levels may have blanks before them, a wrong level is told", () => {
  const text = [
    '"45.9.148.3", "high", "our attacker"',
    '"evil.example", " critical", "C&C"',
    '"AS64512","low","bulletproof"',
    '"45.10.0.0/16","dreadful","typo"',
  ].join("\n");
  const { found, report } = read(text, { format: "csv", columns: { indicator: 1, level: 2, description: 3 } });
  assert.deepEqual(found, [
    "ip | 45.9.148.3 | high | our attacker",
    "domain | evil.example | critical | C&C",
    "asn | 64512 | low | bulletproof",
    "range | 45.10.0.0/16 | typo",
  ]);
  assert.deepEqual(report.examples, [{
    line: 4,
    why: "dreadful is no level (info, low, medium, high, critical); medium is taken instead",
  }]);
});

Deno.test("mixed CSV: the indicator and never the report that names it, and nothing of lines about e-mail addresses", () => {
  const text = [
    "#family,type,indicator,reference",
    "Pegasus,domain,evil.example,https://citizenlab.example/report",
    "Pegasus,email,someone@mail.example,https://citizenlab.example/report",
    "Pegasus,ip,45.9.148.3,https://citizenlab.example/report",
    "Pegasus,url,http://evil.example/x,https://citizenlab.example/report",
  ].join("\n");
  const { found, report } = read(text, { format: "csv" });
  assert.deepEqual(found, [
    "domain | evil.example | Pegasus",
    "ip | 45.9.148.3 | Pegasus",
    "url | evil.example/x | Pegasus",
  ]);
  assert.deepEqual(report.examples, [{ line: 3, why: "no column holds an indicator" }]);
});

Deno.test("CSV with semicolons, with quotation marks inside, and one that is not closed", () => {
  const text = 'value;comment\nevil.example;"says ""hello""; twice"\nbad.example;"open\ngood.example;x\n';
  const { found, report } = read(text, { format: "csv", columns: { indicator: "value", description: "comment" } });
  assert.deepEqual(found, ['domain | evil.example | says "hello"; twice', "domain | good.example | x"]);
  assert.deepEqual(report.examples, [{ line: 3, why: "a quotation mark is not closed" }]);
});

Deno.test("Zeek's intelligence files: types become kinds, what cannot be looked up is told", () => {
  const text = [
    "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc",
    "45.9.148.3\tIntel::ADDR\tx\tscanner",
    "45.9.148.0/24\tIntel::ADDR\tx\t-",
    "evil.example/x\tIntel::URL\tx\tphish",
    `${"cd".repeat(32)}\tIntel::FILE_HASH\tx\tmalware`,
    `${"ab".repeat(20)}\tIntel::CERT_HASH\tx\tcert`,
    "someone@evil.example\tIntel::EMAIL\tx\t-",
    "broken",
  ].join("\n");
  const { found, report } = read(text, { format: "zeek-intel" });
  assert.deepEqual(found, [
    "ip | 45.9.148.3 | scanner",
    "range | 45.9.148.0/24",
    "url | evil.example/x | phish",
    `sha256 | ${"cd".repeat(32)} | malware`,
    `certificate | ${"ab".repeat(20)} | cert`,
  ]);
  assert.deepEqual(report.examples, [
    { line: 7, why: "there is nothing to look Intel::EMAIL up with" },
    { line: 8, why: "there are 1 columns, and none is indicator or indicator_type" },
  ]);
});

Deno.test("JSON: a list with dates, of which old and withdrawn ones do not count; one object a line; cut off", () => {
  const domains = JSON.stringify([
    { DomainAddress: "evil.example", InsertDate: "2025-06-14T10:00:00", DeleteDate: null },
    { DomainAddress: "old.example", InsertDate: "2025-05-01T10:00:00", DeleteDate: null },
    { DomainAddress: "gone.example", InsertDate: "2025-06-14T10:00:00", DeleteDate: "2025-06-15T00:00:00" },
    42,
    { Other: 1 },
  ]);
  const feed: Partial<Feed> = {
    format: "json",
    days: 7,
    columns: { indicator: "DomainAddress", date: "InsertDate", removed: "DeleteDate" },
  };
  const { found, report } = read(domains, feed);
  assert.deepEqual(found, ["domain | evil.example"]);
  assert.equal(report.bad, 2);

  const lines = '{"ip":{"v4":"45.9.148.3"},"threat":["c2","botnet"]}\n{"ip":{}}\n{"ip":{"v4":"45.9.1';
  const rst = read(lines, { format: "json", columns: { indicator: "ip.v4", tags: "threat" } });
  assert.deepEqual(rst.found, ["ip | 45.9.148.3 | c2+botnet"]);
  assert.deepEqual(rst.report.examples.map(({ line }) => line), [2, 3]);

  assert.throws(() => read('[{"DomainAddress":"evil', feed), FeedError);
  assert.throws(() => read("<html>moved</html>", feed), FeedError);
});

Deno.test("words that terminals would obey are made harmless", () => {
  const { found } = read("45.9.148.3 # \x1b[31mred\x07 alert\n");
  assert.deepEqual(found, ["ip | 45.9.148.3 | [31mred alert"]);
});
