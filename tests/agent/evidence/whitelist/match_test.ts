// Which entry speaks of a host: the most specific one, and it alone.

import assert from "node:assert/strict";
import { explainMatch } from "../../../../agent/evidence/whitelist/explain.ts";
import { whitelistMark } from "../../../../agent/evidence/whitelist/judge.ts";
import { compileWhitelist, type End } from "../../../../agent/evidence/whitelist/match.ts";
import { readWhitelists } from "../../../../agent/evidence/whitelist/read.ts";
import type { Party } from "../../../../agent/evidence/evidence.ts";

function entriesOf(text: string, list = "") {
  const { entries, mistakes } = readWhitelists({
    files: [{ file: "w.conf", text }],
    lists: list === "" ? [] : [{ file: "top.csv", text: list }],
    list_length: 1000,
  });
  assert.deepEqual(mistakes, []);
  return entries;
}

/** The line of the entry by which evidence with this end is whitelisted; undefined when it counts. */
function passedBy(text: string, end: Partial<End>, list = ""): number | undefined {
  const verdict = compileWhitelist(entriesOf(text, list)).judge({ direction: "dst", names: [], ...end }, "alerts");
  return verdict?.passes ? verdict.entry.line : undefined;
}

Deno.test("an address, the network around it, and the wrong end of the traffic", () => {
  const text = "ip,10.0.0.5,src,alerts\nip,10.1.0.0/16,dst,alerts";
  assert.equal(passedBy(text, { ip: "10.0.0.5", direction: "src" }), 1);
  assert.equal(passedBy(text, { ip: "10.0.0.5", direction: "dst" }), undefined);
  assert.equal(passedBy(text, { ip: "10.1.255.255" }), 2);
  assert.equal(passedBy(text, { ip: "10.2.0.0" }), undefined);
});

Deno.test("IPv6 networks, and IPv4 addresses written as IPv6", () => {
  const text = "ip,2001:db8::/32,both,alerts\nip,::ffff:192.0.2.1,both,alerts";
  assert.equal(passedBy(text, { ip: "2001:db8:ffff::1" }), 1);
  assert.equal(passedBy(text, { ip: "2001:db9::1" }), undefined);
  assert.equal(passedBy(text, { ip: "192.0.2.1" }), 2);
});

Deno.test("the most specific entry decides alone, even where it says less than a wider one", () => {
  const text = "ip,10.0.0.0/8,both,alerts\nip,10.1.0.0/16,both,flows\nip,10.1.2.3,both,nothing\nip,10.1.2.4,both,both";
  assert.equal(passedBy(text, { ip: "10.9.9.9" }), 1);
  assert.equal(passedBy(text, { ip: "10.1.9.9" }), undefined);
  assert.equal(passedBy(text, { ip: "10.1.2.3" }), undefined);
  assert.equal(passedBy(text, { ip: "10.1.2.4" }), 4);
});

Deno.test("the order of kinds: address, MAC, name, names below, network, organisation", () => {
  const host = { ip: "142.250.1.1", mac: "a1:a2:a3:a4:a5:a6", names: ["www.google.com"] };
  const lines = [
    "organization,google,both,alerts",
    "ip,142.0.0.0/8,both,alerts",
    "domain,.google.com,both,alerts",
    "domain,www.google.com,both,alerts",
    "mac,a1:a2:a3:a4:a5:a6,both,alerts",
    "ip,142.250.1.1,both,alerts",
  ];
  for (let last = 1; last <= lines.length; last++) {
    // Whatever the order in the file.
    const some = lines.slice(0, last).reverse();
    assert.equal(passedBy(some.join("\n"), host), 1, some[0]);
  }
});

Deno.test("D43: listing one host does not whitelist its registered domain, nor its neighbours", () => {
  const text = "domain,mail.example.co.uk,both,alerts";
  assert.equal(passedBy(text, { names: ["mail.example.co.uk"] }), 1);
  for (const name of ["example.co.uk", "www.example.co.uk", "a.mail.example.co.uk", "co.uk", "xmail.example.co.uk"]) {
    assert.equal(passedBy(text, { names: [name] }), undefined, name);
  }
});

