// What detectors remember of hosts and flows is bounded: maps that forget what was written longest ago.

/**
 * Entries that go at once, as a part of the bound. A Map walks over its deleted front each time it is asked for its
 * oldest key, so dropping them one by one would take longer the bigger the map.
 */
const PART_DROPPED = 8;

/** Writes an entry, which makes it the newest. When the map holds `bound` entries already, the oldest eighth goes. */
export function keep<K, V>(map: Map<K, V>, key: K, value: V, bound: number): void {
  if (!map.delete(key) && map.size >= bound) {
    let surplus = Math.ceil(bound / PART_DROPPED);
    for (const oldest of map.keys()) {
      if (surplus-- === 0) break;
      map.delete(oldest);
    }
  }
  map.set(key, value);
}
