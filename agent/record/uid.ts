// Identifiers by content: the same connection, file or finding has the same identifier in every run, whoever works it
// out. Zeek draws its identifiers at random; ours look the same ("C" and 17 base-62 characters) and are reproducible.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = 62;
/** 62^5 is just below 2^30, so one 32-bit lane gives five digits without a noticeable bias. */
const DIGITS_PER_LANE = 5;
/** Zeek's identifiers have 96 bits, which are 17 base-62 digits at most; ours always have 17. */
const ID_DIGITS = 17;

/** Odd constants of MurmurHash3 (Appleby, public domain), used to spread the bits of each word. */
const SPREAD_1 = 0xcc9e2d51;
const SPREAD_2 = 0x1b873593;
const SPREAD_3 = 0x85ebca6b;
const SPREAD_4 = 0xc2b2ae35;

const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);
const lanes = new Uint32Array(4);

function addWord(word: number): void {
  for (let i = 0; i < 4; i++) {
    let mixed = Math.imul(word + i, SPREAD_1);
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), SPREAD_2);
    const lane = lanes[i]! ^ mixed;
    lanes[i] = Math.imul((lane << 13) | (lane >>> 19), 5) + 0xe6546b64 + (lanes[(i + 1) & 3]! >>> 3);
  }
}

function finalLane(index: number): number {
  let lane = lanes[index]! ^ lanes[(index + 1) & 3]!;
  lane = Math.imul(lane ^ (lane >>> 16), SPREAD_3);
  lane = Math.imul(lane ^ (lane >>> 13), SPREAD_4);
  return (lane ^ (lane >>> 16)) >>> 0;
}

/**
 * `prefix` and 17 base-62 characters that depend on `parts`, their order and kinds (an array of words is one part). Not a cryptographic hash:
 * someone who wants two equal identifiers can have them.
 */
export function contentId(prefix: string, ...parts: readonly (number | string | Uint32Array)[]): string {
  lanes[0] = 0x9e3779b9;
  lanes[1] = 0x243f6a88;
  lanes[2] = 0xb7e15162;
  lanes[3] = 0x5f1d36f1;
  for (const part of parts) {
    if (typeof part === "number") {
      double[0] = part;
      addWord(doubleWords[0]!);
      addWord(doubleWords[1]!);
    } else if (typeof part === "object") {
      addWord(part.length);
      for (let i = 0; i < part.length; i++) addWord(part[i]!);
    } else {
      addWord(part.length);
      for (let i = 0; i < part.length; i++) addWord(part.charCodeAt(i));
    }
  }
  let id = prefix;
  for (let digit = 0, rest = 0; digit < ID_DIGITS; digit++) {
    if (digit % DIGITS_PER_LANE === 0) rest = finalLane(digit / DIGITS_PER_LANE);
    id += DIGITS[rest % BASE];
    rest = Math.floor(rest / BASE);
  }
  return id;
}
