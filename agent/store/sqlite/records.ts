// Records in the SQLite home: a row for each block of them, and for each writing lists of the uids in it.

import type { StatementSync } from "node:sqlite";
import type { Kind } from "../../record/schema.ts";
import { KINDS } from "../../record/schema.ts";
import { blocksOf, uidOf } from "../blocks.ts";
import { type Columns, columnsOf, recordsOf } from "../columns.ts";
import type { BlockHome } from "../search.ts";
import type { NewRecord, StoredRecord } from "../store.ts";

type Sql = (text: string) => StatementSync;
type Row = Record<string, string | number | bigint | null>;

/** Puts the records of a run into blocks; within a transaction. */
export function putRecords(sql: Sql, run: number, records: readonly NewRecord[]): void {
  if (records.length === 0) return;
  const first = Number((sql("SELECT max(block) AS last FROM record_blocks").get() as Row)["last"] ?? 0) + 1;
  const insert = sql("INSERT INTO record_blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  /** By bucket: "BLOCK UID" for each record. */
  const places = new Map<number, string[]>();
  let newest = -Infinity;
  let number = first;
  for (const block of blocksOf(records)) {
    const { kind, profile, window, first: from, last } = block;
    const fields = JSON.stringify(columnsOf(block));
    insert.run(number, run, kind, profile ?? null, window, from, last, block.records.length, fields);
    if (last > newest) newest = last;
    for (const record of block.records) {
      const uid = uidOf(record);
      if (uid === undefined) continue;
      const bucket = uidBucket(uid);
      const begun = places.get(bucket);
      if (begun === undefined) places.set(bucket, [`${number} ${uid}`]);
      else begun.push(`${number} ${uid}`);
    }
    number++;
  }
  const list = sql("INSERT INTO record_uid_lists VALUES (?, ?, ?, ?)");
  for (const [bucket, those] of places) list.run(bucket, first, newest, JSON.stringify(those));
}

/** Lists of uids that there are: enough that each is short, few enough that a writing does not make many. Own choice. */
export const BUCKETS = 512;

/**
 * The bucket of a uid, by its last two characters, which differ in all forms that uids have. In SQL:
 * `(unicode(substr(uid, -1)) + 31 * ifnull(unicode(substr(uid, -2, 1)), 0)) % 512`.
 */
function uidBucket(uid: string): number {
  const { length } = uid;
  const before = length > 1 ? uid.charCodeAt(length - 2) : 0;
  return length === 0 ? 0 : (uid.charCodeAt(length - 1) + 31 * before) % BUCKETS;
}

/** Where records are looked for; `runId` tells the id of a run by its number. */
export function recordHome(sql: Sql, runId: (number: unknown) => string): BlockHome<number> {
  return {
    heads: (ranges, count) =>
      Promise.resolve(ranges.map(({ kind, profile, newest, oldest, skip }) => {
        const ofHost = profile === undefined ? "" : "profile = ? AND";
        const rows = sql(
          `SELECT block, first, last FROM record_blocks WHERE ${ofHost} kind = ? AND last BETWEEN ? AND ?
           ORDER BY last DESC, block DESC LIMIT ? OFFSET ?`,
        ).all(...profile === undefined ? [] : [profile], kind, oldest, newest, count, skip) as Row[];
        return rows.map((row) => ({
          block: Number(row["block"]),
          first: Number(row["first"]),
          last: Number(row["last"]),
        }));
      })),
    read: (blocks) =>
      Promise.resolve(blocks.flatMap((block): StoredRecord[] => {
        const row = sql("SELECT * FROM record_blocks WHERE block = ?").get(block) as Row | undefined;
        if (row === undefined) return [];
        const [kind, run] = [row["kind"] as Kind, runId(row["run"])];
        const profile = row["profile"] === null ? undefined : String(row["profile"]);
        const window = Number(row["window"]);
        return recordsOf(kind, JSON.parse(String(row["fields"])) as Columns)
          .map(([ordinal, record]) => ({ run, ordinal, profile, window, record }));
      })),
    withUid: (uid) =>
      Promise.resolve(
        (sql(
          `SELECT DISTINCT CAST(place.value AS INTEGER) AS block FROM record_uid_lists, json_each(places) AS place
           WHERE bucket = ? AND instr(places, ?) AND substr(place.value, instr(place.value, ' ') + 1) = ?`,
        ).all(uidBucket(uid), JSON.stringify(uid).slice(1, -1), uid) as Row[]).map((row) => Number(row["block"])),
      ),
  };
}

/** The time of the newest record; -Infinity when there is none. */
export function newestRecord(sql: Sql): number {
  return KINDS.reduce((newest, kind) => {
    const { time } = sql("SELECT max(last) AS time FROM record_blocks WHERE kind = ?").get(kind) as Row;
    return time === null || time === undefined ? newest : Math.max(newest, Number(time));
  }, -Infinity);
}
