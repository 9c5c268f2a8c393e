// Whitelist files as people write them: the field's form unchanged, our own, lists of popular domains, and mistakes.

import assert from "node:assert/strict";
import type { Entry } from "../../../../agent/evidence/whitelist/entry.ts";
import { mistakeText } from "../../../../agent/evidence/whitelist/file.ts";
import { readDomainList } from "../../../../agent/evidence/whitelist/list.ts";
import { packEntries, unpackEntries } from "../../../../agent/evidence/whitelist/pack.ts";
import { readWhitelists, readWhitelistText } from "../../../../agent/evidence/whitelist/read.ts";

const short = ({ kind, value, subdomains, direction, ignore, line }: Entry): string =>
  `${line}: ${kind} ${value} ${subdomains} ${direction} ${ignore}`;

function read(text: string, file = "whitelist.conf"): { entries: string[]; mistakes: string[] } {
  const { entries, mistakes } = readWhitelistText(text, file);
  return { entries: entries.map(short), mistakes: mistakes.map(mistakeText) };
}

Deno.test("the field's format is read unchanged: header, comments, quotes, all four types", () => {
  const { entries, mistakes } = read(`
; NOTE: what follows is ours
"IoCType","IoCValue","Direction","IgnoreType"
; Column IoCType, commas, and more prose
ip,1.1.1.1,both,alerts
"ip","FE80::ED12:2222:2222:2222","src","flows"
domain,Google.COM.,dst,both
mac,A1:A2:a3:a4:a5:a6,both,alerts
organization,google,both,alerts\r
#ip,1.2.3.4,both,alerts
`);
  assert.deepEqual(mistakes, []);
  assert.deepEqual(entries, [
    "5: ip 1.1.1.1 no both alerts",
    "6: ip fe80::ed12:2222:2222:2222 no src flows",
    "7: domain google.com no dst both",
    "8: mac a1:a2:a3:a4:a5:a6 no both alerts",
    "9: organisation google no both alerts",
  ]);
});

Deno.test("of several lines about the same the last one counts, and a # takes an entry out again", () => {
  const { entries } = read(
    "ip,1.1.1.1,both,alerts\nip,9.9.9.9,both,alerts\nip,1.1.1.1,src,flows\n#ip,9.9.9.9,both,alerts\n",
  );
  assert.deepEqual(entries, ["3: ip 1.1.1.1 no src flows"]);
});

Deno.test("a # in a later file takes an entry of an earlier file out", () => {
  const { entries } = readWhitelists({
    files: [
      { file: "a.conf", text: "ip,1.1.1.1,both,alerts\ndomain,example.com,both,alerts" },
      { file: "b.conf", text: "# organization,google,both,alerts\n#domain,example.com,both,both" },
    ],
    lists: [],
    list_length: 0,
  });
  assert.deepEqual(entries.map(short), ["1: ip 1.1.1.1 no both alerts"]);
});

Deno.test("networks and names below a domain are possible in the field's format, too, when they are said", () => {
  const { entries } = read(
    "ip,10.1.2.3/8,src,alerts\ncidr,2001:DB8::/32,dst,both\ndomain,.example.com,dst,alerts\ndomain,*.example.org,dst,nothing",
  );
  assert.deepEqual(entries, [
    "1: cidr 10.1.2.3/8 no src alerts",
    "2: cidr 2001:db8::/32 no dst both",
    "3: domain example.com also dst alerts",
    "4: domain example.org only dst nothing",
  ]);
});

Deno.test("every bad line is told with its place and what would be right; the good ones count", () => {
  const { entries, mistakes } = read(
    [
      "ip,10.0.0.300,both,alerts",
      "ip,10.0.0.3,both,alerts",
      "ip,10.0.0.3,both",
      "host,10.0.0.3,both,alerts",
      "domain,exa mple.com,both,alerts",
      "mac,a1:a2:a3,both,alerts",
      "organization,initech,both,alerts",
      "ip,10.0.0.4,source,alerts",
      "ip,10.0.0.4,src,everything",
      "#not an entry, but prose, with, commas",
    ].join("\n"),
  );
  assert.deepEqual(entries, ["2: ip 10.0.0.3 no both alerts"]);
  assert.deepEqual(mistakes, [
    'whitelist.conf:1: "10.0.0.300" is no address; right would be one such as 192.0.2.7, 2001:db8::7 or 192.0.2.0/24.',
    "whitelist.conf:3: a line has 4 columns, this one has 3; right would be one such as ip,192.0.2.7,both,alerts.",
    'whitelist.conf:4: "host" is no type; right would be ip, cidr, domain, mac or organization.',
    'whitelist.conf:5: "exa mple.com" is no domain; right would be a name such as example.com, or .example.com for all names below it as well.',
    'whitelist.conf:6: "a1:a2:a3" is no MAC address; right would be one such as 02:00:5e:10:00:01.',
    'whitelist.conf:7: "initech" is no organisation that is known here; known are google, microsoft, apple, facebook, twitter.',
    'whitelist.conf:8: "source" is no direction; right would be src, dst or both.',
    'whitelist.conf:9: "everything" cannot be ignored; right would be alerts, flows, both or nothing.',
  ]);
});

