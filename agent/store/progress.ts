// How far a run had come, by what the store and the journal have of it.

import type { RunProgress } from "./messages.ts";
import type { Store, Writing } from "./store.ts";

const KINDS_KEPT = ["records", "evidence", "alerts"] as const;

/** Reads what stands under a name, should it be of that run, with what has waited in the journal; else all is zero. */
export async function readProgress(
  home: Store,
  name: string | undefined,
  run: string,
  waited: readonly Writing[],
): Promise<RunProgress> {
  const last: RunProgress = { records: 0, evidence: 0, alerts: 0 };
  if (name === undefined) return last;
  const known = await home.state(name) as (RunProgress & { run: string }) | undefined;
  if (known?.run === run) { for (const kind of KINDS_KEPT) last[kind] = known[kind]; }
  for (const { evidence = [], alerts = [] } of waited.filter((one) => one.run === run)) {
    for (const { ordinal } of evidence) last.evidence = Math.max(last.evidence, ordinal);
    for (const { ordinal } of alerts) last.alerts = Math.max(last.alerts, ordinal);
  }
  return last;
}
