// A batch as bytes, for a way that leads out of the process: its lists one after the other, packed with Zstandard.

import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { createHash } from "node:crypto";
import { fieldsOf, KINDS } from "../../record/schema.ts";
import type { BatchMessage } from "./batch.ts";

// The head: serial, origin and clock, then steps, flags, and how long each list is. All little-endian, as the lists are on
// every machine that we are built for.
const NUMBERS_IN_HEAD = 3;
const WORDS_IN_HEAD = 5;
const HEAD_BYTES = 8 * NUMBERS_IN_HEAD + 4 * (WORDS_IN_HEAD + 1);
const LAST = 1;

/** The fastest: it takes half the time of the usual one, 3, and leaves little more. */
const LEVEL = 1;
/** A batch has at most a few megabytes; more is none of ours. */
const LONGEST_BATCH = 512 * 1024 * 1024;
/** To be raised whenever the layout of the lists or of this head changes. */
const LAYOUT = 1;

/** What tells batches of this program from those of one with other records. */
export function batchFormat(): string {
  const fields = KINDS.map((kind) => [kind, ...fieldsOf(kind).map(({ name, type }) => `${name} ${type}`)]);
  return createHash("sha256").update(JSON.stringify([LAYOUT, fields])).digest("hex").slice(0, 16);
}

export class PackedError extends Error {
  override name = "PackedError";
}

/** Packs a batch. */
export function packBatch({ serial, origin, clock, last, steps, words, numbers, texts }: BatchMessage): Uint8Array {
  const text = new TextEncoder().encode(texts);
  const bytes = new Uint8Array(HEAD_BYTES + numbers.byteLength + words.byteLength + text.length);
  new Float64Array(bytes.buffer, 0, NUMBERS_IN_HEAD).set([serial, origin, clock]);
  new Uint32Array(bytes.buffer, 8 * NUMBERS_IN_HEAD, WORDS_IN_HEAD).set([
    steps,
    last ? LAST : 0,
    numbers.length,
    words.length,
    text.length,
  ]);
  let at = HEAD_BYTES;
  for (const list of [numbers, words]) {
    bytes.set(new Uint8Array(list.buffer, list.byteOffset, list.byteLength), at);
    at += list.byteLength;
  }
  bytes.set(text, at);
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/**
 * The batch again.
 * @throws {PackedError} when the bytes are none.
 */
export function unpackBatch(packed: Uint8Array): BatchMessage {
  let unpacked: Uint8Array;
  try {
    unpacked = zstdDecompressSync(packed, { maxOutputLength: LONGEST_BATCH });
  } catch (error) {
    throw new PackedError(`not a packed batch: ${error instanceof Error ? error.message : String(error)}`);
  }
  // A copy of its own, at the beginning of a buffer: lists of numbers may not begin anywhere.
  const bytes = new Uint8Array(unpacked);
  if (bytes.length < HEAD_BYTES) throw new PackedError("a packed batch without its head");
  const [serial, origin, clock] = new Float64Array(bytes.buffer, 0, NUMBERS_IN_HEAD) as unknown as number[];
  const [steps, flags, numbers, words, text] = new Uint32Array(
    bytes.buffer,
    8 * NUMBERS_IN_HEAD,
    WORDS_IN_HEAD,
  ) as unknown as number[];
  const wordsAt = HEAD_BYTES + 8 * numbers!;
  const textAt = wordsAt + 4 * words!;
  if (textAt + text! !== bytes.length) throw new PackedError("a packed batch of another length than it says");
  return {
    serial: serial!,
    origin: origin!,
    clock: clock!,
    steps: steps!,
    last: (flags! & LAST) !== 0,
    numbers: new Float64Array(bytes.buffer, HEAD_BYTES, numbers),
    words: new Uint32Array(bytes.buffer, wordsAt, words),
    texts: new TextDecoder().decode(bytes.subarray(textAt)),
  };
}
