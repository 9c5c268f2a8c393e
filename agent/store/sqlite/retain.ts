// What the SQLite home forgets: old records first, findings and hosts much later.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { EVIDENCE_KEPT, OPINIONS_KEPT, type Retention } from "../store.ts";

/** Records taken away at once, so that the file is never held for long. */
const RETAIN_STEP = 10_000;

type Row = Record<string, string | number | bigint | null>;

/** Forgets what is too old or too much; the number of records that went. */
export function retain(
  database: DatabaseSync,
  sql: (text: string) => StatementSync,
  { seconds, bytes }: Retention,
): number {
  const newest = Number((sql("SELECT max(ts) AS ts FROM records").get() as Row)["ts"] ?? NaN);
  let gone = 0;
  const deleteRecords = (before: number): number =>
    Number(
      sql("DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE ts < ? ORDER BY ts LIMIT ?)")
        .run(before, RETAIN_STEP).changes,
    );
  const pages = (pragma: string): number => Number(Object.values(sql(`PRAGMA ${pragma}`).get()!)[0]);
  if (Number.isFinite(newest - seconds)) {
    for (let step = RETAIN_STEP; step === RETAIN_STEP; gone += step) step = deleteRecords(newest - seconds);
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
  const used = (): number => (pages("page_count") - pages("freelist_count")) * pages("page_size");
  for (let step = 1; step > 0 && used() > bytes; gone += step) step = deleteRecords(Infinity);
  if (gone > 0) database.exec("PRAGMA incremental_vacuum");
  return gone;
}
