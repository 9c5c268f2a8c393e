// Every service against a server that answers as it does: what it is sent, what is made of its answers, and its troubles.

import assert from "node:assert/strict";
import { LookupFailure } from "../../../../agent/intel/enrich/http.ts";
import type { Question } from "../../../../agent/intel/enrich/question.ts";
import type { LookupSettings, ServiceDefinition } from "../../../../agent/intel/enrich/service.ts";
import { HASHLOOKUP } from "../../../../agent/intel/enrich/services/hashlookup.ts";
import { RDAP, registeredDomain } from "../../../../agent/intel/enrich/services/rdap.ts";
import { REVERSE_DNS } from "../../../../agent/intel/enrich/services/reverse-dns.ts";
import { SPAMHAUS } from "../../../../agent/intel/enrich/services/spamhaus.ts";
import { URLHAUS } from "../../../../agent/intel/enrich/services/urlhaus.ts";
import { VIRUSTOTAL } from "../../../../agent/intel/enrich/services/virustotal.ts";
import { type HttpServer, json, type Seen, serveDns, serveHttp } from "./servers.ts";

const MD5 = "12c8aec5766ac3e6f26f2505e2f4a8f2";
const SHA256 = "01fa56184fcaa42b6ee1882787a34098c79898c182814774fd81dc18a6af0b00";

const settings = (parts: Partial<LookupSettings> = {}): LookupSettings => ({
  timeout: 5,
  dns: { ip: "127.0.0.1", port: 9 },
  keys: {},
  rdap: {},
  ...parts,
});

/** Asks one service at a server that answers with this. */
async function ask(
  service: ServiceDefinition,
  question: Question,
  answer: (seen: Seen) => Response | Promise<Response>,
  parts: Partial<LookupSettings> = {},
) {
  const server = serveHttp(answer);
  try {
    const addresses = { [service.name]: server.url };
    const said = await service.ask(question, settings({ addresses, rdap: { example: `${server.url}rdap` }, ...parts }))
      .then(
        (part) => ({ part, failure: undefined }),
        (failure: LookupFailure) => ({ part: undefined, failure }),
      );
    return { ...said, seen: server.seen };
  } finally {
    await server.stop();
  }
}

Deno.test("URLhaus is sent the URL and the key, and tells threat, tags and what was found there", async () => {
  const { part, seen } = await ask(
    URLHAUS,
    { ask: "url", url: "http://evil.example/a.exe?x=1&y=2" },
    () =>
      json({
        query_status: "ok",
        url_status: "online",
        threat: "malware_download",
        tags: ["emotet", "epoch1\u001b[2J"],
        payloads: [{ filename: "a.exe", file_type: "exe", signature: "Heodo", virustotal: { percent: "50.00" } }],
      }),
    { keys: { urlhaus: "secret" } },
  );
  assert.deepEqual(part?.verdicts, [{
    service: "urlhaus",
    says: "malicious",
    words: "malware_download, online, emotet, epoch1 [2J, Heodo, exe",
    share: 0.5,
  }]);
  assert.equal(seen[0]!.method, "POST");
  assert.equal(seen[0]!.path, "/url/");
  assert.equal(seen[0]!.body, "url=http%3A%2F%2Fevil.example%2Fa.exe%3Fx%3D1%26y%3D2");
  assert.equal(seen[0]!.headers.get("auth-key"), "secret");
});

Deno.test("URLhaus is asked for files by SHA-256 where there is one; what it does not know is unknown", async () => {
  const { part, seen } = await ask(
    URLHAUS,
    { ask: "file", md5: MD5, sha256: SHA256 },
    () => json({ query_status: "no_results" }),
  );
  assert.deepEqual(part?.verdicts?.map(({ says }) => says), ["unknown"]);
  assert.deepEqual([seen[0]!.path, seen[0]!.body], ["/payload/", `sha256_hash=${SHA256}`]);
  const md5 = await ask(
    URLHAUS,
    { ask: "file", md5: MD5 },
    () => json({ query_status: "ok", file_type: "exe", signature: null, virustotal: null }),
  );
  assert.deepEqual(md5.part?.verdicts, [{ service: "urlhaus", says: "malicious", words: "exe" }]);
  assert.equal(md5.seen[0]!.body, `md5_hash=${MD5}`);
});

