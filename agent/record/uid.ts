// Identifiers by content: the same connection, file or finding has the same identifier in every run, whoever works it
// out. Zeek draws its identifiers at random; ours look the same ("C" and 17 base-62 characters) and are reproducible.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = 62;
/** 62^5 is just below 2^30, so one 32-bit lane gives five digits without a noticeable bias. */
const DIGITS_PER_LANE = 5;
/** Zeek's identifiers have 96 bits, which are 17 base-62 digits at most; ours always have 17. */
const ID_DIGITS = 17;
/** One character of prefix, then the digits. */
const characters = new Array<number>(1 + ID_DIGITS).fill(0);

/** Odd constants of MurmurHash3 (Appleby, public domain), used to spread the bits of each word. */
const SPREAD_1 = 0xcc9e2d51;
const SPREAD_2 = 0x1b873593;
const SPREAD_3 = 0x85ebca6b;
const SPREAD_4 = 0xc2b2ae35;

const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);
const lanes = new Int32Array(4);

function spread(word: number): number {
  const mixed = Math.imul(word, SPREAD_1);
  return Math.imul((mixed << 15) | (mixed >>> 17), SPREAD_2);
}

function stir(lane: number, next: number): number {
  return (Math.imul((lane << 13) | (lane >>> 19), 5) + 0xe6546b64 + (next >>> 3)) | 0;
}

/** Words that wait to be mixed in; mixing many at once keeps the lanes out of memory. */
const waiting = new Int32Array(64);
let waitingWords = 0;

function addWord(word: number): void {
  if (waitingWords === waiting.length) mixWaiting();
  waiting[waitingWords++] = word;
}

/** Mixes each word into all lanes, one after the other: the last takes from the first as it is by then. */
function mixWaiting(): void {
  let first = lanes[0]!, second = lanes[1]!, third = lanes[2]!, fourth = lanes[3]!;
  for (let i = 0; i < waitingWords; i++) {
    const word = waiting[i]!;
    first = stir(first ^ spread(word), second);
    second = stir(second ^ spread(word + 1), third);
    third = stir(third ^ spread(word + 2), fourth);
    fourth = stir(fourth ^ spread(word + 3), first);
  }
  lanes[0] = first;
  lanes[1] = second;
  lanes[2] = third;
  lanes[3] = fourth;
  waitingWords = 0;
}

function finalLane(index: number): number {
  let lane = lanes[index]! ^ lanes[(index + 1) & 3]!;
  lane = Math.imul(lane ^ (lane >>> 16), SPREAD_3);
  lane = Math.imul(lane ^ (lane >>> 13), SPREAD_4);
  return (lane ^ (lane >>> 16)) >>> 0;
}

/**
 * `prefix` (one character) and 17 base-62 characters that depend on `parts`, their order and kinds (an array of words is one part). Not a cryptographic hash:
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
  mixWaiting();
  for (let digit = 0, rest = 0; digit < ID_DIGITS; digit++) {
    if (digit % DIGITS_PER_LANE === 0) rest = finalLane(digit / DIGITS_PER_LANE);
    characters[1 + digit] = DIGITS.charCodeAt(rest % BASE);
    rest = (rest / BASE) >>> 0;
  }
  characters[0] = prefix.charCodeAt(0);
  // At once, because a text that grows piece by piece is a chain of pieces that somebody has to join later.
  return String.fromCharCode.apply(null, characters);
}
