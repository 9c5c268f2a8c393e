// Inflate (RFC 1951) that takes its input as it comes and keeps 32 KiB, whatever the size of the data. Node's zlib cannot
// be fed synchronously piece by piece, and collecting a body to inflate it at once would need a buffer per flow.

import { type Bits, newBits, readCode, take } from "./bits.ts";
import { buildTable, type HuffmanTable } from "./huffman.ts";

/** Where inflated bytes go; they are only valid during the call. Returns false to be given no more. */
export type Sink = (bytes: Uint8Array, start: number, end: number) => boolean;

/** What became of the input so far. */
export type InflateState = "more" | "done" | "bad" | "stopped";

export interface Inflater {
  /** Inflates `bytes[start..end)`; what follows the end of the compressed data is not looked at. */
  push(bytes: Uint8Array, start: number, end: number): InflateState;
}

/** How far back a match may reach (RFC 1951 section 2). */
const WINDOW_BYTES = 32768;
/** Inflated bytes are handed on in pieces of at most this size, so a small input cannot make a large buffer. */
const OUTPUT_BYTES = 16384;
/** Longest match (RFC 1951 section 3.2.5). */
const MAXIMUM_MATCH = 258;
/** A dynamic block's header has at most 14 + 19*3 + 320*14 bits; a symbol and its match need less. */
const MAXIMUM_CARRY = 640;

