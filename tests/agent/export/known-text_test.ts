// What is known of the other host, in a few words.

import assert from "node:assert/strict";
import { evidenceLine } from "../../../agent/export/alerts-log.ts";
import { knownText } from "../../../agent/export/known-text.ts";
import { evidenceOf } from "../evidence/evidence.ts";

Deno.test("name, AS, country and what services say; controls are written out", () => {
  const context = {
    names: ["old.example", "new.example"],
    reverse_dns: "host.example.net",
    asn: 64_496,
    as_organisation: "Example\u001b[2J Ltd",
    country: "DE",
    lists: ["spamhaus: SBL"],
  };
  assert.equal(
    knownText({ value: "203.0.113.9", context }),
    "203.0.113.9: new.example, AS64496 Example\\x1b[2J Ltd, DE, spamhaus: SBL",
  );
  assert.equal(knownText({ value: "203.0.113.9", context: { reverse_dns: "a.example" } }), "203.0.113.9: a.example");
  assert.equal(knownText({ value: "192.168.1.7", context: { mac: "00:11:32:7c:40:aa" } }), undefined);
});

Deno.test("a line of evidence ends with it where databases or services know more than the traffic shows", () => {
  const line = (victim: object) => evidenceLine(evidenceOf({ context: { attacker: { hostname: "pc" }, victim } }));
  assert.match(line({ names: ["a.example"], country: "DE" }), /\. known: 203\.0\.113\.9: a\.example, DE\.$/);
  assert.doesNotMatch(line({ names: ["a.example"] }), /known:/);
  assert.doesNotMatch(evidenceLine(evidenceOf()), /known:/);
});