Deno.test("hashlookup: a known file, a malicious one with the trust in it, and one that nobody knows", async () => {
  const known = await ask(
    HASHLOOKUP,
    { ask: "file", md5: MD5 },
    () => json({ FileName: "./bin/ls", "hashlookup:trust": 75 }),
  );
  assert.deepEqual(known.part?.verdicts, [{ service: "hashlookup", says: "known", words: "./bin/ls", share: 0.25 }]);
  assert.equal(known.seen[0]!.path, `/lookup/md5/${MD5}`);
  const bad = await ask(
    HASHLOOKUP,
    { ask: "file", sha256: SHA256 },
    () => json({ KnownMalicious: "malshare.com", "hashlookup:trust": 10 }),
  );
  assert.deepEqual(bad.part?.verdicts, [{
    service: "hashlookup",
    says: "malicious",
    words: "malshare.com",
    share: 0.9,
  }]);
  assert.equal(bad.seen[0]!.path, `/lookup/sha256/${SHA256}`);
  const none = await ask(HASHLOOKUP, { ask: "file", md5: MD5 }, () => json({ message: "Non existing MD5" }, 404));
  assert.deepEqual(none.part?.verdicts?.map(({ says }) => says), ["unknown"]);
});

Deno.test("VirusTotal is asked with the key; three scanners must agree before something is malicious", async () => {
  const stats = (malicious: number) => () =>
    json({
      data: {
        attributes: {
          last_analysis_stats: { malicious, suspicious: 0, harmless: 10, undetected: 60 - malicious, timeout: 3 },
          popular_threat_classification: { suggested_threat_label: "trojan.emotet" },
        },
      },
    });
  const keys = { virustotal: "secret" };
  const bad = await ask(VIRUSTOTAL, { ask: "file", sha256: SHA256 }, stats(35), { keys });
  assert.deepEqual(bad.part?.verdicts, [
    { service: "virustotal", says: "malicious", words: "trojan.emotet, 35 of 70 scanners", share: 0.5 },
  ]);
  assert.equal(bad.seen[0]!.headers.get("x-apikey"), "secret");
  assert.equal(bad.seen[0]!.path, `/files/${SHA256}`);
  const few = await ask(VIRUSTOTAL, { ask: "address", ip: "93.184.216.34" }, stats(2), { keys });
  assert.equal(few.part?.verdicts?.[0]?.says, "unknown");
  assert.equal(few.seen[0]!.path, "/ip_addresses/93.184.216.34");
  const url = await ask(VIRUSTOTAL, { ask: "url", url: "http://a.example/?b" }, () => json({}, 404), { keys });
  assert.equal(url.seen[0]!.path, "/urls/aHR0cDovL2EuZXhhbXBsZS8_Yg");
  assert.equal(url.part?.verdicts?.[0]?.says, "unknown");
  assert.equal(VIRUSTOTAL.answers({ ask: "address", ip: "192.168.1.1" }), false);
});

Deno.test("RDAP is asked for the registered domain, and tells when it was registered and by whom", async () => {
  const { part, seen } = await ask(RDAP, { ask: "domain", domain: "www.Shop.example" }, () =>
    json({
      objectClassName: "domain",
      events: [{ eventAction: "expiration", eventDate: "2030-01-01T00:00:00Z" }, {
        eventAction: "registration",
        eventDate: "2024-05-01T12:00:00.5Z",
      }],
      entities: [{ roles: ["abuse"] }, {
        roles: ["registrar"],
        vcardArray: ["vcard", [["fn", {}, "text", "Names Ltd"]]],
      }],
    }));
  assert.equal(seen[0]!.path, "/rdap/domain/shop.example");
  assert.deepEqual(part, {
    registered: { domain: "shop.example", at: Date.UTC(2024, 4, 1, 12) / 1000 + 0.5, registrar: "Names Ltd" },
  });
});

Deno.test("registries that hide the date, do not know the domain, or are not known, say nothing", async () => {
  assert.deepEqual(
    (await ask(RDAP, { ask: "domain", domain: "shop.example" }, () => json({ events: "none" }))).part,
    {},
  );
  assert.deepEqual((await ask(RDAP, { ask: "domain", domain: "shop.example" }, () => json({}, 404))).part, {});
  assert.deepEqual(await RDAP.ask({ ask: "domain", domain: "shop.unheard" }, settings()), {});
  assert.equal(RDAP.answers({ ask: "domain", domain: "co.uk" }), false);
  assert.deepEqual(["a.b.example.co.uk", "x.github.io", "10.0.0.1", "com"].map(registeredDomain), [
    "example.co.uk",
    "github.io",
    undefined,
    undefined,
  ]);
});

