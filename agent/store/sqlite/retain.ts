// What the SQLite home forgets: old records first, findings and hosts much later.

import type { StatementSync } from "node:sqlite";
import { EVIDENCE_KEPT, OPINIONS_KEPT, type Retention } from "../store.ts";
import { forgetBlocks } from "./blocked.ts";
import { forgetRecords, newestRecord } from "./records.ts";

/** Records taken away at once, so that the file is never held for long. */
const RETAIN_STEP = 2000;
/** Free pages given back at once, and the share of all that may stay free. Own choices. */
const VACUUM_PAGES = 10_000;
const KEPT_FREE = 0.25;

/** Forgets what is too old or too much, up to `most` records and what has become too old with them; how many went. */
export function retain(
  sql: (text: string) => StatementSync,
  { seconds, from = Infinity, bytes, most = Infinity }: Retention,
): number {
  const newest = Math.min(newestRecord(sql), from);
  let gone = 0;
  /** Takes away a step of records; false when there is nothing more to take. */
  function forget(before: number): boolean {
    const step = gone < most ? forgetRecords(sql, before, Math.min(RETAIN_STEP, most - gone)) : 0;
    gone += step;
    return step > 0;
  }
  const pages = (pragma: string): number => Number(Object.values(sql(`PRAGMA ${pragma}`).get()!)[0]);
  if (Number.isFinite(newest - seconds)) {
    while (forget(newest - seconds));
    const old = newest - EVIDENCE_KEPT * seconds;
    sql("DELETE FROM evidence_records WHERE (run, evidence) IN (SELECT run, id FROM evidence WHERE ts < ?)").run(old);
    sql("DELETE FROM alert_evidence WHERE (run, alert) IN (SELECT run, id FROM alerts WHERE ts < ?)").run(old);
    for (const table of ["evidence", "alerts", "windows"]) sql(`DELETE FROM ${table} WHERE ts < ?`).run(old);
    sql("DELETE FROM hosts WHERE last < ?").run(old);
  }
  // These have the clock's times, not the traffic's.
  const now = Date.now() / 1000;
  sql("DELETE FROM opinions WHERE at < ?").run(now - OPINIONS_KEPT);
  sql("DELETE FROM answers WHERE until < ?").run(now);
  forgetBlocks(sql, now - EVIDENCE_KEPT * seconds);
  const used = (): number => (pages("page_count") - pages("freelist_count")) * pages("page_size");
  while (used() > bytes && forget(Infinity));
  // What is free is used again; what is more than that needs is given back. Each step of this statement gives one page:
  // `exec` would take the first step alone.
  const [all, free] = [pages("page_count"), pages("freelist_count")];
  const spare = Math.min(free, VACUUM_PAGES, Math.max(all - bytes / pages("page_size"), free - all * KEPT_FREE));
  if (spare >= 1) sql(`PRAGMA incremental_vacuum(${Math.ceil(spare)})`).all();
  return gone;
}
