// Takes records away from the SQLite home, the oldest first, over all kinds.

import type { StatementSync } from "node:sqlite";
import { type Kind, KINDS } from "../../record/schema.ts";
import { BUCKETS } from "./records.ts";

type Sql = (text: string) => StatementSync;
type Row = Record<string, string | number | bigint | null>;

/** Records taken away at once: a few hundredths of a second in which nobody else can write. */
const STEP = 10_000;
/** Blocks of each kind that are looked at at once. */
const HEADS = 256;
/** Lists of uids that are looked through for so many records gone, and at least: each time a few rows of a list go. */
const RECORDS_PER_LIST = 128;
const LISTS = 8;

/** The oldest blocks of a kind. */
interface Heads {
  readonly rows: readonly { readonly block: number; readonly last: number; readonly count: number }[];
  at: number;
}

export interface RecordForgetter {
  /**
   * Takes away blocks with nothing in them that is not older than a time, the oldest first, until about `most` records have
   * gone, or a step of them; how many went.
   */
  step(before: number, most: number): number;
  /** Takes away what uids are found by and is older than all blocks, in as many lists as is worth it for so many records. */
  lists(gone: number): void;
}

export function createRecordForgetter(sql: Sql, transaction: (work: () => void) => void): RecordForgetter {
  /** Where to go on, and how many lists are to be looked through: all at first, as a run before may not have come to it. */
  let bucket = 0;
  let toDo = BUCKETS;
  return {
    step(before, most) {
      let gone = 0;
      transaction(() => {
        for (let some = 1; some > 0 && gone < Math.min(most, STEP);) {
          some = forgetBlocks(sql, before, Math.min(most, STEP) - gone);
          gone += some;
        }
      });
      return gone;
    },
    lists(gone) {
      if (gone > 0) toDo = BUCKETS;
      if (toDo === 0) return;
      transaction(() => {
        const oldest = oldestRecord(sql);
        for (let left = Math.max(LISTS, gone / RECORDS_PER_LIST); left > 0 && toDo > 0; left--, toDo--) {
          forgetList(sql, bucket, oldest);
          bucket = (bucket + 1) % BUCKETS;
        }
      });
    },
  };
}

/** Takes away what a list begins with and is older than a time. */
function forgetList(sql: Sql, bucket: number, oldest: number): void {
  const kept = sql("SELECT first FROM record_uid_lists WHERE bucket = ? AND last >= ? ORDER BY first LIMIT 1")
    .get(bucket, oldest) as Row | undefined;
  const end = kept === undefined ? Number.MAX_SAFE_INTEGER : Number(kept["first"]);
  sql("DELETE FROM record_uid_lists WHERE bucket = ? AND first < ?").run(bucket, end);
}

function forgetBlocks(sql: Sql, before: number, most: number): number {
  const kinds = KINDS.map((kind): Heads => ({ rows: headsOf(sql, kind, before), at: 0 }));
  const blocks: number[] = [];
  let gone = 0;
  while (gone < most) {
    let oldest: Heads | undefined;
    for (const kind of kinds) {
      const last = kind.rows[kind.at]?.last;
      if (last !== undefined && (oldest === undefined || last < oldest.rows[oldest.at]!.last)) oldest = kind;
    }
    if (oldest === undefined) break;
    const { block, count } = oldest.rows[oldest.at++]!;
    blocks.push(block);
    gone += count;
    // What comes after them is not known, and may be the oldest of all.
    if (oldest.at === HEADS) break;
  }
  if (blocks.length > 0) {
    sql("DELETE FROM record_blocks WHERE block IN (SELECT value FROM json_each(?))").run(JSON.stringify(blocks));
  }
  return gone;
}

function headsOf(sql: Sql, kind: Kind, before: number): Heads["rows"] {
  const rows = sql("SELECT block, last, count FROM record_blocks WHERE kind = ? AND last < ? ORDER BY last LIMIT ?")
    .all(kind, before, HEADS) as Row[];
  return rows.map(({ block, last, count }) => ({ block: Number(block), last: Number(last), count: Number(count) }));
}

/** When the oldest block ends; Infinity when there is none. */
function oldestRecord(sql: Sql): number {
  return KINDS.reduce((oldest, kind) => {
    const { time } = sql("SELECT min(last) AS time FROM record_blocks WHERE kind = ?").get(kind) as Row;
    return time === null || time === undefined ? oldest : Math.min(oldest, Number(time));
  }, Infinity);
}
