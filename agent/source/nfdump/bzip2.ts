// Unpacks a bzip2 stream held in memory. There is no standard; the format is described in "BZIP2: Format Specification" by
// Joe Tsai (https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf). Checksums are not compared: damage that
// unpacks is met by the reader of what was unpacked.

/** 48 bits that begin a block and end the stream: digits of pi and of its square root. */
const BLOCK_HIGH = 0x314159;
const BLOCK_LOW = 0x265359;
const END_HIGH = 0x177245;
const END_LOW = 0x385090;

/** Symbols of a block are coded with a table that changes every so many. */
const SYMBOLS_PER_TABLE = 50;
const MAXIMUM_CODE_LENGTH = 20;
/** Bytes of a block for each step of the level, 1 to 9. */
const BLOCK_BYTES_PER_LEVEL = 100_000;
/** Runs of a byte longer than four are four and the number of the others. */
const RUN = 4;

class Damaged extends Error {}

interface Bits {
  take(count: number): number;
}

function bitsOf(bytes: Uint8Array, start: number): Bits {
  let at = start;
  let held = 0;
  let bits = 0;
  return {
    take(count) {
      while (bits < count) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Damaged();
        held = (held << 8 | byte) & 0xffff_ffff;
        bits += 8;
      }
      bits -= count;
      const taken = held >>> bits & (1 << count) - 1;
      held &= (1 << bits) - 1;
      return taken;
    },
  };
}

interface CodeTable {
  /** By length of the code: greatest code of that length, and what to subtract to get its place in `symbols`. */
  limits: Int32Array;
  offsets: Int32Array;
  symbols: Uint16Array;
}

/** A canonical Huffman table from the code lengths of its symbols. */
function tableOf(lengths: Uint8Array): CodeTable {
  const limits = new Int32Array(MAXIMUM_CODE_LENGTH + 1).fill(-1);
  const offsets = new Int32Array(MAXIMUM_CODE_LENGTH + 1);
  const symbols = new Uint16Array(lengths.length);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= MAXIMUM_CODE_LENGTH; length++) {
    offsets[length] = code - place;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      symbols[place++] = symbol;
      code++;
    }
    limits[length] = code - 1;
    code <<= 1;
  }
  return { limits, offsets, symbols };
}

function symbolOf(bits: Bits, { limits, offsets, symbols }: CodeTable): number {
  let code = 0;
  for (let length = 1; length <= MAXIMUM_CODE_LENGTH; length++) {
    code = code << 1 | bits.take(1);
    const place = code - offsets[length]!;
    if (code <= limits[length]! && place >= 0 && place < symbols.length) return symbols[place]!;
  }
  throw new Damaged();
}

/** Unpacks `packed` into `room`; the number of bytes written, -1 when the stream is damaged or needs more room. */
export function unpackBzip2(packed: Uint8Array, room: Uint8Array): number {
  const level = packed[3]! - 0x30;
  if (packed[0] !== 0x42 || packed[1] !== 0x5a || packed[2] !== 0x68 || !(level >= 1 && level <= 9)) return -1;
  try {
    const bits = bitsOf(packed, 4);
    let written = 0;
    for (;;) {
      const high = bits.take(24);
      const low = bits.take(24);
      if (high === END_HIGH && low === END_LOW) return written;
      if (high !== BLOCK_HIGH || low !== BLOCK_LOW) return -1;
      written = unpackBlock(bits, level * BLOCK_BYTES_PER_LEVEL, room, written);
    }
  } catch (error) {
    if (error instanceof Damaged) return -1;
    throw error;
  }
}

function unpackBlock(bits: Bits, blockBytes: number, room: Uint8Array, start: number): number {
  bits.take(16);
  bits.take(16);
  const isRandomised = bits.take(1) === 1;
  const origin = bits.take(24);
  if (isRandomised) throw new Damaged();
  const alphabet = readAlphabet(bits);
  const symbols = alphabet.length + 2;
  const tableCount = bits.take(3);
  const selectorCount = bits.take(15);
  if (tableCount < 2 || tableCount > 6 || selectorCount === 0 || alphabet.length === 0) throw new Damaged();
  const selectors = readSelectors(bits, tableCount, selectorCount);
  const tables = Array.from({ length: tableCount }, () => tableOf(readLengths(bits, symbols)));
  const { last, counts, length } = readSymbols(bits, blockBytes, alphabet, selectors, tables);
  return untransform(last, counts, length, origin, room, start);
}

