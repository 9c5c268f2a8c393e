// Who is blocked, in the Redis home: a field for each address and sensor, as it was told last, and in which order they end.

import type { Store, StoredBlock, Writing } from "../store.ts";
import { readSensors } from "./facts.ts";
import { hostMember, type Keys, readHostMember } from "./keys.ts";
import type { Command, Link } from "./link.ts";

type NewBlock = NonNullable<Writing["blocks"]>[number];
/** What stands under "address sensor". */
export type BlockRow = Omit<StoredBlock, "sensor" | "ip">;

/** Members asked for at once. */
const PER_PAGE = 500;
/** The score of what stands: after all that has ended. */
const STANDS = "+inf";

/** What the store has of these blocks, by member. */
export async function knownBlocks(
  link: Link,
  keys: Keys,
  sensor: string,
  blocks: readonly NewBlock[],
): Promise<Map<string, BlockRow>> {
  return await rowsOf(link, keys, [...new Set(blocks.map(({ ip }) => hostMember(ip, sensor)))]);
}

async function rowsOf(link: Link, keys: Keys, members: readonly string[]): Promise<Map<string, BlockRow>> {
  if (members.length === 0) return new Map();
  const texts = await link.ask("HMGET", keys.blocks.rows, ...members) as (string | null)[];
  return new Map(members.flatMap((member, at) => {
    const text = texts[at];
    return text === null || text === undefined ? [] : [[member, JSON.parse(text) as BlockRow]];
  }));
}

/** What a sensor told; what is not newer than what is there changes nothing. */
export function blockCommands(
  keys: Keys,
  sensor: string,
  blocks: readonly NewBlock[],
  known: ReadonlyMap<string, BlockRow>,
): Command[] {
  const rows = new Map(known);
  return blocks.flatMap(({ ip, ...row }): Command[] => {
    const member = hostMember(ip, sensor);
    const before = rows.get(member);
    if (before !== undefined && before.told >= row.told) return [];
    rows.set(member, row);
    return [
      ["HSET", keys.blocks.rows, member, JSON.stringify(row)],
      ["ZADD", keys.blocks.byEnd, row.ended === undefined ? STANDS : String(row.ended), member],
    ];
  });
}

/** First those that stand, then those that ended last. */
export async function readBlocks(
  link: Link,
  keys: Keys,
  { profile, sensor, from = -Infinity, to = Infinity, limit }: Parameters<Store["blocks"]>[0],
): Promise<StoredBlock[]> {
  const found: StoredBlock[] = [];
  const add = async (members: readonly string[]): Promise<void> => {
    for (const [member, row] of await rowsOf(link, keys, members)) {
      const { means, alert, since, until, ended, times, told } = row;
      const block: StoredBlock = { ...readHostMember(member), means, alert, since, until, ended, times, told };
      if (sensor !== undefined && block.sensor !== sensor) continue;
      if (block.since <= to && (block.ended ?? Infinity) >= from) found.push(block);
    }
  };
  if (profile !== undefined) {
    await add((await readSensors(link, keys)).map(({ name }) => hostMember(profile, name)));
  } else {
    const bounds = [STANDS, String(from).replace("Infinity", "inf")];
    for (let offset = 0;; offset += PER_PAGE) {
      const members = await link.ask(
        ...["ZREVRANGEBYSCORE", keys.blocks.byEnd, ...bounds, "LIMIT", String(offset), String(PER_PAGE)],
      ) as string[];
      await add(members);
      // Those that stand have no order in the set: all of them are needed before one is left out.
      const isEnough = found.length >= limit && found.at(-1)!.ended !== undefined;
      if (members.length < PER_PAGE || isEnough) break;
    }
  }
  return found.sort(byEnd).slice(0, limit);
}

function byEnd(a: StoredBlock, b: StoredBlock): number {
  const [endOfA, endOfB] = [a.ended ?? Infinity, b.ended ?? Infinity];
  if (endOfA !== endOfB) return endOfB > endOfA ? 1 : -1;
  return b.since - a.since || (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.sensor < b.sensor ? -1 : 1);
}

/** Forgets blocks that were ended before a time. */
export async function forgetBlocks(link: Link, keys: Keys, before: number): Promise<void> {
  const bounds = ["-inf", `(${String(before).replace("Infinity", "inf")}`];
  for (let step = PER_PAGE; step === PER_PAGE;) {
    const members = await link.ask("ZRANGEBYSCORE", keys.blocks.byEnd, ...bounds, "LIMIT", "0", String(PER_PAGE));
    const gone = members as string[];
    step = gone.length;
    if (step > 0) await link.together([["HDEL", keys.blocks.rows, ...gone], ["ZREM", keys.blocks.byEnd, ...gone]]);
  }
}
