// Takes records away, the oldest first: by scripts of Redis (Lua), as what a block is found by stands in the block, and
// hundreds of them need not travel for that. Each script takes a step, all of it at once.

import { KINDS } from "../../record/schema.ts";
import type { Keys } from "./keys.ts";
import type { Link } from "./link.ts";
import { BLOCK_OVERHEAD, RECORD_OVERHEAD } from "./records.ts";

/** Blocks that one script takes at most: some milliseconds, so that nobody waits long. */
const STEP = 256;
/** Blocks of each kind that are looked at at once: few, as those that do not go are looked at in vain. */
const HEADS = "31";
/** Bytes of a block in which its host and the ordinals of some twenty records stand. */
const HEAD_BYTES = 320;
/**
 * Lists of uids that are looked through for so many records gone, and at least. A writing adds an element to each list
 * when it is large, so that each look finds a few to take; what they hold beyond that is small.
 */
const RECORDS_PER_LIST = 16;
const LISTS = 64;
/** Elements of a list that are looked at at once, and how often at most before the other lists have their turn. */
const LISTED_AT_ONCE = 16;
const LOOKS = 16;

/**
 * Takes the oldest blocks, over all kinds, as long as they are too old or take too much.
 * Keys: bytes, then the sorted set of each kind. Words: time before which they are too old, bytes that there may be (each
 * empty for no limit), records and blocks that go at most, what the keys of blocks and of hosts begin with, then for each
 * kind what follows the address of a host.
 * Reply: records and blocks that went. Also when the server has no room left: this makes some.
 */
const FORGET_RECORDS = `#!lua flags=allow-oom
local before, bound = tonumber(ARGV[1]) or -math.huge, tonumber(ARGV[2]) or math.huge
local most, step = tonumber(ARGV[3]), tonumber(ARGV[4])
local kinds = {}
local function look(kind)
  kind.heads = redis.call('ZRANGE', kind.key, kind.taken, kind.taken + ${HEADS}, 'WITHSCORES')
  kind.at = 1
  kind.time = tonumber(kind.heads[2])
end
for at = 2, #KEYS do
  local kind = {key = KEYS[at], ofHost = ARGV[at + 5], taken = 0}
  look(kind)
  if kind.time then kinds[#kinds + 1] = kind end
end
local bytes, freed, records, gone = tonumber(redis.call('GET', KEYS[1]) or '0'), 0, 0, {}
local isEmpty = false
while #gone < step and records < most do
  local oldest
  for _, kind in ipairs(kinds) do
    if kind.time and (not oldest or kind.time < oldest.time) then oldest = kind end
  end
  isEmpty = not oldest
  if isEmpty or (oldest.time >= before and bytes - freed <= bound) then break end
  local member = oldest.heads[oldest.at]
  local key = ARGV[5] .. member
  local length = redis.call('STRLEN', key)
  if length > 0 then
    -- Only the beginning: to hand a whole block to a script costs more than all the rest.
    local text = redis.call('GETRANGE', key, 0, ${HEAD_BYTES - 1})
    local ordinals = string.match(text, '"ordinal":%[([^%]]*)%]')
    if not ordinals then
      text = redis.call('GET', key)
      ordinals = string.match(text, '"ordinal":%[([^%]]*)%]')
    end
    local profile = string.match(text, '^{"kind":"[^"]*","profile":"([^"\\\\]*)"')
    if not profile and string.find(text, '^{"kind":"[^"]*","profile"') then
      local _, row = pcall(cjson.decode, redis.call('GET', key))
      profile = type(row) == 'table' and row.profile
    end
    if profile then redis.call('ZREM', ARGV[6] .. profile .. oldest.ofHost, member) end
    local _, commas = string.gsub(ordinals or '', ',', '')
    records = records + commas + 1
    freed = freed + length + ${BLOCK_OVERHEAD} + ${RECORD_OVERHEAD} * (commas + 1)
  end
  gone[#gone + 1] = key
  oldest.taken = oldest.taken + 1
  oldest.at = oldest.at + 2
  oldest.time = tonumber(oldest.heads[oldest.at + 1])
  if not oldest.time then look(oldest) end
end
for _, kind in ipairs(kinds) do
  if kind.taken > 0 then redis.call('ZREMRANGEBYRANK', kind.key, 0, kind.taken - 1) end
end
if #gone > 0 then redis.call('UNLINK', unpack(gone)) end
if isEmpty then redis.call('SET', KEYS[1], '0')
elseif freed > 0 then redis.call('DECRBY', KEYS[1], string.format('%.0f', freed)) end
return {records, #gone}`;

