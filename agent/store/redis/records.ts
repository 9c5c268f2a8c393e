// Records in the Redis home: a value for each block of them, sorted sets by which blocks are found, and lists of uids.

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
const BLOCK_OVERHEAD = 320;
const RECORD_OVERHEAD = 70;
/** Blocks that go at once, so that nobody waits long, and elements of each list of uids that are looked at for it. */
const STEP = 200;
const LISTED_AT_ONCE = 8;

/** The commands that store records of a run: few for many, as the cost of one is that of several of its words. */
export function recordCommands(keys: Keys, run: number, records: readonly NewRecord[]): Command[] {
  if (records.length === 0) return [];
  const commands: Command[] = [];
  const kinds = new Map<string, Command>();
  const uids = new Map<string, string[]>();
  let [bytes, newest] = [0, -Infinity];
  for (const block of blocksOf(records)) {
    const { kind, profile, window, ordinals } = block;
    const row: BlockRow = { kind, profile, window, fields: columnsOf(block) };
    const text = JSON.stringify(row);
    const member = blockMember(run, ordinals[0]!, block.last - block.first);
    const last = String(block.last);
    commands.push(["SET", keys.records.block(member), text]);
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
    bytes += text.length + BLOCK_OVERHEAD + RECORD_OVERHEAD * ordinals.length;
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
  return (await bounds(link, keys, "ZREVRANGE")).reduce((newest, { time }) => Math.max(newest, time), -Infinity);
}

/**
 * Takes away blocks with nothing in them that is not older than a time, the oldest first: a step of them, until so many
 * records and bytes have gone. How many records went; 0 when there are none to take.
 */
export async function forgetRecords(
  link: Link,
  keys: Keys,
  before: number,
  most: { readonly records: number; readonly bytes: number },
): Promise<number> {
  const [oldest, next] = (await bounds(link, keys, "ZRANGE")).sort((a, b) => a.time - b.time);
  if (oldest === undefined || oldest.time >= before) return 0;
  const ofKind = keys.records.ofKind(oldest.kind);
  const end = next === undefined || next.time >= before ? `(${before}` : String(next.time);
  const members = await link.ask(
    ...["ZRANGEBYSCORE", ofKind, "-inf", end.replace("Infinity", "inf"), "LIMIT", "0", String(STEP)],
  ) as string[];
  const texts = await link.ask("MGET", ...members.map(keys.records.block)) as (string | null)[];
  const [gone, hosts] = [[] as string[], new Map<string, string[]>()];
  let [records, bytes] = [0, 0];
  for (const [at, text] of texts.entries()) {
    if (records >= most.records || bytes >= most.bytes) break;
    const member = members[at]!;
    gone.push(member);
    if (text === null) continue;
    const { profile, fields } = JSON.parse(text) as BlockRow;
    if (profile !== undefined) {
      const key = keys.records.ofHost(profile, oldest.kind);
      hosts.set(key, [...hosts.get(key) ?? [], member]);
    }
    const count = fields["ordinal"]?.length ?? 0;
    records += count;
    bytes += text.length + BLOCK_OVERHEAD + RECORD_OVERHEAD * count;
  }
  await link.together([
    ["UNLINK", ...gone.map(keys.records.block)],
    ["ZREM", ofKind, ...gone],
    ...[...hosts].map(([key, words]) => ["ZREM", key, ...words]),
    ["DECRBY", keys.bytes, String(bytes)],
  ]);
  // Also when what they held had gone already, there may be more.
  return Math.max(records, 1);
}

/** Takes away lists of uids of which no block is left. */
export async function forgetUids(link: Link, keys: Keys): Promise<void> {
  const oldest = (await bounds(link, keys, "ZRANGE")).reduce((first, { time }) => Math.min(first, time), Infinity);
  const suffixes = await link.ask("SMEMBERS", keys.records.suffixes) as string[];
  for (let left = suffixes; left.length > 0;) {
    const heads = await link.askAll(
      left.map((suffix) => ["LRANGE", keys.records.uids(suffix), "0", String(LISTED_AT_ONCE - 1)]),
    );
    const gone = (heads as string[][]).map((texts) => {
      // The newest time stands first.
      const end = texts.findIndex((text) => parseFloat(text.slice(1)) >= oldest);
      return end < 0 ? texts.length : end;
    });
    const commands = left.flatMap((suffix, at): Command[] =>
      gone[at] === 0 ? [] : [["LPOP", keys.records.uids(suffix), String(gone[at])]]
    );
    if (commands.length > 0) await link.together(commands);
    left = left.filter((_, at) => gone[at] === LISTED_AT_ONCE);
  }
  if (oldest === Infinity && suffixes.length > 0) await link.ask("SREM", keys.records.suffixes, ...suffixes);
}

/** The newest or the oldest block of each kind of which there is one. */
async function bounds(
  link: Link,
  keys: Keys,
  command: "ZRANGE" | "ZREVRANGE",
): Promise<{ kind: Kind; time: number }[]> {
  const replies = await link.askAll(KINDS.map((kind) => [command, keys.records.ofKind(kind), "0", "0", "WITHSCORES"]));
  return (replies as string[][]).flatMap(([, time], at) =>
    time === undefined ? [] : [{ kind: KINDS[at]!, time: Number(time) }]
  );
}