Deno.test("too often, refused, broken, endless, elsewhere and silent: each is its own kind of failure", async () => {
  const failure = async (answer: (seen: Seen) => Response | Promise<Response>, timeout = 5) => {
    const said = await ask(HASHLOOKUP, { ask: "file", md5: MD5 }, answer, { timeout });
    assert(said.failure instanceof LookupFailure, JSON.stringify(said.part));
    return [said.failure.kind, said.failure.retryAfter, said.failure.message.replace(/127\.0\.0\.1:\d+/, "HOST")];
  };
  assert.deepEqual(await failure(() => new Response("slow down", { status: 429, headers: { "retry-after": "90" } })), [
    "limited",
    90,
    "HOST is asked too often",
  ]);
  assert.deepEqual((await failure(() => json({}, 403))).slice(0, 2), ["refused", undefined]);
  assert.equal((await failure(() => json({}, 502)))[2], "HOST answered with status 502");
  assert.equal((await failure(() => new Response("<html>")))[2], "HOST answered with something else than JSON");
  assert.equal((await failure(() => json([])))[2], "HOST answered with something else than JSON");
  assert.equal((await failure(() => new Response(" ".repeat(2_000_000))))[2], "HOST answered with more than 1 MiB");
  assert.equal(
    (await failure(() => Response.redirect("http://127.0.0.1:1/", 302)))[2],
    "HOST answered with status 302",
  );
  let release!: () => void;
  const late = new Promise<Response>((resolve) => release = () => resolve(json({})));
  setTimeout(() => release(), 800);
  assert.equal((await failure(() => late, 0.3))[2], "HOST did not answer within 0.3 s");
});

Deno.test("nobody there: a failure that names the host, and no key", async () => {
  const server: HttpServer = serveHttp(() => json({}));
  await server.stop();
  const error = await VIRUSTOTAL.ask(
    { ask: "file", md5: MD5 },
    settings({
      keys: { virustotal: "topsecret" },
      addresses: { virustotal: server.url },
    }),
  ).catch((failure) => failure);
  assert.match(error.message, /^127\.0\.0\.1:\d+ cannot be reached$/);
  assert.doesNotMatch(JSON.stringify(error), /topsecret/);
});

Deno.test("Spamhaus: lists by code, dial-up lines are no crime, and refusals are told as such", async () => {
  const codes: Record<string, string[] | undefined> = {
    "A 1.216.184.93.zen.test": ["127.0.0.4", "127.0.0.2", "127.0.0.10"],
    "A 2.216.184.93.zen.test": ["127.0.0.10"],
    "A 3.216.184.93.zen.test": undefined,
    "A 4.216.184.93.zen.test": ["127.255.255.254"],
    "A 5.216.184.93.zen.test": ["127.255.255.255"],
    "A 6.216.184.93.zen.test": ["198.51.100.1"],
    "A 8.8.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.zen.test": ["127.0.0.9"],
  };
  const dns = await serveDns((question) => codes[question]);
  try {
    const of = (ip: string) =>
      SPAMHAUS.ask({ ask: "address", ip }, settings({ dns, addresses: { spamhaus: "zen.test" } }))
        .then(
          ({ verdicts }) => [verdicts![0]!.says, verdicts![0]!.words],
          (failure) => [failure.kind, failure.message],
        );
    assert.deepEqual(await of("93.184.216.1"), ["malicious", "SBL (spam sources), XBL (hijacked or infected hosts)"]);
    assert.deepEqual(await of("93.184.216.2"), ["unknown", ""]);
    assert.deepEqual(await of("93.184.216.3"), ["unknown", ""]);
    assert.equal((await of("93.184.216.4"))[0], "refused");
    assert.equal((await of("93.184.216.5"))[0], "limited");
    assert.equal((await of("93.184.216.6"))[0], "failed");
    assert.deepEqual(await of("2001:4860:4860::8888"), [
      "malicious",
      "DROP (networks run by criminals)",
    ]);
  } finally {
    await dns.stop();
  }
});

Deno.test("reverse DNS: a name, none, one that is the address itself, and a server that is silent", async () => {
  const dns = await serveDns((question) =>
    question === "PTR 34.216.184.93.in-addr.arpa"
      ? ["WWW.Example.com"]
      : question === "PTR 35.216.184.93.in-addr.arpa"
      ? ["93.184.216.35"]
      : question === "PTR 36.216.184.93.in-addr.arpa"
      ? "nothing"
      : undefined
  );
  try {
    const of = (ip: string) => REVERSE_DNS.ask({ ask: "address", ip }, settings({ dns, timeout: 0.3 }));
    assert.deepEqual(await of("93.184.216.34"), { hostname: "www.example.com" });
    assert.deepEqual(await of("93.184.216.35"), {});
    assert.deepEqual(await of("93.184.216.37"), {});
    await assert.rejects(of("93.184.216.36"), /did not answer within 0\.3 s/);
    // Our own network is nobody's business.
    for (const ip of ["192.168.1.1", "100.64.0.1", "127.0.0.1"]) {
      for (const service of [REVERSE_DNS, SPAMHAUS, VIRUSTOTAL]) {
        assert.equal(service.answers({ ask: "address", ip }), false);
      }
    }
  } finally {
    await dns.stop();
  }
});
