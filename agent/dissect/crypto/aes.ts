// One block of AES-128 (FIPS 197), as QUIC's header protection takes it: a call into the library costs ten times as much.
// Not for secrets: its time depends on the key and the data, and here both can be read by everybody.

const KEY_BYTES = 16;
const ROUNDS = 10;
/** The polynomial of AES's field (section 4.2) without its highest term. */
const POLYNOMIAL = 0x1b;
/** The constant of the affine transformation (section 5.1.1). */
const AFFINE = 0x63;

function double(value: number): number {
  return ((value << 1) ^ (value & 0x80 ? POLYNOMIAL : 0)) & 0xff;
}

/** The substitution box (section 5.1.1), by running through the field with the generator 3 and its inverse side by side. */
function substitutionBox(): Uint8Array {
  const box = new Uint8Array(256);
  let value = 1;
  let inverse = 1;
  do {
    value ^= double(value);
    // Division by 3: multiplication by its inverse, 0xf6.
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 0xff;
    if (inverse & 0x80) inverse ^= 0x09;
    const rotated = inverse | (inverse << 8);
    box[value] = (inverse ^ (rotated >> 7) ^ (rotated >> 6) ^ (rotated >> 5) ^ (rotated >> 4) ^ AFFINE) & 0xff;
  } while (value !== 1);
  box[0] = AFFINE;
  return box;
}

const BOX = substitutionBox();
/** Substitution and MixColumns (section 5.1.3) of the first byte of a column; those of the others are rotations of it. */
const COLUMN = Int32Array.from(BOX, (s) => (double(s) << 24) | (s << 16) | (s << 8) | (double(s) ^ s));

const roundKeys = new Int32Array(4 * (ROUNDS + 1));

/** Expands a key (section 5.2). */
function expand(key: Uint8Array): void {
  for (let i = 0; i < 4; i++) roundKeys[i] = word(key, 4 * i);
  let constant = 1;
  for (let i = 4; i < roundKeys.length; i++) {
    let last = roundKeys[i - 1]!;
    if ((i & 3) === 0) {
      last = (BOX[(last >>> 16) & 0xff]! << 24) | (BOX[(last >>> 8) & 0xff]! << 16) | (BOX[last & 0xff]! << 8) |
        BOX[last >>> 24]!;
      last ^= constant << 24;
      constant = double(constant);
    }
    roundKeys[i] = roundKeys[i - 4]! ^ last;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** One column after substitution, ShiftRows and MixColumns. */
function mixed(a: number, b: number, c: number, d: number): number {
  const second = COLUMN[(b >>> 16) & 0xff]!;
  const third = COLUMN[(c >>> 8) & 0xff]!;
  const fourth = COLUMN[d & 0xff]!;
  return COLUMN[a >>> 24]! ^ ((second >>> 8) | (second << 24)) ^ ((third >>> 16) | (third << 16)) ^
    ((fourth >>> 24) | (fourth << 8));
}

/** One column after substitution and ShiftRows alone, as in the last round. */
function substituted(a: number, b: number, c: number, d: number): number {
  return (BOX[a >>> 24]! << 24) | (BOX[(b >>> 16) & 0xff]! << 16) | (BOX[(c >>> 8) & 0xff]! << 8) | BOX[d & 0xff]!;
}

/** Encrypts the 16 bytes at `bytes[at..]` with a key of 16 bytes. */
export function encryptBlock(key: Uint8Array, bytes: Uint8Array, at: number): Uint8Array {
  if (key.length !== KEY_BYTES) throw new RangeError(`AES-128 has keys of 16 bytes, not ${key.length}`);
  expand(key);
  let a = word(bytes, at) ^ roundKeys[0]!;
  let b = word(bytes, at + 4) ^ roundKeys[1]!;
  let c = word(bytes, at + 8) ^ roundKeys[2]!;
  let d = word(bytes, at + 12) ^ roundKeys[3]!;
  for (let round = 1; round < ROUNDS; round++) {
    const k = 4 * round;
    const nextA = mixed(a, b, c, d) ^ roundKeys[k]!;
    const nextB = mixed(b, c, d, a) ^ roundKeys[k + 1]!;
    const nextC = mixed(c, d, a, b) ^ roundKeys[k + 2]!;
    d = mixed(d, a, b, c) ^ roundKeys[k + 3]!;
    a = nextA;
    b = nextB;
    c = nextC;
  }
  const k = 4 * ROUNDS;
  const out = new Uint8Array(16);
  put(out, 0, substituted(a, b, c, d) ^ roundKeys[k]!);
  put(out, 4, substituted(b, c, d, a) ^ roundKeys[k + 1]!);
  put(out, 8, substituted(c, d, a, b) ^ roundKeys[k + 2]!);
  put(out, 12, substituted(d, a, b, c) ^ roundKeys[k + 3]!);
  return out;
}

function put(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
