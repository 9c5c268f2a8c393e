// A cache with a bound, for answers that can be worked out again: two maps that take turns, so that what was asked for
// lately stays and nothing has to be kept in order.

/** Keeps at least the `bound` answers asked for last, and at most twice as many. */
export class BoundedCache<K, V extends NonNullable<unknown> | null> {
  readonly #bound: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(bound: number) {
    this.#bound = bound;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#bound) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