/**
 * Takes away what lists of uids begin with and is older than any block that is left.
 * Keys: suffixes, then the sorted set of each kind. Words: what the keys of lists begin with, where to go on, how many
 * lists. Reply: where to go on, "0" at the end, and how many elements went.
 */
const FORGET_UIDS = `#!lua flags=allow-oom
local oldest, gone = math.huge, 0
for at = 2, #KEYS do
  local time = tonumber(redis.call('ZRANGE', KEYS[at], 0, 0, 'WITHSCORES')[2])
  if time and time < oldest then oldest = time end
end
local page = redis.call('SSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
for _, suffix in ipairs(page[2]) do
  local list = ARGV[1] .. suffix
  for _ = 1, ${LOOKS} do
    local some = redis.call('LRANGE', list, 0, ${LISTED_AT_ONCE - 1})
    local old = 0
    -- The newest time stands first in each.
    while old < #some and (tonumber(string.match(some[old + 1], '^%[([^,%]]+)')) or -math.huge) < oldest do old = old + 1 end
    if old > 0 then redis.call('LPOP', list, old) end
    gone = gone + old
    if old == #some and old < ${LISTED_AT_ONCE} then redis.call('SREM', KEYS[1], suffix) end
    if old < ${LISTED_AT_ONCE} then break end
  end
end
return {page[1], gone}`;

export interface RecordForgetter {
  /** Takes away records before a time and beyond so many bytes, up to about `most`; how many went. */
  forget(before: number, bytes: number, most: number): Promise<number>;
}

export function createRecordForgetter(link: Link, { records: keys, bytes: bytesKey }: Keys): RecordForgetter {
  const ofKinds = KINDS.map(keys.ofKind);
  const evaluate = (script: string, key: string, words: readonly string[]) =>
    link.ask("EVAL", script, String(1 + ofKinds.length), key, ...ofKinds, ...words);
  /** What stands around the address in the key of a host's blocks. */
  const aroundHost = (kind: string): string[] => keys.ofHost("\n", kind).split("\n");
  const keyParts = [keys.block(""), aroundHost("")[0]!, ...KINDS.map((kind) => aroundHost(kind)[1]!)];
  const limit = (value: number): string => Number.isFinite(value) ? String(value) : "";

  async function forgetBlocks(before: number, bytes: number, most: number): Promise<number> {
    let gone = 0;
    for (let blocks = STEP; blocks === STEP && gone < most;) {
      const left = Math.min(most - gone, Number.MAX_SAFE_INTEGER);
      const words = [limit(before), limit(bytes), String(left), String(STEP), ...keyParts];
      const [records, taken] = await evaluate(FORGET_RECORDS, bytesKey, words) as [number, number];
      blocks = taken;
      gone += records;
    }
    return gone;
  }

  /** Where to go on, and whether all lists are to be looked through: at first, as a run before may not have come to it. */
  let cursor = "0";
  let isToDo = true;
  let isOnceMore = false;
  async function forgetUids(lists: number): Promise<void> {
    for (let left = lists; left > 0 && isToDo; left -= STEP) {
      const words = [keys.uids(""), cursor, String(Math.min(left, STEP))];
      const [next, gone] = await evaluate(FORGET_UIDS, keys.suffixes, words) as [string, number];
      cursor = next;
      isOnceMore ||= gone > 0;
      if (cursor === "0") [isToDo, isOnceMore] = [isOnceMore, false];
    }
  }

  return {
    async forget(before, bytes, most) {
      const gone = await forgetBlocks(before, bytes, most);
      if (gone > 0) isToDo = isOnceMore = true;
      await forgetUids(most === Infinity ? Infinity : Math.max(LISTS, Math.ceil(gone / RECORDS_PER_LIST)));
      return gone;
    },
  };
}
