// Maps that stay small: room is made before something new is put in.

/** Deletes the entries written longest ago until one more fits; returns their values. */
export function makeRoom<K, V>(map: Map<K, V>, bound: number): V[] {
  const gone: V[] = [];
  for (const [key, value] of map) {
    if (map.size < bound) break;
    map.delete(key);
    gone.push(value);
  }
  return gone;
}

/** A budget that refills with time: `tokens` are left at `at` (Unix seconds). */
export interface Bucket {
  tokens: number;
  at: number;
}

/** Takes one token; false when there is none. It holds `capacity` and refills by `perSecond`. */
export function takeToken(bucket: Bucket, at: number, capacity: number, perSecond: number): boolean {
  if (at > bucket.at) {
    bucket.tokens = Math.min(capacity, bucket.tokens + (at - bucket.at) * perSecond);
    bucket.at = at;
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens--;
  return true;
}
