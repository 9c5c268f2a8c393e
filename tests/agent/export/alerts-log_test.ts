import assert from "node:assert/strict";
import fc from "fast-check";
import type { TypeAccount } from "../../../agent/evidence/account.ts";
import type { Alert, Evidence } from "../../../agent/evidence/evidence.ts";
import { MEANINGS } from "../../../agent/evidence/stages.ts";
import { alertLine, evidenceLine } from "../../../agent/export/alerts-log.ts";
import { evidenceOf, START } from "../evidence/evidence.ts";

const found = (type: "arp_scan" | "unknown_port", first: number, count: number, example: string): TypeAccount => ({
  type,
  stage: MEANINGS[type].stage,
  technique: MEANINGS[type].technique,
  count,
  first,
  last: first + 60,
  total: 40,
  highest: 20,
  example,
});

const alert: Alert = {
  id: "2c5ea4c0-4067-5fe9-8bad-9bdd6b1b6f0c",
  updates: undefined,
  new_stages: [],
  stages: [
    {
      stage: "reconnaissance",
      first: START - 80_000,
      last: START,
      findings: [found("arp_scan", START - 80_000, 1, "It asked for 40 hosts")],
      more: 0,
    },
    {
      stage: "command_and_control",
      first: START + 60,
      last: START + 75,
      findings: [found("unknown_port", START + 60, 50, "It called 203.0.113.9")],
      more: 2,
    },
  ],
  profile: "192.168.1.7",
  hostname: undefined,
  window: 1,
  window_start: START,
  window_end: START + 3600,
  timestamp: START + 75.5,
  score: 15.200001,
  threshold: 15,
  confidence: 0.4905,
  evidence: ["a", "b"],
  evidence_omitted: 3,
  ordinal: 1,
};

Deno.test("a line of evidence says when, who, what and how bad", () => {
  assert.equal(
    evidenceLine(evidenceOf({ timestamp: START + 60.25 })),
    "2024-05-06T07:01:00.250000Z (TW 1): Src IP 192.168.1.7               . " +
      "Detected Connection to unknown destination port 4444/tcp of 203.0.113.9. threat level: high, confidence: 1.00.",
  );
});

Deno.test("a host's name stands behind its address, within the same columns", () => {
  const line = evidenceLine(evidenceOf({ hostname: "reception", window: -2 }));
  assert.ok(line.includes("(TW -2): Src IP 192.168.1.7 (reception)   . Detected "), line);
});

Deno.test("a line of evidence that is told again says how often, since when and to how many", () => {
  const sentence = (parts: Partial<Evidence>): string =>
    evidenceLine(evidenceOf({ description: "It called", timestamp: START + 600, since: START + 60, ...parts }))
      .replace(/^.*Detected /, "");
  assert.equal(sentence({ count: 50 }), "It called, 50 times since 07:01. threat level: high, confidence: 1.00.");
  assert.equal(
    sentence({ count: 50, victims: 17 }),
    "It called, 50 times since 07:01, 17 hosts. threat level: high, confidence: 1.00.",
  );
  assert.equal(
    sentence({ count: 500, victims: 64, victim: { direction: "dst", kind: "domain", value: "a.example" } }),
    "It called, 500 times since 07:01, at least 64 names. threat level: high, confidence: 1.00.",
  );
  assert.equal(
    sentence({ count: 50, mixed: true, since: START - 86_400 }),
    "It called, and 49 more such findings since 2024-05-05 07:00. threat level: high, confidence: 1.00.",
  );
});

Deno.test("a line of an alert says who, how sure, what since when, and what to do first", () => {
  assert.equal(
    alertLine(alert),
    "2024-05-06T07:01:15.500000Z (TW 1): Src IP 192.168.1.7               . Generated an alert given enough evidence " +
      "on timewindow 1. confidence: 0.49 (low), score: 15.2 of 15. " +
      "Since 2024-05-05 08:46 reconnaissance: It asked for 40 hosts [T1018]. " +
      "Since 07:01 command and control: It called 203.0.113.9 (50 times) [T1571]; and 2 more kinds of findings. " +
      "What to do first: take the host off the network but leave it switched on, and find the program that made the " +
      "connections.",
  );
});

Deno.test("an update of an alert says so; a host on the Internet cannot be taken off the network", () => {
  assert.match(alertLine({ ...alert, updates: alert.id, ordinal: 2 }), /\. Updated the alert on timewindow 1\. /);
  assert.match(alertLine({ ...alert, profile: "45.33.32.156" }), /What to do first: block the address/);
});

Deno.test("a hostile name can neither start a new line nor command the terminal nor turn the line around", () => {
  const line = evidenceLine(evidenceOf({
    hostname: "pc\x1b[2J",
    description: "SSL certificate of evil\u202egnp.exe\r\n2024-01-01 (TW 1): Src IP 10.0.0.1\u009b31m \ud800",
  }));
  assert.ok(line.includes(String.raw`192.168.1.7 (pc\x1b[2J)`));
  assert.ok(line.includes(String.raw`evil\u{202e}gnp.exe\x0d\x0a2024-01-01`));
  assert.ok(line.includes(String.raw`10.0.0.1\x9b31m \u{d800}`));
});

Deno.test("what is plain text in any language stays", () => {
  assert.ok(evidenceLine(evidenceOf({ description: "Zürich 東京 🙂" })).includes("Detected Zürich 東京 🙂. "));
});

Deno.test("a field that is too long is cut between characters", () => {
  const line = evidenceLine(evidenceOf({ description: "🙂".repeat(100_000) }));
  assert.ok(line.length < 4300 && line.endsWith("🙂…. threat level: high, confidence: 1.00."));
});

Deno.test("property: no line has a control character, and the same finding always makes the same line", () => {
  const text = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(fc.property(text, text, fc.double(), (hostname, description, timestamp) => {
    const evidence = evidenceOf({ hostname, description, timestamp });
    const line = evidenceLine(evidence);
    assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z /);
    assert.equal(evidenceLine({ ...evidence }), line);
    assert.doesNotMatch(alertLine({ ...alert, hostname, timestamp }), /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
  }));
});
