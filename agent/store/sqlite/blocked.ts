// Who is blocked, in the SQLite home: a row for each address and sensor, as it was told last.

import type { StatementSync } from "node:sqlite";
import type { BlockMeans, Store, StoredBlock, Writing } from "../store.ts";

type Row = Record<string, string | number | bigint | null>;
type Sql = (text: string) => StatementSync;

/** What a sensor told; what is not newer than what is there changes nothing. */
export function putBlocks(sql: Sql, sensor: string, blocks: NonNullable<Writing["blocks"]>): void {
  const insert = sql(
    `INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET means = excluded.means,
     alert = excluded.alert, since = excluded.since, until = excluded.until, ended = excluded.ended,
     times = excluded.times, told = excluded.told WHERE excluded.told > told`,
  );
  for (const { ip, means, alert, since, until, ended, times, told } of blocks) {
    const row = [alert ?? null, since, until ?? null, ended ?? null, times, told];
    insert.run(ip, sensor, JSON.stringify(means), ...row);
  }
}

export function readBlocks(sql: Sql, selection: Parameters<Store["blocks"]>[0]): StoredBlock[] {
  const { profile = null, sensor = null, from = -Infinity, to = Infinity, limit } = selection;
  const rows = sql(
    `SELECT * FROM blocks WHERE ip = ifnull(?, ip) AND sensor = ifnull(?, sensor) AND since <= ?
     AND (ended IS NULL OR ended >= ?) ORDER BY ended IS NULL DESC, ended DESC, since DESC, ip, sensor LIMIT ?`,
  ).all(profile, sensor, to, from, Math.min(limit, Number.MAX_SAFE_INTEGER)) as Row[];
  const time = (value: Row[string] | undefined): number | undefined => value === null ? undefined : Number(value);
  return rows.map((row) => ({
    sensor: String(row["sensor"]),
    ip: String(row["ip"]),
    means: JSON.parse(String(row["means"])) as BlockMeans[],
    alert: row["alert"] === null ? undefined : String(row["alert"]),
    since: Number(row["since"]),
    until: time(row["until"]),
    ended: time(row["ended"]),
    times: Number(row["times"]),
    told: Number(row["told"]),
  }));
}

/** Forgets blocks that were ended before a time. */
export function forgetBlocks(sql: Sql, before: number): void {
  sql("DELETE FROM blocks WHERE ended < ?").run(before);
}
