// A map with a bound: when it is full, the entry that was written longest ago goes, and is counted.

import { LRUCache } from "lru-cache";

/**
 * A map of at most `bound` entries. Only writes count as use: what is dropped depends on the stream alone and not on who
 * looked at what, so every worker drops the same entries.
 */
export class BoundedMap<K extends string | number, V extends NonNullable<unknown>> {
  readonly #entries: LRUCache<K, V>;
  /** Entries that had to go. */
  dropped = 0;

  constructor(bound: number) {
    this.#entries = new LRUCache<K, V>({
      max: bound,
      noDisposeOnSet: true,
      dispose: (_value, _key, reason) => {
        if (reason === "evict") this.dropped++;
      },
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.peek(key);
  }

  has(key: K): boolean {
    return this.#entries.peek(key) !== undefined;
  }

  set(key: K, value: V): void {
    this.#entries.set(key, value);
  }

  /** The value of a key, made if there is none yet; counts as a write. */
  use(key: K, make: () => V): V {
    const value = this.#entries.peek(key) ?? make();
    this.#entries.set(key, value);
    return value;
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  /** The key written longest ago. */
  oldest(): K | undefined {
    const next = this.#entries.rkeys().next();
    return next.done ? undefined : next.value;
  }

  /** Entries, the newest write first. */
  entries(): Iterable<[K, V]> {
    return this.#entries.entries();
  }
}
