// What the SQLite home forgets: old records first, findings and hosts much later.

import type { StatementSync } from "node:sqlite";
import { EVIDENCE_KEPT, OPINIONS_KEPT, type Retention } from "../store.ts";
import { forgetBlocks } from "./blocked.ts";
import type { RecordForgetter } from "./forget-records.ts";
import { newestRecord } from "./records.ts";

/** Bytes of a record, about, and how many go at once at least, as a page is free when all on it has gone. */
const RECORD_BYTES = 340;
const LEAST_RECORDS = 1000;
/** Free pages given back at once, and the share of all that may stay free. Own choices. */
const VACUUM_PAGES = 10_000;
const KEPT_FREE = 0.25;

/** Forgets what is too old or too much, up to `most` records and what has become too old with them; how many went. */
export function retain(
  sql: (text: string) => StatementSync,
  records: RecordForgetter,
  { seconds, from = Infinity, bytes, most = Infinity }: Retention,
): number {
  const newest = Number.isFinite(seconds) ? Math.min(newestRecord(sql), from) : NaN;
  let gone = 0;
  /** Takes away a step of records, of so many bytes; false when there is nothing more to take. */
  function forget(before: number, excess = Infinity): boolean {
    const enough = Math.max(LEAST_RECORDS, Math.ceil(excess / RECORD_BYTES));
    const step = gone < most ? records.step(before, Math.min(most - gone, enough)) : 0;
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
  const excess = (): number => (pages("page_count") - pages("freelist_count")) * pages("page_size") - bytes;
  for (let over = excess(); over > 0 && forget(Infinity, over);) over = excess();
  records.lists(most === Infinity ? Infinity : gone);
  // What is free is used again; what is more than that needs is given back. Each step of this statement gives one page:
  // `exec` would take the first step alone.
  const [all, free] = [pages("page_count"), pages("freelist_count")];
  const spare = Math.min(free, VACUUM_PAGES, Math.max(all - bytes / pages("page_size"), free - all * KEPT_FREE));
  if (spare >= 1) sql(`PRAGMA incremental_vacuum(${Math.ceil(spare)})`).all();
  return gone;
}