Deno.test("sub-domains only when said, and the deeper entry before the shallower", () => {
  const text = "domain,.example.com,both,alerts\ndomain,*.b.example.com,both,nothing\ndomain,*.example.org,both,alerts";
  assert.equal(passedBy(text, { names: ["example.com"] }), 1);
  assert.equal(passedBy(text, { names: ["x.y.example.com"] }), 1);
  assert.equal(passedBy(text, { names: ["b.example.com"] }), 1);
  assert.equal(passedBy(text, { names: ["x.b.example.com"] }), undefined);
  assert.equal(passedBy(text, { names: ["example.org"] }), undefined);
  assert.equal(passedBy(text, { names: ["www.example.org"] }), 3);
  assert.equal(passedBy(text, { names: ["notexample.com"] }), undefined);
});

Deno.test("D14: an organisation is known by its networks, without any name and any AS", () => {
  const text = "organization,google,dst,alerts";
  assert.equal(passedBy(text, { ip: "8.8.8.8" }), 1);
  assert.equal(passedBy(text, { ip: "8.8.5.8" }), undefined);
  assert.equal(passedBy(text, { ip: "8.8.8.8", direction: "src" }), undefined);
});

Deno.test("D42: names below an organisation's domain are its own, look-alikes are not", () => {
  const text = "organization,google,both,alerts";
  assert.equal(passedBy(text, { names: ["www.google.com"] }), 1);
  assert.equal(passedBy(text, { names: ["a.b.c.googleapis.com"] }), 1);
  assert.equal(passedBy(text, { names: ["google.com.evil.example"] }), undefined);
  assert.equal(passedBy(text, { names: ["notgoogle.com"] }), undefined);
});

Deno.test("an organisation is known by its AS where there is a database", () => {
  assert.equal(passedBy("organization,facebook,both,alerts", { ip: "198.51.100.1", asn: 32934 }), 1);
  assert.equal(passedBy("organization,facebook,both,alerts", { ip: "198.51.100.1", asn: 64500 }), undefined);
});

Deno.test("no hidden pass: an organisation that is not listed counts like anybody", () => {
  for (const host of [{ ip: "8.8.8.8" }, { names: ["www.google.com"] }, { ip: "17.1.2.3", asn: 714 }]) {
    assert.equal(passedBy("organization,microsoft,both,alerts\nip,10.0.0.1,both,alerts", host), undefined);
  }
});

Deno.test("the user's entry beats any list, also when it says less, and however wide it is", () => {
  const list = "1,google.com\n2,example.com\n";
  assert.equal(passedBy("", { names: ["google.com"] }, list), 1);
  assert.equal(passedBy("domain,google.com,src,flows", { names: ["google.com"] }, list), undefined);
  assert.equal(passedBy("organization,google,both,nothing", { names: ["google.com"] }, list), undefined);
  assert.equal(passedBy("ip,93.0.0.0/8,both,nothing", { ip: "93.1.1.1", names: ["example.com"] }, list), undefined);
  // A list means its names as they stand, and destinations.
  assert.equal(passedBy("", { names: ["mail.google.com"] }, list), undefined);
  assert.equal(passedBy("", { names: ["google.com"], direction: "src" }, list), undefined);
});

Deno.test("of a host's names any may match; between equals an exception wins", () => {
  const text = "domain,a.example,both,alerts\ndomain,b.example,both,nothing";
  assert.equal(passedBy(text, { names: ["x.example", "a.example"] }), 1);
  assert.equal(passedBy(text, { names: ["a.example", "b.example"] }), undefined);
});

/** The mark of a finding, when nothing but its parties is known. */
function mark(text: string, attacker: Party, victim?: Party) {
  const known = { names: () => [], mac: () => undefined, asn: () => undefined };
  return whitelistMark(
    compileWhitelist(entriesOf(text)),
    { attacker, ...victim === undefined ? {} : { victim } },
    known,
  );
}

const src = (value: string, kind: Party["kind"] = "ip"): Party => ({ direction: "src", kind, value });
const dst = (value: string, kind: Party["kind"] = "ip"): Party => ({ direction: "dst", kind, value });

Deno.test("either end of a finding may be whitelisted; the mark says which entry, where it stands and why", () => {
  const text = "ip,192.0.2.0/24,dst,alerts";
  assert.deepEqual(mark(text, src("10.0.0.5"), dst("192.0.2.9")), {
    entry: "cidr 192.0.2.0/24 (destination, alerts; w.conf:1)",
    party: "victim",
    because: "address 192.0.2.9",
  });
  assert.equal(mark(text, src("192.0.2.9"), dst("10.0.0.5")), undefined);
  assert.equal(mark(text, dst("192.0.2.9"))?.party, "attacker");
});

