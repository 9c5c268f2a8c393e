// Our own findings: what is told, when, and what is never told.

import assert from "node:assert/strict";
import { createFindings, type OwnFinding } from "../../p2p/findings.ts";
import type { Indicator } from "../../p2p/indicator.ts";

const SCANNER: Indicator = { kind: "ip", value: "10.0.0.66" };
const found = (score: number, confidence: number, alert = false): OwnFinding => ({
  indicator: SCANNER,
  score,
  confidence,
  alert,
});

Deno.test("a finding is reported once, again when it is heavier, and as blame when it makes an alert", () => {
  const findings = createFindings();
  assert.equal(findings.note(found(0.6, 0.5), 0), "report");
  for (let i = 1; i < 100; i++) assert.equal(findings.note(found(0.6, 0.5), i), undefined);
  assert.equal(findings.note(found(0.9, 0.5), 100), "report");
  assert.equal(findings.note(found(1, 0.9, true), 101), "blame");
  assert.equal(findings.note(found(1, 0.9, true), 102), undefined, "the same alert");
  assert.equal(findings.note(found(0.6, 0.5), 103), undefined, "nothing that is less");
  assert.equal(findings.note(found(0.6, 0.5), 4000), "report", "still there an hour later");
  assert.deepEqual(findings.judgement(SCANNER, 4010), { score: 1, confidence: 0.9, age: 10 });
});

Deno.test("what says nothing bad is told to nobody, and a week later it is forgotten", () => {
  const findings = createFindings();
  assert.equal(findings.note(found(0, 1), 0), undefined);
  assert.equal(findings.note(found(0.9, 0), 0), undefined);
  assert.equal(findings.judgement(SCANNER, 0), undefined);
  findings.note(found(0.9, 0.9), 0);
  assert.equal(findings.judgement(SCANNER, 8 * 86_400), undefined);
});

Deno.test("what is taken back is answered no more; only what was told has to be", () => {
  const findings = createFindings();
  assert.equal(findings.retract(SCANNER), false);
  findings.note(found(0.9, 0.9), 0);
  assert.equal(findings.retract(SCANNER), true);
  assert.equal(findings.judgement(SCANNER, 0), undefined);
});

Deno.test("findings outlive a restart, and a damaged file is no reason to fail", () => {
  const findings = createFindings();
  findings.note(found(1, 0.9, true), 1000);
  const kept = JSON.parse(JSON.stringify(findings.snapshot()));
  const restarted = createFindings();
  restarted.restore(kept, 2000);
  assert.deepEqual(restarted.judgement(SCANNER, 2000), { score: 1, confidence: 0.9, age: 1000 });
  assert.equal(restarted.note(found(1, 0.9, true), 2001), undefined, "it was told before the restart");
  const broken = createFindings();
  broken.restore(
    [null, 7, { kind: "ip" }, { kind: "x", value: "y", at: 1 }, { kind: "ip", value: "z", at: 2000 }],
    2000,
  );
  broken.restore("nonsense", 0);
  assert.equal(broken.size, 0);
});
