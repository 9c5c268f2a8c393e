// Connections and DNS answers that lead into a listed autonomous system.

import assert from "node:assert/strict";
import { blacklistedAsn } from "../../detectors/blacklisted-asn.ts";
import { conn, record, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const THERE = "45.9.1.1";
const intel = intelligence([{ name: "asns", lines: "AS64500 # hosts malware" }]);
const dns = { ts: T, orig_h: HOST, orig_p: 40_000, resp_h: "192.168.1.1", resp_p: 53, proto: "udp", qtype_name: "A" };

proof(
  "threat_intelligence_blacklisted_asn",
  "D3, D38: a connection into a listed system is found by the address, and said to be one",
  () => {
    const connection = conn({ orig_h: HOST, resp_h: THERE });
    const found = watch([blacklistedAsn], [connection], { intel });
    const common = {
      type: "threat_intelligence_blacklisted_asn",
      threat: "medium",
      confidence: 0.8,
      window: 1,
      timestamp: T,
      uids: [connection.uid],
      proto: "tcp",
      src_port: 40_000,
      dst_port: 443,
      related: 1,
      description: `Connection from ${HOST} to ${THERE} in the blacklisted AS64500 (Bulletproof Ltd) ` +
        '(listed by asns: "hosts malware")',
    };
    assert.deepEqual(found.map(told), [
      { ...common, attacker: `src ip ${HOST}`, victim: `dst ip ${THERE}`, profile: HOST },
      { ...common, attacker: `dst ip ${THERE}`, victim: `src ip ${HOST}`, profile: THERE },
    ]);
  },
);

Deno.test("D38: a DNS answer into a listed system is said to be a DNS answer", () => {
  const answer = record("dns", { ...dns, query: "cdn.example", answers: [THERE, "93.184.216.34"] });
  const found = watch([blacklistedAsn], [answer], { intel });
  assert.deepEqual(found.map(({ profile }) => profile), [HOST, THERE]);
  assert.match(
    found[0]!.description,
    /^DNS answer 45\.9\.1\.1 for cdn\.example to 192\.168\.1\.10 in the blacklisted AS64500/,
  );
});

Deno.test("a host of a listed system that comes to us is told as the attacker", () => {
  const found = watch([blacklistedAsn], [conn({ orig_h: THERE, resp_h: HOST, resp_p: 22 })], { intel });
  assert.deepEqual(found.map(({ attacker, profile }) => `${attacker.direction} ${attacker.value} ${profile}`), [
    `dst ${THERE} ${HOST}`,
    `src ${THERE} ${THERE}`,
  ]);
  assert.match(found[0]!.description, /^Connection to 192\.168\.1\.10 from 45\.9\.1\.1 in the blacklisted AS64500/);
});

twin("threat_intelligence_blacklisted_asn", "addresses of other systems, and of none; another system is listed", () => {
  const records = [
    conn({ orig_h: HOST, resp_h: "45.8.1.1" }),
    conn({ orig_h: HOST, resp_h: "192.168.1.1" }),
    record("dns", { ...dns, query: "cdn.example", answers: ["45.8.1.1"] }),
  ];
  assert.deepEqual(watch([blacklistedAsn], records, { intel }), []);
  const other = intelligence([{ lines: "AS64501" }]);
  assert.deepEqual(watch([blacklistedAsn], [conn({ orig_h: HOST, resp_h: THERE })], { intel: other }), []);
});