Deno.test("our own form, with everything left out that can be", () => {
  const { entries, mistakes } = read(
    `
whitelist:
  - ip: 192.0.2.7
  - cidr: 198.51.100.0/24   # guests
    direction: src
    ignore: both
  - domain: bücher.example
    subdomains: true
    note: a shop
  - mac: 01-23-45-67-89-ab
  - mac: 11:22:33:44:55:10
  - organization: Apple
    ignore: nothing
`,
    "office.yaml",
  );
  assert.deepEqual(mistakes, []);
  assert.deepEqual(entries, [
    "3: ip 192.0.2.7 no both alerts",
    "4: cidr 198.51.100.0/24 no src both",
    "7: domain xn--bcher-kva.example also both alerts",
    "10: mac 01:23:45:67:89:ab no both alerts",
    "11: mac 11:22:33:44:55:10 no both alerts",
    "12: organisation apple no both nothing",
  ]);
});

Deno.test("mistakes in our own form are told where they stand, and cost their entry only", () => {
  const { entries, mistakes } = read(
    `whitelist:
  - ip: 192.0.2.7
    subdomains: true
  - ip: 192.0.2.8
    direction: out
  - domain: example.com
    subdomain: true
  - note: nothing else
  - ip: 192.0.2.9
    domain: example.org
  - 192.0.2.10
  - domain: [a, b]
  - ip: 192.0.2.11
rules: []
`,
    "office.yaml",
  );
  assert.deepEqual(entries, ["13: ip 192.0.2.11 no both alerts"]);
  assert.deepEqual(mistakes.map((mistake) => mistake.slice(0, 70)), [
    'office.yaml:14: "rules" is no key here; right would be whitelist.',
    "office.yaml:3: only a domain has subdomains, ip has none.",
    'office.yaml:5: direction is "out"; right would be src, dst or both.',
    'office.yaml:7: "subdomain" is no key of an entry; right would be ip, c',
    "office.yaml:8: an entry is about exactly one of ip, cidr, domain, mac ",
    "office.yaml:9: an entry is about exactly one of ip, cidr, domain, mac ",
    "office.yaml:11: this is no entry; right would be one such as - ip: 192",
    "office.yaml:12: domain must be one word.",
  ]);
});

Deno.test("text that is no YAML is one mistake; a file of which all is commented out is none", () => {
  assert.match(read("whitelist:\n  - ip: [", "a.yaml").mistakes[0]!, /^a\.yaml:2: this is not YAML: /);
  assert.deepEqual(read("# nothing\nwhitelist:\n#  - ip: 1.1.1.1\n", "a.yaml"), { entries: [], mistakes: [] });
  assert.deepEqual(read("", "a.yaml"), { entries: [], mistakes: [] });
});

Deno.test("without a name that tells, the content says which form a file has", () => {
  assert.deepEqual(read("whitelist:\n- ip: 1.1.1.1\n", "office").entries, ["2: ip 1.1.1.1 no both alerts"]);
  assert.deepEqual(read("\ufeffip,1.1.1.1,both,alerts", "office").entries, ["1: ip 1.1.1.1 no both alerts"]);
});

Deno.test("the top of a list of popular domains counts for destinations and alerts", () => {
  const { entries, mistakes } = readDomainList(
    "1,google.com\r\n2,not a name\n3,Example.org\nplain.example\n5,late.example\n",
    "top.csv",
    3,
  );
  assert.deepEqual(entries.map((entry) => `${short(entry)} ${entry.listed}`), [
    "1: domain google.com no dst alerts true",
    "3: domain example.org no dst alerts true",
    "4: domain plain.example no dst alerts true",
  ]);
  assert.equal(mistakes.length, 1);
});

Deno.test("entries reach the threads as they were read", () => {
  const { entries } = readWhitelistText(
    "ip,1.1.1.1,both,alerts\ndomain,*.example.com,src,both\nmac,a1:a2:a3:a4:a5:a6,dst,nothing",
    "a.conf",
  );
  assert.deepEqual(unpackEntries(packEntries(entries)), entries);
  assert.deepEqual(unpackEntries(packEntries([])), []);
});
