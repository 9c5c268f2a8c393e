// Visitors from the Internet that a service calls malicious.

import assert from "node:assert/strict";
import type { Answer, Verdict } from "../../agent/intel/enrich/question.ts";
import { listedVisitor } from "../../detectors/listed-visitor.ts";
import { conn, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";

const VISITOR = "45.9.148.3";
const OURS = "192.168.1.10";

const answer = (ip: string, ...verdicts: Verdict[]): Answer => ({ question: { ask: "address", ip }, verdicts });
const spamhaus: Verdict = { service: "spamhaus", says: "malicious", words: "XBL (hijacked or infected hosts)" };

const visits = (answers: readonly Answer[], options: Parameters<typeof watch>[2] = {}) =>
  watch([listedVisitor], [
    conn({ orig_h: VISITOR, resp_h: OURS, resp_p: 22 }),
    conn({ orig_h: VISITOR, resp_h: OURS, resp_p: 23 }),
  ], { ...options, answers });

Deno.test("a visitor on Spamhaus's lists is told once an hour, with what the list says", () => {
  const found = visits([answer(VISITOR, spamhaus)]);
  assert.deepEqual(
    found.map(({ type, threat, confidence, attacker, victim, description }) => [
      ...[type, threat, confidence, attacker.value, victim?.value, description],
    ]),
    [[
      "threat_intelligence_from_blacklisted_ip",
      "medium",
      0.7,
      VISITOR,
      OURS,
      `Connection from the blacklisted address ${VISITOR} (known to spamhaus: XBL (hijacked or infected hosts)) to ${OURS} ` +
      "on destination port 22/tcp",
    ]],
  );
});

Deno.test("the level follows the share of scanners, where there is one", () => {
  const scanners: Verdict = { service: "virustotal", says: "malicious", words: "60 of 90 scanners", share: 2 / 3 };
  assert.deepEqual(visits([answer(VISITOR, spamhaus, scanners)]).map(({ threat }) => threat), ["high"]);
});

Deno.test("nothing is told of visitors that nobody calls malicious, that lists at hand tell of, or that are ours", () => {
  assert.deepEqual(visits([answer(VISITOR, { service: "spamhaus", says: "unknown", words: "" })]), []);
  assert.deepEqual(visits([]), []);
  const listed = intelligence([{ name: "list", level: "high", lines: VISITOR }]);
  assert.deepEqual(visits([answer(VISITOR, spamhaus)], { intel: listed }), []);
  const own = watch([listedVisitor], [
    conn({ orig_h: OURS, resp_h: VISITOR }),
    conn({ orig_h: "100.64.0.1", resp_h: OURS }),
  ], { answers: [answer(VISITOR, spamhaus), answer("100.64.0.1", spamhaus)] });
  assert.deepEqual(own, []);
});
