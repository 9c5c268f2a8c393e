// DNS answers that lead to listed addresses and through listed names.

import assert from "node:assert/strict";
import { blacklistedDnsAnswer } from "../../detectors/blacklisted-dns-answer.ts";
import { record, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const BAD = "45.9.148.3";
const intel = intelligence([{ name: "mixed", level: "high", lines: `${BAD}\nevil.example` }]);
const dns = { ts: T, orig_h: HOST, orig_p: 40_000, resp_h: "192.168.1.1", resp_p: 53, proto: "udp", qtype_name: "A" };

proof(
  "threat_intelligence_blacklisted_dns_answer",
  "D1: a harmless name leads to a listed address, told for both ends",
  () => {
    const question = record("dns", { ...dns, query: "shop.example", answers: ["93.184.216.34", BAD] });
    const found = watch([blacklistedDnsAnswer], [question], { intel });
    const common = {
      type: "threat_intelligence_blacklisted_dns_answer",
      threat: "high",
      confidence: 1,
      window: 1,
      timestamp: T,
      uids: [question.uid],
      proto: "udp",
      src_port: 40_000,
      dst_port: 53,
      related: 1,
      description:
        `The DNS answered ${HOST}, who asked for shop.example, with the blacklisted address ${BAD} (listed by mixed)`,
    };
    assert.deepEqual(found.map(told), [
      { ...common, attacker: `src ip ${HOST}`, victim: `dst ip ${BAD}`, profile: HOST },
      { ...common, attacker: `dst ip ${BAD}`, victim: `src ip ${HOST}`, profile: BAD },
    ]);
  },
);

Deno.test("a name leads through a listed one: told once, about the name that was asked for", () => {
  const question = record("dns", { ...dns, query: "shop.example", answers: ["cdn.evil.example", "93.184.216.34"] });
  const [found, ...more] = watch([blacklistedDnsAnswer], [question], { intel });
  assert.deepEqual(more, []);
  assert.deepEqual([found!.victim, found!.confidence], [
    { direction: "dst", kind: "domain", value: "shop.example" },
    0.7,
  ]);
  assert.match(
    found!.description,
    /through the blacklisted name cdn\.evil\.example \(listed by mixed by way of evil\.example\)/,
  );
});

twin(
  "threat_intelligence_blacklisted_dns_answer",
  "other answers, texts that mention bad names, and a question for a listed name",
  () => {
    const records = [
      record("dns", { ...dns, query: "shop.example", answers: ["93.184.216.34", "cdn.example"] }),
      record("dns", { ...dns, query: "shop.example", qtype_name: "TXT", answers: ["TXT 12 evil.example"] }),
      record("dns", { ...dns, query: "evil.example", answers: [] }),
      record("dns", { ...dns, query: "shop.example" }),
    ];
    assert.deepEqual(watch([blacklistedDnsAnswer], records, { intel }), []);
  },
);
