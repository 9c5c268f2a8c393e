// Listed names in DNS, HTTP, TLS and QUIC, and the answers to questions for them.

import assert from "node:assert/strict";
import { blacklistedDomain } from "../../detectors/blacklisted-domain.ts";
import { record, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "45.9.148.3";
const intel = intelligence([{ name: "names", level: "high", lines: "evil.example # phishing" }]);
const dns = { ts: T, orig_h: HOST, orig_p: 40_000, resp_h: "192.168.1.1", resp_p: 53, proto: "udp", qtype_name: "A" };
const web = { ts: T, orig_h: HOST, orig_p: 40_000, resp_h: SERVER, resp_p: 80 };
const tls = { ...web, resp_p: 443 };

proof(
  "threat_intelligence_blacklisted_domain",
  "D1: a listed name is asked for in the DNS, and leads somewhere",
  () => {
    const question = record("dns", { ...dns, query: "evil.example", answers: [SERVER] });
    const found = watch([blacklistedDomain], [question], { intel })
      .filter(({ type }) => type === "threat_intelligence_blacklisted_domain");
    const common = {
      type: "threat_intelligence_blacklisted_domain",
      threat: "high",
      confidence: 1,
      window: 1,
      timestamp: T,
      uids: [question.uid],
      proto: "udp",
      src_port: 40_000,
      dst_port: 53,
      related: 1,
      description: `${HOST} asked the DNS for the blacklisted domain evil.example (listed by names: "phishing")`,
    };
    assert.deepEqual(found.map(told), [
      { ...common, attacker: `src ip ${HOST}`, victim: "dst domain evil.example", profile: HOST },
      { ...common, attacker: "dst domain evil.example", victim: `src ip ${HOST}`, profile: SERVER },
    ]);
  },
);

proof("threat_intelligence_answer_of_blacklisted_query", "each address that a listed name leads to is told", () => {
  const question = record("dns", {
    ...dns,
    query: "www.evil.example",
    answers: ["alias.example", SERVER, "45.9.148.4", "10.0.0.1"],
  });
  const found = watch([blacklistedDomain], [question], { intel })
    .filter(({ type }) => type === "threat_intelligence_answer_of_blacklisted_query");
  assert.deepEqual(found.map(({ profile, attacker, confidence }) => [profile, attacker.direction, confidence]), [
    [HOST, "src", 0.7],
    [HOST, "src", 0.7],
    [SERVER, "dst", 0.7],
    ["45.9.148.4", "dst", 0.7],
  ]);
  assert.equal(
    found[0]!.description,
    `The DNS answered ${HOST}, who asked for the blacklisted domain www.evil.example ` +
      `(listed by names by way of evil.example: "phishing"), with ${SERVER}`,
  );
});

twin("threat_intelligence_blacklisted_domain", "names that only look alike, and names of the house", () => {
  const records = ["notevil.example", "evil.example.com", "example", "3.148.9.45.in-addr.arpa", "evil.local"].map((
    query,
  ) => record("dns", { ...dns, query, answers: [SERVER] }));
  assert.deepEqual(watch([blacklistedDomain], records, { intel }), []);
});

twin(
  "threat_intelligence_answer_of_blacklisted_query",
  "a listed name that does not exist, or is asked for in HTTP",
  () => {
    const records = [
      record("dns", { ...dns, query: "evil.example", rcode_name: "NXDOMAIN" }),
      record("http", { ...web, trans_depth: 1, host: "evil.example", uri: "/" }),
    ];
    const found = watch([blacklistedDomain], records, { intel });
    assert.deepEqual(found.map(({ type }) => type), Array(2).fill("threat_intelligence_blacklisted_domain"));
  },
);

Deno.test("names below a listed one count with less confidence, in HTTP with a port, in TLS and in QUIC", () => {
  const records = [
    record("http", { ...web, trans_depth: 1, host: "C2.Evil.Example:8080", uri: "/" }),
    record("ssl", { ...tls, server_name: "c2.evil.example" }),
    record("quic", { ...tls, server_name: "c2.evil.example" }),
  ];
  const found = watch([blacklistedDomain], records, { intel });
  assert.deepEqual(found.map(({ confidence, proto }) => [confidence, proto]), [[0.7, "tcp"], [0.7, "tcp"], [
    0.7,
    "udp",
  ]]);
  assert.deepEqual(found.map(({ description }) => description.split(" the blacklisted")[0]), [
    `${HOST} requested a page of`,
    `${HOST} spoke TLS with`,
    `${HOST} spoke TLS with`,
  ]);
});

Deno.test("where the DNS has told the address of a name, its profile hears of TLS with it, too", () => {
  const records = [
    record("dns", { ...dns, query: "other.example", answers: [SERVER] }),
    record("dns", { ...dns, ts: T - 7200, query: "evil.example", answers: [SERVER] }),
    record("ssl", { ...tls, ts: T + 10, server_name: "evil.example" }),
  ];
  const spoken = watch([blacklistedDomain], records, { intel }).filter(({ timestamp }) => timestamp === T + 10);
  assert.deepEqual(spoken.map(({ profile }) => profile), [HOST, SERVER]);
});

Deno.test("lists of advertisers are only informational", () => {
  const ads = intelligence([{ name: "ads", level: "info", lines: "ads.example" }]);
  const found = watch([blacklistedDomain], [record("dns", { ...dns, query: "ads.example" })], { intel: ads });
  assert.deepEqual(found.map(({ threat }) => threat), ["info"]);
});
