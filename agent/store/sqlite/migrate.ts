// Makes older tables today's.

import type { DatabaseSync } from "node:sqlite";
import type { AnyRecord } from "../../record/schema.ts";
import type { NewRecord } from "../store.ts";
import { putRecords } from "./records.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";

/** The first version with records in blocks. */
const BLOCKS_SINCE = 3;
/** Records that are put into blocks at once. */
const RECORDS_AT_ONCE = 20_000;

/**
 * Brings older tables up to date, all of them or none. Another agent may want the same at the same time: the version counts
 * that is found then.
 */
export function migrate(database: DatabaseSync, version: () => number): void {
  database.exec("BEGIN IMMEDIATE");
  const before = version();
  for (const migration of MIGRATIONS.slice(before)) database.exec(migration);
  if (before < BLOCKS_SINCE) gatherRecords(database);
  database.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`,
  );
}

/** Puts records that stood one by one into blocks. */
function gatherRecords(database: DatabaseSync): void {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const sql = (text: string): ReturnType<DatabaseSync["prepare"]> => {
    let statement = statements.get(text);
    if (statement === undefined) statements.set(text, statement = database.prepare(text));
    return statement;
  };
  const waiting = new Map<number, NewRecord[]>();
  let count = 0;
  const put = (): void => {
    for (const [run, records] of waiting) putRecords(sql, run, records);
    waiting.clear();
    count = 0;
  };
  for (const row of database.prepare("SELECT * FROM single_records ORDER BY rowid").iterate()) {
    const run = Number(row["run"]);
    const record = {
      ordinal: Number(row["ordinal"]),
      profile: row["profile"] === null ? undefined : String(row["profile"]),
      window: Number(row["window"]),
      record: { kind: row["kind"], ts: row["ts"], ...JSON.parse(String(row["data"])) } as AnyRecord,
    };
    const begun = waiting.get(run);
    if (begun === undefined) waiting.set(run, [record]);
    else begun.push(record);
    if (++count >= RECORDS_AT_ONCE) put();
  }
  put();
  database.exec("DROP TABLE single_records");
}
