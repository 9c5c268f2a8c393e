// Look-ups as a run has them: a thread of their own, one request for what several detectors ask, answers kept for later.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Lookups, openLookups } from "../../agent/lookups.ts";
import type { Answer, Question } from "../../agent/intel/enrich/question.ts";
import { ENRICHMENT_SETTINGS, type EnrichmentSettings } from "../../agent/intel/enrich/settings.ts";
import { json, serveDns, serveHttp } from "./intel/enrich/servers.ts";

const DEFAULTS = Object.fromEntries(
  Object.entries(ENRICHMENT_SETTINGS).map(([name, { value }]) => [name, value]),
) as EnrichmentSettings;

const MD5 = "12c8aec5766ac3e6f26f2505e2f4a8f2";
const FILE: Question = { ask: "file", md5: MD5 };
const VISITOR: Question = { ask: "address", ip: "93.184.216.34" };
const OURS: Question = { ask: "address", ip: "192.168.1.1" };

Deno.test("everything is off by default, and then nobody is asked", () => {
  for (const offline of [true, false]) {
    const lookups = openLookups({ settings: DEFAULTS, offline, state: undefined }, { answers() {}, warning() {} });
    assert.deepEqual([lookups.ask, lookups.asked, lookups.remembered()], [undefined, [], []]);
    lookups.close();
  }
});

Deno.test("several services answer one question; what is asked twice is asked once; the next run remembers it", async () => {
  const state = await Deno.makeTempDir();
  const urlhaus = serveHttp(() => json({ query_status: "ok", signature: "Heodo", file_type: "exe" }));
  const hashlookup = serveHttp(() => json({}, 404));
  const dns = await serveDns((question) => question.startsWith("PTR ") ? ["host.example.net"] : ["127.0.0.2"]);
  const settings = {
    ...DEFAULTS,
    urlhaus: true,
    hashlookup: true,
    reverse_dns: true,
    spamhaus: true,
    dns_server: `127.0.0.1:${dns.port}`,
  };
  const addresses = { urlhaus: urlhaus.url, hashlookup: hashlookup.url, spamhaus: "zen.test" };
  const answers: Answer[] = [];
  const unanswered: Question[] = [];
  const warnings: string[] = [];
  const open = (offline: boolean): Lookups =>
    openLookups({ settings, offline, state, addresses }, {
      answers(more, none) {
        answers.push(...more);
        unanswered.push(...none);
      },
      warning: (sentence) => void warnings.push(sentence),
    });
  try {
    const first = open(false);
    assert.deepEqual([...first.asked].sort(), ["address", "file", "url"]);
    first.ask!([FILE, VISITOR]);
    first.ask!([FILE, OURS]);
    await first.settled(10);
    const byKind = new Map(answers.map((answer) => [answer.question.ask, answer]));
    assert.equal(answers.length, 2);
    assert.deepEqual(byKind.get("file")!.verdicts.map(({ service, says }) => `${service} ${says}`), [
      "urlhaus malicious",
      "hashlookup unknown",
    ]);
    assert.equal(byKind.get("address")!.hostname, "host.example.net");
    assert.deepEqual(byKind.get("address")!.verdicts.map(({ words }) => words), ["SBL (spam sources)"]);
    // Nobody is asked about our own hosts.
    assert.deepEqual(unanswered, [OURS]);
    assert.deepEqual(dns.seen.sort(), ["A 34.216.184.93.zen.test", "PTR 34.216.184.93.in-addr.arpa"]);
    assert.deepEqual([urlhaus.seen.length, hashlookup.seen.length], [1, 1]);
    assert.deepEqual(first.counts().asked, { urlhaus: 1, hashlookup: 1, reverse_dns: 1, spamhaus: 1 });
    first.close();
    assert.equal((await Deno.stat(join(state, "lookups.jsonl"))).mode! & 0o777, 0o600);

    const offline = open(true);
    assert.equal(offline.ask, undefined);
    assert.deepEqual(offline.remembered().map(({ question }) => question.ask).sort(), ["address", "file"]);
    offline.close();
    answers.length = 0;
    const again = open(false);
    again.ask!([FILE]);
    assert.equal(answers.length, 1);
    assert.equal(again.counts().remembered, 1);
    again.close();
    assert.equal(urlhaus.seen.length, 1);
    assert.deepEqual(warnings, []);
  } finally {
    await Promise.all([urlhaus.stop(), hashlookup.stop(), dns.stop()]);
    await Deno.remove(state, { recursive: true });
  }
});

Deno.test("settings that cannot be used are told, and what would be right", () => {
  const sentence = (settings: Partial<EnrichmentSettings>): string => {
    try {
      openLookups({ settings: { ...DEFAULTS, ...settings }, offline: false, state: undefined }, {
        answers() {},
        warning() {},
      })
        .close();
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(
    sentence({ spamhaus: true, dns_server: "resolver" }),
    /dns_server is resolver; right would be an address/,
  );
  assert.match(
    sentence({ rdap: true, rdap_servers: ["cz"] }),
    /rdap_servers holds cz; right would be one such as cz=https:/,
  );
  assert.match(
    sentence({ urlhaus: true, urlhaus_key_file: "/no/such/file" }),
    /key file .* cannot be read: it does not exist/,
  );
  for (const dns_server of ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"]) {
    assert.equal(sentence({ spamhaus: true, dns_server }), "", dns_server);
  }
});
