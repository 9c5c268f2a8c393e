// SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104) for a few dozen bytes at a time, as keys are derived from: there a call
// into the library costs ten times the hash itself. Whatever is longer is hashed by the library.

export const SHA256_BYTES = 32;
const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
const ROUNDS = 64;
const STATE_WORDS = 8;
/** A block ends with the length of the message in bits, 64 of them, after a bit that ends the message. */
const LONGEST_LAST_PIECE = BLOCK_BYTES - 9;
const END_OF_MESSAGE = 0x80;
/** RFC 2104 section 2. */
const INNER_PAD = 0x36363636;
const OUTER_PAD = 0x5c5c5c5c;

/** The first 32 bits of the fractional parts of the roots of the first primes (FIPS 180-4 sections 4.2.2 and 5.3.3). */
function fractionOfRoots(count: number, root: (prime: number) => number): Int32Array {
  const words: number[] = [];
  for (let candidate = 2; words.length < count; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) isPrime = false;
    if (isPrime) words.push((root(candidate) % 1) * 2 ** 32);
  }
  return Int32Array.from(words);
}

const K = fractionOfRoots(ROUNDS, Math.cbrt);
const INITIAL = fractionOfRoots(STATE_WORDS, Math.sqrt);

const schedule = new Int32Array(ROUNDS);

/** Works the block in `schedule[0..16)` into the state. */
function compress(state: Int32Array): void {
  const w = schedule;
  for (let t = BLOCK_WORDS; t < ROUNDS; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let t = 0; t < ROUNDS; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + s1 + ((e & f) ^ (~e & g)) + K[t]! + w[t]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

/** Puts up to one block of bytes into `schedule`, filled up with zeros. */
function loadBytes(bytes: Uint8Array, length: number): void {
  schedule.fill(0, 0, BLOCK_WORDS);
  for (let i = 0; i < length; i++) schedule[i >> 2]! |= bytes[i]! << (24 - 8 * (i & 3));
}

/** The key of an HMAC, worked into both hashes already. */
export interface HmacKey {
  readonly inner: Int32Array;
  readonly outer: Int32Array;
}

/** Prepares a key of at most 64 bytes. */
export function hmacKey(key: Uint8Array): HmacKey {
  if (key.length > BLOCK_BYTES) throw new RangeError(`a key of ${key.length} bytes would have to be hashed first`);
  return { inner: padded(key, INNER_PAD), outer: padded(key, OUTER_PAD) };
}

function padded(key: Uint8Array, pad: number): Int32Array {
  loadBytes(key, key.length);
  for (let i = 0; i < BLOCK_WORDS; i++) schedule[i]! ^= pad;
  const state = INITIAL.slice();
  compress(state);
  return state;
}

const state = new Int32Array(STATE_WORDS);

/** HMAC-SHA256 of at most 55 bytes: 32 bytes. */
export function hmac({ inner, outer }: HmacKey, message: Uint8Array): Uint8Array {
  const { length } = message;
  if (length > LONGEST_LAST_PIECE) throw new RangeError(`${length} bytes do not fit into one block`);
  state.set(inner);
  loadBytes(message, length);
  schedule[length >> 2]! |= END_OF_MESSAGE << (24 - 8 * (length & 3));
  schedule[BLOCK_WORDS - 1] = 8 * (BLOCK_BYTES + length);
  compress(state);
  schedule.fill(0, STATE_WORDS, BLOCK_WORDS);
  schedule.set(state);
  schedule[STATE_WORDS] = END_OF_MESSAGE << 24;
  schedule[BLOCK_WORDS - 1] = 8 * (BLOCK_BYTES + SHA256_BYTES);
  state.set(outer);
  compress(state);
  const digest = new Uint8Array(SHA256_BYTES);
  for (let i = 0; i < SHA256_BYTES; i++) digest[i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
  return digest;
}
