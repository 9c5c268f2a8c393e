// Runs one engine batch by batch, for stories in which something happens between two batches.

import type { Evidence } from "../../agent/evidence/evidence.ts";
import type { Step } from "../../agent/profile/batch.ts";
import { createRouter } from "../../agent/profile/router.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import { compareEvidence, type Engine } from "../../detectors/engine.ts";
import { writtenAt } from "./harness.ts";
import { witness } from "./proof.ts";

/** The evidence of each batch; `between` is called after each but the last with its number, from 0. */
export function stream(
  engine: Engine,
  batches: readonly (readonly AnyRecord[])[],
  between: (batch: number) => void,
): Evidence[][] {
  const router = createRouter({ workers: 1, direction: "out", profiles: 1000, clientIps: [] });
  return batches.map((records, index) => {
    const steps: Step[] = [];
    for (const each of records) router.route(each, writtenAt(each), (_, step) => steps.push(step));
    const last = index + 1 === batches.length;
    const batch = { serial: index + 1, origin: router.origin(), clock: router.clock(), steps, last };
    const evidence = engine.process(batch).sort(compareEvidence).flatMap((placed) => placed.evidence ?? []);
    witness(evidence);
    for (const { name, failures, firstFailure } of engine.health()) {
      if (failures > 0) throw new Error(`detector ${name} threw ${failures} times: ${firstFailure}`);
    }
    if (!last) between(index);
    return evidence;
  });
}
