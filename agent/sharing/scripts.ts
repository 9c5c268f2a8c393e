// What must happen in Redis all at once, as scripts of Redis (Lua).

/** Bytes of a lease that are read: whoever else may write there may have written anything. */
const LEASE_READ = 65_536;

/**
 * Takes a lease that is free, renews it when it is ours; says whose it is. Key: the lease. Words: ours, milliseconds.
 */
export const TAKE_OR_RENEW = `
local held = redis.call('GET', KEYS[1])
if not held or held == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
return string.sub(held, 1, ${LEASE_READ})`;

/** Gives a lease back if it is ours. Key: the lease. Word: ours. */
export const GIVE_BACK = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** Notes that one is there for so many milliseconds; how many there are. Key: the sorted set. Words: its name, milliseconds. */
export const SHOW_UP = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])`;

/** The words of the command that runs a script with one key. */
export function script(text: string, key: string, ...words: readonly string[]): string[] {
  return ["EVAL", text, "1", key, ...words];
}