/** The bytes that occur in the block, in order. */
function readAlphabet(bits: Bits): Uint8Array {
  const groups = bits.take(16);
  const bytes: number[] = [];
  for (let group = 0; group < 16; group++) {
    if ((groups >> 15 - group & 1) === 0) continue;
    const used = bits.take(16);
    for (let i = 0; i < 16; i++) if ((used >> 15 - i & 1) === 1) bytes.push(group * 16 + i);
  }
  return Uint8Array.from(bytes);
}

function readSelectors(bits: Bits, tables: number, count: number): Uint8Array {
  const recent = Array.from({ length: tables }, (_, table) => table);
  const selectors = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let place = 0;
    while (bits.take(1) === 1) if (++place >= tables) throw new Damaged();
    const [table] = recent.splice(place, 1);
    recent.unshift(table!);
    selectors[i] = table!;
  }
  return selectors;
}

function readLengths(bits: Bits, symbols: number): Uint8Array {
  const lengths = new Uint8Array(symbols);
  let length = bits.take(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (;;) {
      if (length < 1 || length > MAXIMUM_CODE_LENGTH) throw new Damaged();
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return lengths;
}

/** The last column of the sorted rotations: Huffman codes of places in a list of recent bytes, and runs of its first. */
function readSymbols(
  bits: Bits,
  blockBytes: number,
  alphabet: Uint8Array,
  selectors: Uint8Array,
  tables: readonly CodeTable[],
): { last: Uint32Array; counts: Int32Array; length: number } {
  const recent = Uint8Array.from(alphabet);
  const last = new Uint32Array(blockBytes);
  const counts = new Int32Array(256);
  const endOfBlock = alphabet.length + 1;
  let length = 0;
  let run = 0;
  let runBit = 1;
  for (let read = 0;; read++) {
    const selector = selectors[Math.floor(read / SYMBOLS_PER_TABLE)];
    if (selector === undefined) throw new Damaged();
    const symbol = symbolOf(bits, tables[selector]!);
    if (symbol <= 1) {
      // Two symbols write the length of a run in a base of two whose digits are 1 and 2.
      run += runBit << symbol;
      runBit <<= 1;
      if (run > blockBytes) throw new Damaged();
      continue;
    }
    if (run > 0) {
      if (length + run > blockBytes) throw new Damaged();
      const byte = recent[0]!;
      last.fill(byte, length, length + run);
      counts[byte]! += run;
      length += run;
      run = 0;
      runBit = 1;
    }
    if (symbol === endOfBlock) return { last, counts, length };
    if (length >= blockBytes) throw new Damaged();
    const place = symbol - 1;
    const byte = recent[place]!;
    recent.copyWithin(1, 0, place);
    recent[0] = byte;
    last[length++] = byte;
    counts[byte]!++;
  }
}

/** Undoes the Burrows-Wheeler transform and the runs of the text itself. */
function untransform(
  last: Uint32Array,
  counts: Int32Array,
  length: number,
  origin: number,
  room: Uint8Array,
  start: number,
): number {
  if (origin >= length) throw new Damaged();
  const starts = new Int32Array(256);
  for (let byte = 1; byte < 256; byte++) starts[byte] = starts[byte - 1]! + counts[byte - 1]!;
  // The upper 24 bits of a place lead to the one that follows it.
  for (let i = 0; i < length; i++) {
    const byte = last[i]! & 0xff;
    const place = starts[byte]!;
    starts[byte] = place + 1;
    last[place] = (last[place]! | i << 8) >>> 0;
  }
  let to = start;
  let place = last[origin]! >>> 8;
  let same = 0;
  let before = -1;
  for (let i = 0; i < length; i++) {
    const entry = last[place]!;
    const byte = entry & 0xff;
    place = entry >>> 8;
    if (same === RUN) {
      if (to + byte > room.length) throw new Damaged();
      room.fill(before, to, to + byte);
      to += byte;
      same = 0;
      before = -1;
      continue;
    }
    same = byte === before ? same + 1 : 1;
    before = byte;
    if (to >= room.length) throw new Damaged();
    room[to++] = byte;
  }
  return to;
}
