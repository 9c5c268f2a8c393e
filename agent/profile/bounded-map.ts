// A map with a bound: when it is full, the entry that was written longest ago goes, and is counted.

import { LRUCache } from "lru-cache";

/**
 * A map of at most `bound` entries. Only writes count as use: what is dropped depends on the stream alone and not on who
 * looked at what, so every worker drops the same entries.
 */
export class BoundedMap<K extends string | number, V extends NonNullable<unknown>> {
  readonly #bound: number;
  #made: LRUCache<K, V> | undefined;
  /** Entries that had to go. */
  dropped = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Made at the first use: it sets aside room for all its entries at once. */
  get #entries(): LRUCache<K, V> {
    return this.#made ??= new LRUCache<K, V>({
      max: this.#bound,
      noDisposeOnSet: true,
      dispose: (_value, _key, reason) => {
        if (reason === "evict") this.dropped++;
      },
    });
  }

  get size(): number {
    return this.#made?.size ?? 0;
  }

  get(key: K): V | undefined {
    return this.#made?.peek(key);
  }

  has(key: K): boolean {
    return this.#made?.peek(key) !== undefined;
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
    return this.#made?.delete(key) ?? false;
  }

  /** The key written longest ago. */
  oldest(): K | undefined {
    const next = this.#made?.rkeys().next();
    return next === undefined || next.done ? undefined : next.value;
  }

  /** Entries, the newest write first. */
  entries(): Iterable<[K, V]> {
    return this.#made?.entries() ?? [];
  }
}
