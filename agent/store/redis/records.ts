// Records in the Redis home: a value for each block of them, sorted sets by which blocks are found, and lists of uids.

import { Buffer } from "node:buffer";
import { type Kind, KINDS } from "../../record/schema.ts";
import { blocksOf, uidOf } from "../blocks.ts";
import { type Columns, columnsOf, recordsOf } from "../columns.ts";
import type { BlockHome } from "../search.ts";
import type { NewRecord, StoredRecord } from "../store.ts";
import { blockMember, blockSeconds, type Keys, uidSuffix } from "./keys.ts";
import type { Command, Link } from "./link.ts";

/** What stands under a block's key. */
interface BlockRow {
  readonly kind: Kind;
  /** Missing when the records show nobody's behaviour. */
  readonly profile?: string | undefined;
  readonly window: number;
  readonly fields: Columns;
}

/** An element of a list of uids, of one writing: the newest time in that, and "BLOCK UID" for each record. */
type UidRow = [number, ...string[]];

/** Bytes that a block and a record take beside the block's text, in what they are found by. Measured with Redis 7.0. */
export const BLOCK_OVERHEAD = 320;
export const RECORD_OVERHEAD = 70;

/** The commands that store records of a run: few for many, as the cost of one is that of several of its words. */
export function recordCommands(keys: Keys, run: number, records: readonly NewRecord[]): Command[] {
  if (records.length === 0) return [];
  const texts = ["MSET"];
  const commands: Command[] = [texts];
  const kinds = new Map<string, Command>();
  const uids = new Map<string, string[]>();
  let [bytes, newest] = [0, -Infinity];
  for (const block of blocksOf(records)) {
    const { kind, profile, window, ordinals } = block;
    const row: BlockRow = { kind, profile, window, fields: columnsOf(block) };
    const text = JSON.stringify(row);
    const member = blockMember(run, ordinals[0]!, block.last - block.first);
    const last = String(block.last);
    texts.push(keys.records.block(member), text);
    if (profile !== undefined) commands.push(["ZADD", keys.records.ofHost(profile, kind), last, member]);
    const ofKind = kinds.get(kind);
    if (ofKind === undefined) kinds.set(kind, ["ZADD", keys.records.ofKind(kind), last, member]);
    else ofKind.push(last, member);
    for (const record of block.records) {
      const uid = uidOf(record);
      if (uid === undefined) continue;
      const suffix = uidSuffix(uid);
      const begun = uids.get(suffix);
      if (begun === undefined) uids.set(suffix, [`${member} ${uid}`]);
      else begun.push(`${member} ${uid}`);
    }
    if (block.last > newest) newest = block.last;
    bytes += Buffer.byteLength(text) + BLOCK_OVERHEAD + RECORD_OVERHEAD * ordinals.length;
  }
  for (const command of kinds.values()) commands.push(command);
  // A value for many: a tenth of what a set of them costs the server.
  for (const [suffix, places] of uids) {
    const row: UidRow = [newest, ...places];
    commands.push(["RPUSH", keys.records.uids(suffix), JSON.stringify(row)]);
  }
  if (uids.size > 0) commands.push(["SADD", keys.records.suffixes, ...uids.keys()]);
  commands.push(["INCRBY", keys.bytes, String(bytes)]);
  return commands;
}

/** Where records are looked for; `idOf` tells the id of a run by its number. */
export function recordHome(link: Link, keys: Keys, idOf: (run: number) => Promise<string>): BlockHome<string> {
  return {
    async heads(ranges, count) {
      const replies = await link.askAll(ranges.map(({ kind, profile, newest, oldest, skip }) => [
        "ZREVRANGEBYSCORE",
        profile === undefined ? keys.records.ofKind(kind) : keys.records.ofHost(profile, kind),
        ...[newest, oldest].map((time) => String(time).replace("Infinity", "inf")),
        ...["WITHSCORES", "LIMIT", String(skip), String(count)],
      ])) as string[][];
      return replies.map((flat) =>
        flat.flatMap((block, at) => {
          const last = Number(flat[at + 1]);
          return at % 2 === 0 ? [{ block, first: last - blockSeconds(block), last }] : [];
        })
      );
    },
    async read(blocks) {
      if (blocks.length === 0) return [];
      const texts = await link.ask("MGET", ...blocks.map(keys.records.block)) as (string | null)[];
      const found: StoredRecord[] = [];
      for (const [at, text] of texts.entries()) {
        if (text === null) continue;
        const { kind, profile, window, fields } = JSON.parse(text) as BlockRow;
        const run = await idOf(Number(blocks[at]!.slice(0, blocks[at]!.indexOf("."))));
        for (const [ordinal, record] of recordsOf(kind, fields)) found.push({ run, ordinal, profile, window, record });
      }
      return found;
    },
    async withUid(uid) {
      const texts = await link.ask("LRANGE", keys.records.uids(uidSuffix(uid)), "0", "-1") as string[];
      const within = JSON.stringify(uid).slice(1, -1);
      const found = new Set<string>();
      for (const text of texts) {
        if (!text.includes(within)) continue;
        const [, ...places] = JSON.parse(text) as UidRow;
        for (const place of places) {
          const space = place.indexOf(" ");
          if (place.slice(space + 1) === uid) found.add(place.slice(0, space));
        }
      }
      return [...found];
    },
  };
}

/** The time of the newest record; -Infinity when there is none. */
export async function newestRecord(link: Link, keys: Keys): Promise<number> {
  const heads = await link.askAll(
    KINDS.map((kind) => ["ZREVRANGE", keys.records.ofKind(kind), "0", "0", "WITHSCORES"]),
  );
  return (heads as string[][]).reduce((newest, [, time]) => Math.max(newest, Number(time ?? -Infinity)), -Infinity);
}
