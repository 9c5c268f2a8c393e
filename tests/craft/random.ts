// The only source of chance in crafted traffic: seeded, so the same story gives the same bytes.

/** A seeded source of numbers and bytes. */
export interface Random {
  /** The next whole number, 0 .. 2^32 - 1. */
  next(): number;
  /** A whole number, 0 .. limit - 1. */
  below(limit: number): number;
  /** A whole number between both ends, both included. */
  between(lowest: number, highest: number): number;
  /** A fraction, 0 <= x < 1. */
  fraction(): number;
  /** One of the choices. */
  pick<T>(choices: readonly T[]): T;
  /** `size` bytes that look encrypted. */
  bytes(size: number): Uint8Array;
}

const TWO_TO_32 = 2 ** 32;

/** Xoshiro128** (Blackman and Vigna, 2018), its state filled from `seed` by SplitMix32. */
export function random(seed: number): Random {
  let mixed = seed >>> 0;
  const split = (): number => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = split(), b = split(), c = split(), d = split();
  const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const below = (limit: number): number => Math.floor(next() / TWO_TO_32 * limit);
  return {
    next,
    below,
    between: (lowest, highest) => lowest + below(highest - lowest + 1),
    fraction: () => next() / TWO_TO_32,
    pick: (choices) => {
      if (choices.length === 0) throw new Error("nothing to pick from");
      return choices[below(choices.length)]!;
    },
    bytes: (size) => noise(size, next()),
  };
}

/** Bytes in the pool of noise: as large as the largest IP packet. */
const POOL_SIZE = 65_536;
let pool: Uint8Array | undefined;

/**
 * `size` bytes that look encrypted, chosen by `key`. They are cut from one pool made once, because the benchmark needs
 * hundreds of megabytes of them; short pieces from different places of the pool are never compared by anybody.
 */
export function noise(size: number, key: number): Uint8Array {
  pool ??= makePool();
  const bytes = new Uint8Array(size);
  let from = key % POOL_SIZE;
  for (let done = 0; done < size;) {
    const piece = pool.subarray(from, from + size - done);
    bytes.set(piece, done);
    done += piece.length;
    from = 0;
  }
  return bytes;
}

function makePool(): Uint8Array {
  const words = new Uint32Array(POOL_SIZE / 4);
  const source = random(0x5eed);
  for (let i = 0; i < words.length; i++) words[i] = source.next();
  return new Uint8Array(words.buffer);
}