Deno.test("an exception for one end keeps the finding, unless the other end's entry is more specific", () => {
  const watched = "ip,10.0.0.5,both,nothing\norganization,google,both,alerts";
  assert.equal(mark(watched, src("10.0.0.5"), dst("8.8.8.8")), undefined);
  assert.equal(mark(watched, src("10.0.0.6"), dst("8.8.8.8"))?.party, "victim");
  const scanner = "ip,10.0.0.5,src,alerts\norganization,google,both,nothing";
  assert.equal(mark(scanner, src("10.0.0.5"), dst("8.8.8.8"))?.party, "attacker");
  assert.equal(mark(scanner, src("10.0.0.6"), dst("8.8.8.8")), undefined);
});

Deno.test("domains and addresses in URLs count; what a domain resolves to does not, as its owner decides that", () => {
  const text = "domain,example.com,both,alerts\nip,192.0.2.9,both,alerts";
  assert(mark(text, dst("Example.COM.", "domain")) !== undefined);
  assert(mark(text, dst("http://example.com:8080/x", "url")) !== undefined);
  assert(mark(text, dst("http://192.0.2.9/x", "url")) !== undefined);
  assert.equal(mark(text, dst("http://other.example/?example.com", "url")), undefined);
  assert.equal(mark(text, dst("d41d8cd98f00b204e9800998ecf8427e", "md5")), undefined);
});

Deno.test("`whitelist test` says which entry decides, and why the others do not", () => {
  const entries = entriesOf("ip,10.0.0.0/8,both,alerts\nip,10.0.0.5,src,flows\nip,10.0.0.6,both,nothing");
  const ask = (ip: string, ignore: "alerts" | "flows" = "alerts") =>
    explainMatch(entries, { ip, direction: "src", ignore });
  assert.deepEqual(ask("10.0.0.7"), [
    "Evidence with 10.0.0.7 as its source is whitelisted by cidr 10.0.0.0/8 (either end, alerts; w.conf:1).",
    "Entries that speak of it, the most specific first (it alone decides):",
    "  cidr 10.0.0.0/8 (either end, alerts; w.conf:1), by address 10.0.0.7: decides",
  ]);
  assert.deepEqual(ask("10.0.0.5").slice(2), [
    "  ip 10.0.0.5 (source, flows; w.conf:2), by address 10.0.0.5: not about alerts",
    "  cidr 10.0.0.0/8 (either end, alerts; w.conf:1), by address 10.0.0.5: a more specific one decides",
  ]);
  assert.match(ask("10.0.0.5", "flows")[0]!, /^A flow with 10\.0\.0\.5 as its source is whitelisted by ip 10\.0\.0\.5/);
  assert.match(ask("10.0.0.6")[0]!, /counts: ip 10\.0\.0\.6 .* is an exception\.$/);
  assert.deepEqual(ask("11.0.0.1"), ["Evidence with 11.0.0.1 as its source counts: no entry speaks of it."]);
  assert.throws(() => ask("ten"), /no address/);
  assert.throws(() => explainMatch(entries, { direction: "src", ignore: "alerts" }), /Nothing to look up/);
});

Deno.test("100,000 entries are asked within microseconds", () => {
  const lines: string[] = [];
  for (let i = 0; i < 50_000; i++) {
    lines.push(`domain,${i % 2 === 0 ? "." : ""}host-${i}.example-${i % 977}.com,both,alerts`);
    lines.push(`ip,${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/${24 + i % 8},both,alerts`);
  }
  const matcher = compileWhitelist(entriesOf(lines.join("\n")));
  assert.equal(matcher.size, 100_000);
  const end: End = {
    direction: "dst",
    ip: "10.0.77.9",
    mac: "a1:a2:a3:a4:a5:a6",
    names: ["a.b.host-2.example-2.com", "www.host-3.example-3.com", "cdn.unknown.example.net"],
  };
  const began = performance.now();
  for (let i = 0; i < 10_000; i++) matcher.judge(end, "alerts");
  const micros = (performance.now() - began) / 10;
  // 1 to 3 on an idle core; a scan of the list would take 1,000.
  assert(micros < 100, `${micros} microseconds`);
});
