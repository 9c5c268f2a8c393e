// What must happen in Redis all at once, as scripts of Redis (Lua). Time in them is the server's: the clocks of the
// machines of a fleet need not agree.

import { RUN_MILLISECONDS } from "./keys.ts";
import type { Reply } from "../store/redis/link.ts";

/** A script and the number of its keys. */
export interface Script {
  readonly text: string;
  readonly keys: number;
}

/** The words of the command that runs it. */
export function run({ text, keys }: Script, ...words: readonly string[]): string[] {
  return ["EVAL", text, String(keys), ...words];
}

/** Also when the server has no room left: what these write is small, and leads to what is larger being taken away. */
const ALSO_WHEN_FULL = "#!lua flags=allow-oom";

const NOW = `${ALSO_WHEN_FULL}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Notes that one who judges is there, for so many milliseconds, and tells who else is.
 * Keys: judges, judgesKnown. Words: its name (empty: only asks), milliseconds, what is to be known of it.
 * Reply: name, known, name, known, …
 */
export const SHOW_UP: Script = {
  keys: 2,
  text: `${NOW}
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
end
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
end
return redis.call('HGETALL', KEYS[2])`,
};

/**
 * Renews the leases that one holds and takes free ones up to its share. A lease that ran out and that nobody took is still
 * its holder's.
 * Keys: card, leases. Words: its name, milliseconds of a lease, partitions, share.
 * Reply: false when the run is over, else the partitions that it holds, and what others hold as "partition owner".
 */
export const CLAIM: Script = {
  keys: 2,
  text: `${NOW}
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local lease = string.format('%.0f', now + ARGV[2]) .. ' ' .. ARGV[1]
local held, free, others = {}, {}, {}
for partition = 0, ARGV[3] - 1 do
  local entry = redis.call('HGET', KEYS[2], partition)
  local ends, owner = nil, nil
  if entry then ends, owner = string.match(entry, '^(%d+) (.*)$') end
  if owner == ARGV[1] then held[#held + 1] = partition
  elseif owner and tonumber(ends) > now then others[#others + 1] = partition .. ' ' .. owner
  else free[#free + 1] = partition end
end
for _, partition in ipairs(free) do
  if #held < tonumber(ARGV[4]) then held[#held + 1] = partition end
end
for _, partition in ipairs(held) do redis.call('HSET', KEYS[2], partition, lease) end
redis.call('PEXPIRE', KEYS[2], ${RUN_MILLISECONDS})
return {held, others}`,
};

/** Gives partitions back. Keys: leases. Words: name, partitions. */
export const RELEASE: Script = {
  keys: 1,
  text: `${ALSO_WHEN_FULL}
for at = 2, #ARGV do
  local entry = redis.call('HGET', KEYS[1], ARGV[at])
  if entry and string.match(entry, '^%d+ (.*)$') == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[at]) end
end
return 0`,
};

/**
 * Tells what was judged, each batch once and in order, whoever comes with it: he who was taken for dead and wakes up says
 * the same as he who took over.
 * Keys: card, serials, judged. Words: partition, then serial and text, serial and text, …
 * Reply: the last serial told; -1 when the run is over.
 */
export const TELL: Script = {
  keys: 3,
  text: `${ALSO_WHEN_FULL}
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
for at = 2, #ARGV, 2 do
  local serial = tonumber(ARGV[at])
  if serial == last + 1 then
    redis.call('XADD', KEYS[3], '*', 'p', ARGV[1], 's', ARGV[at], 't', ARGV[at + 1])
    last = serial
  elseif serial > last then break end
end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', last))
redis.call('PEXPIRE', KEYS[3], ${RUN_MILLISECONDS})
return last`,
};

/**
 * Notes that a detector hung in a partition and tells the sensor.
 * Keys: card, hung, judged. Words: partition, all that hung in it as JSON, the name of the last.
 */
export const HUNG: Script = {
  keys: 3,
  text: `${ALSO_WHEN_FULL}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ${RUN_MILLISECONDS})
redis.call('XADD', KEYS[3], '*', 'p', ARGV[1], 'h', ARGV[3])
redis.call('PEXPIRE', KEYS[3], ${RUN_MILLISECONDS})
return 1`,
};

/**
 * Moves the beginning of the streams: forgets batches up to a serial, judged or not, and says how judging begins there.
 * Keys: card, state, serials, then the streams, that of facts and those of the partitions. Words: serial, the state, milliseconds until it expires.
 */
export function moveBeginning(partitions: number): Script {
  return {
    keys: 4 + partitions,
    text: `${ALSO_WHEN_FULL}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
local first = string.format('%.0f', ARGV[1] + 1) .. '-0'
for at = 4, #KEYS do redis.call('XTRIM', KEYS[at], 'MINID', first) end
for partition = 0, #KEYS - 5 do
  local last = tonumber(redis.call('HGET', KEYS[3], partition) or '0')
  if last < tonumber(ARGV[1]) then redis.call('HSET', KEYS[3], partition, ARGV[1]) end
end
return 1`,
  };
}

/** Pairs of a flat reply, as HGETALL's. */
export function pairs(reply: Reply): [string, string][] {
  const flat = reply as string[];
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!, flat[2 * at + 1]!]);
}
