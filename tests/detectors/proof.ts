// Every type of evidence has a proof, traffic that must raise it, and a twin, its nearest innocent relative that must
// not. Both are tests, and more: here it is seen whether the type was raised indeed. proofs_test.ts sees that none lacks.

import assert from "node:assert/strict";
import type { EvidenceType } from "../../agent/evidence/evidence.ts";

/** Types raised since the current proof or twin began, and how often evidence was looked at. */
const raised = new Set<EvidenceType>();
let looks = 0;

/** Takes evidence for seen; `watch` in harness.ts does so, tests with another frame have to. */
export function witness(evidence: readonly { readonly type: EvidenceType }[]): void {
  looks++;
  for (const { type } of evidence) raised.add(type);
}

/** A test whose traffic must raise `type`. The type and the title stand as plain texts, to be found by a program. */
export function proof(type: EvidenceType, title: string, story: () => void | Promise<void>): void {
  Deno.test(`proof of ${type}: ${title}`, async () => {
    raised.clear();
    await story();
    assert(raised.has(type), `the traffic raised no ${type}`);
  });
}

/** A test whose traffic, all of it, must not raise `type`. */
export function twin(type: EvidenceType, title: string, story: () => void | Promise<void>): void {
  Deno.test(`twin of ${type}: ${title}`, async () => {
    raised.clear();
    looks = 0;
    await story();
    assert(looks > 0, "nobody looked");
    assert(!raised.has(type), `innocent traffic raised ${type}`);
  });
}