const LENGTH_BASE = [
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  13,
  15,
  17,
  19,
  23,
  27,
  31,
  35,
  43,
  51,
  59,
  67,
  83,
  99,
  115,
  131,
  163,
  195,
  227,
  258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1,
  2,
  3,
  4,
  5,
  7,
  9,
  13,
  17,
  25,
  33,
  49,
  65,
  97,
  129,
  193,
  257,
  385,
  513,
  769,
  1025,
  1537,
  2049,
  3073,
  4097,
  6145,
  8193,
  12289,
  16385,
  24577,
];
const DISTANCE_BITS = [
  0,
  0,
  0,
  0,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  5,
  6,
  6,
  7,
  7,
  8,
  8,
  9,
  9,
  10,
  10,
  11,
  11,
  12,
  12,
  13,
  13,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;

interface State {
  readonly window: Uint8Array;
  /** Where the next byte goes; `[flushed, at)` still has to be handed on. */
  at: number;
  flushed: number;
  /** Bytes written so far, as far as it matters for reaching back. */
  reach: number;
  block: "header" | "stored" | "coded" | "done";
  last: boolean;
  stored: number;
  literals: HuffmanTable | undefined;
  distances: HuffmanTable | undefined;
}

/** A new inflater for raw deflate data. */
export function newInflater(sink: Sink): Inflater {
  const state: State = {
    window: new Uint8Array(WINDOW_BYTES + OUTPUT_BYTES + MAXIMUM_MATCH),
    at: 0,
    flushed: 0,
    reach: 0,
    block: "header",
    last: false,
    stored: 0,
    literals: undefined,
    distances: undefined,
  };
  const bits = newBits();
  let carry = new Uint8Array(0);
  let result: InflateState = "more";
  return {
    push(bytes, start, end) {
      if (result !== "more") return result;
      // An unfinished symbol or block header of the last piece is read again together with the new bytes.
      if (carry.length > 0) {
        const joined = new Uint8Array(carry.length + end - start);
        joined.set(carry);
        joined.set(bytes.subarray(start, end), carry.length);
        [bits.bytes, bits.at, bits.end] = [joined, 0, joined.length];
      } else [bits.bytes, bits.at, bits.end] = [bytes, start, end];
      result = run(state, bits, sink);
      const left = bits.end - bits.at;
      if (result === "more" && left > MAXIMUM_CARRY) result = "bad";
      carry = result === "more" ? bits.bytes.slice(bits.at, bits.end) : new Uint8Array(0);
      bits.bytes = carry;
      if (!handOn(state, sink, 0) && result === "more") result = "stopped";
      return result;
    },
  };
}

function run(state: State, bits: Bits, sink: Sink): InflateState {
  while (state.block !== "done") {
    if (!handOn(state, sink, OUTPUT_BYTES)) return "stopped";
    const [at, hold, count] = [bits.at, bits.hold, bits.count];
    bits.missing = false;
    bits.starved = false;
    const good = step(state, bits);
    if (bits.starved) return "more";
    if (bits.missing) {
      [bits.at, bits.hold, bits.count] = [at, hold, count];
      return "more";
    }
    if (!good) return "bad";
  }
  return "done";
}

/** Reads one block header, or data until the block ends or the output or the input is used up. False: not deflate data. */
function step(state: State, bits: Bits): boolean {
  if (state.block === "coded") return readSymbols(state, bits);
  if (state.block === "stored") return copyStored(state, bits);
  if (state.last) {
    state.block = "done";
    return true;
  }
  const last = take(bits, 1) === 1;
  const type = take(bits, 2);
  if (bits.missing) return true;
  if (type === 3) return false;
  if (type === 0 && !readStoredHeader(state, bits)) return false;
  if (type === 1) fixedTables(state);
  if (type === 2 && !readTables(state, bits)) return false;
  if (bits.missing) return true;
  state.last = last;
  state.block = type === 0 ? "stored" : "coded";
  return true;
}

function readStoredHeader(state: State, bits: Bits): boolean {
  take(bits, bits.count & 7);
  const length = take(bits, 16);
  const complement = take(bits, 16);
  if (bits.missing) return true;
  state.stored = length;
  return (length ^ complement) === 0xffff;
}

function copyStored(state: State, bits: Bits): boolean {
  while (state.stored > 0 && state.at - state.flushed < OUTPUT_BYTES) {
    if (bits.count >= 8) state.window[state.at++] = take(bits, 8);
    else if (bits.at < bits.end) state.window[state.at++] = bits.bytes[bits.at++]!;
    else {
      bits.starved = true;
      return true;
    }
    state.stored--;
    state.reach++;
  }
  if (state.stored === 0) state.block = "header";
  return true;
}

function readSymbols(state: State, bits: Bits): boolean {
  const { window } = state;
  const literals = state.literals!;
  const distances = state.distances!;
  while (state.at - state.flushed < OUTPUT_BYTES) {
    const [at, hold, count] = [bits.at, bits.hold, bits.count];
    const symbol = readCode(bits, literals);
    if (symbol < 0) return false;
    if (!bits.missing && symbol < END_OF_BLOCK) {
      window[state.at++] = symbol;
      state.reach++;
      continue;
    }
    if (!bits.missing && symbol === END_OF_BLOCK) {
      state.block = "header";
      return true;
    }
    const copied = bits.missing ? true : copyMatch(state, bits, symbol - END_OF_BLOCK - 1, distances);
    if (bits.missing) {
      [bits.at, bits.hold, bits.count] = [at, hold, count];
      bits.starved = true;
      return true;
    }
    if (!copied) return false;
  }
  return true;
}

function copyMatch(state: State, bits: Bits, lengthCode: number, distances: HuffmanTable): boolean {
  if (lengthCode >= LENGTH_BASE.length) return false;
  const length = LENGTH_BASE[lengthCode]! + take(bits, LENGTH_BITS[lengthCode]!);
  const distanceCode = readCode(bits, distances);
  if (bits.missing) return true;
  if (distanceCode < 0 || distanceCode >= DISTANCE_BASE.length) return false;
  const distance = DISTANCE_BASE[distanceCode]! + take(bits, DISTANCE_BITS[distanceCode]!);
  if (bits.missing) return true;
  if (distance > state.reach || distance > WINDOW_BYTES) return false;
  const { window } = state;
  let to = state.at;
  for (let from = to - distance, end = to + length; to < end; from++, to++) window[to] = window[from]!;
  state.at = to;
  state.reach += length;
  return true;
}

/** Hands on what is waiting once it is more than `atLeast`, and slides the window back when it is full. */
function handOn(state: State, sink: Sink, atLeast: number): boolean {
  const waiting = state.at - state.flushed;
  if (waiting === 0 || waiting < atLeast) return true;
  const wanted = sink(state.window, state.flushed, state.at);
  if (state.at > WINDOW_BYTES) {
    state.window.copyWithin(0, state.at - WINDOW_BYTES, state.at);
    state.at = WINDOW_BYTES;
    state.reach = WINDOW_BYTES;
  }
  state.flushed = state.at;
  return wanted;
}

function readTables(state: State, bits: Bits): boolean {
  const literalCount = take(bits, 5) + 257;
  const distanceCount = take(bits, 5) + 1;
  const codeCount = take(bits, 4) + 4;
  const codeLengths = new Uint8Array(19);
  for (let i = 0; i < codeCount; i++) codeLengths[CODE_LENGTH_ORDER[i]!] = take(bits, 3);
  if (bits.missing) return true;
  if (literalCount > 286) return false;
  const codes = buildTable(codeLengths, 0, 19);
  if (codes === undefined) return false;
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let i = 0; i < lengths.length;) {
    const symbol = readCode(bits, codes);
    if (bits.missing) return true;
    if (symbol < 0) return false;
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    if (symbol === 16 && i === 0) return false;
    const value = symbol === 16 ? lengths[i - 1]! : 0;
    const repeat = symbol === 16 ? 3 + take(bits, 2) : symbol === 17 ? 3 + take(bits, 3) : 11 + take(bits, 7);
    if (i + repeat > lengths.length) return bits.missing;
    for (const end = i + repeat; i < end; i++) lengths[i] = value;
  }
  if (bits.missing) return true;
  state.literals = buildTable(lengths, 0, literalCount);
  state.distances = buildTable(lengths, literalCount, lengths.length);
  return state.literals !== undefined && state.distances !== undefined;
}

/** The codes of a block with fixed Huffman codes (RFC 1951 section 3.2.6). */
function fixedTables(state: State): void {
  const lengths = new Uint8Array(288 + 30).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288).fill(
    5,
    288,
  );
  state.literals = buildTable(lengths, 0, 288);
  state.distances = buildTable(lengths, 288, lengths.length);
}
