// Takes a run up where an earlier one has left it: what is on its tape passes through the router once more, so that all
// that stands behind it comes to know what it knew.

import { readBatch } from "../profile/flat/batch.ts";
import type { Router } from "../profile/router.ts";
import type { AnyRecord } from "../record/schema.ts";
import type { Taping } from "./taping.ts";

export interface ReplayEvents {
  /** A record that came out before, with the source's clock and its ordinal. */
  record(record: AnyRecord, now: number, ordinal: number): void;
  /** A part has passed; more follows when the promise is kept. */
  passed(): Promise<void>;
}

/** Plays the tape; the number of records on it. */
export async function replay(
  taping: Taping,
  router: Router,
  push: Parameters<Router["recall"]>[1],
  { record, passed }: ReplayEvents,
): Promise<number> {
  let records = 0;
  for (;;) {
    const taped = await taping.next();
    if (taped === undefined) return records;
    if (taped.batch === undefined) {
      const { origin, facts } = taped.snapshot;
      if (Number.isFinite(origin)) router.begin(origin);
      router.recall(facts, push);
      continue;
    }
    if (Number.isFinite(taped.batch.origin)) router.begin(taped.batch.origin);
    for (const step of readBatch(taped.batch).steps) {
      record(step.record!, step.clock, step.position);
      records++;
    }
    router.tick(taped.batch.clock);
    await passed();
  }
}
