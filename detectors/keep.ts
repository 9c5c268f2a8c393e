// What detectors remember of hosts and flows is bounded: maps that forget what was written longest ago.

/**
 * Entries that go at once, as a part of the bound. A Map walks over its deleted front each time it is asked for its
 * oldest key, so dropping them one by one would take longer the bigger the map.
 */
const PART_DROPPED = 8;

/** Writes an entry, which makes it the newest. When the map holds `bound` entries already, the oldest eighth goes. */
export function keep<K, V>(map: Map<K, V>, key: K, value: V, bound: number): void {
  if (map.delete(key)) map.set(key, value);
  else keepNew(map, key, value, bound);
}

/** As `keep`, of a key that is known not to be there: looking for it once more would cost as much as the rest. */
export function keepNew<K, V>(map: Map<K, V>, key: K, value: V, bound: number): void {
  if (map.size >= bound) dropOldest(map, Math.ceil(bound / PART_DROPPED));
  map.set(key, value);
}

function dropOldest(map: Map<unknown, unknown>, count: number): void {
  let left = count;
  for (const oldest of map.keys()) {
    if (left-- === 0) break;
    map.delete(oldest);
  }
}
