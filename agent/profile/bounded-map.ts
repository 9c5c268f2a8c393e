// A map with a bound: when it is full, the entry that was written longest ago goes, and is counted.

/** An entry and its neighbours in the order of writing. */
interface Entry<K, V> {
  readonly key: K;
  value: V;
  older: Entry<K, V> | undefined;
  newer: Entry<K, V> | undefined;
}

/**
 * A map of at most `bound` entries. Only writes count as use: what is dropped depends on the stream alone and not on who
 * looked at what, so every worker drops the same entries.
 *
 * Its entries are a linked list beside a Map, and not the order of a Map alone: renewing one there means to take it out
 * and put it back, which costs three times as much.
 */
export class BoundedMap<K extends string | number, V extends NonNullable<unknown>> {
  readonly #bound: number;
  readonly #entries = new Map<K, Entry<K, V>>();
  #oldest: Entry<K, V> | undefined;
  #newest: Entry<K, V> | undefined;
  /** Entries that had to go. */
  dropped = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  set(key: K, value: V): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#add(key, value);
    else {
      entry.value = value;
      this.#renew(entry);
    }
  }

  /** The value of a key, made if there is none yet; counts as a write. */
  use(key: K, make: () => V): V {
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#add(key, make());
    this.#renew(entry);
    return entry.value;
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#unlink(entry);
    return this.#entries.delete(key);
  }

  /** The key written longest ago. */
  oldest(): K | undefined {
    return this.#oldest?.key;
  }

  /** Entries, the newest write first. */
  *entries(): Iterable<[K, V]> {
    for (let entry = this.#newest; entry !== undefined; entry = entry.older) yield [entry.key, entry.value];
  }

  #add(key: K, value: V): V {
    if (this.#oldest !== undefined && this.#entries.size >= this.#bound) {
      this.delete(this.#oldest.key);
      this.dropped++;
    }
    const entry: Entry<K, V> = { key, value, older: undefined, newer: undefined };
    this.#entries.set(key, entry);
    this.#append(entry);
    return value;
  }

  #renew(entry: Entry<K, V>): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  #append(entry: Entry<K, V>): void {
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry<K, V>): void {
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.older = undefined;
    entry.newer = undefined;
  }
}
