// The hashes of a file, taken while it passes. Small pieces are collected first: a call into the crypto library
// costs as much as hashing a kilobyte.

import { createHash, type Hash } from "node:crypto";

/** Pieces are collected up to this size. */
const BATCH_BYTES = 8192;
/** The first batch is small: most files are. */
const FIRST_BATCH_BYTES = 2048;

export type HashName = "md5" | "sha1" | "sha256";
export const ALL_HASHES: readonly HashName[] = ["md5", "sha1", "sha256"];

/** Lower-case hexadecimal. */
export type Hashes = { readonly [Name in HashName]?: string };

export interface Digest {
  update(bytes: Uint8Array, start: number, end: number): void;
  finish(): Hashes;
}

/** A new digest with these hashes. */
export function newDigest(names: readonly HashName[]): Digest {
  let batch = new Uint8Array(FIRST_BATCH_BYTES);
  let filled = 0;
  let hashes: Hash[] | undefined;

  function feed(bytes: Uint8Array): void {
    hashes ??= names.map((name) => createHash(name));
    for (const hash of hashes) hash.update(bytes);
  }

  return {
    update(bytes, start, end) {
      const length = end - start;
      if (filled + length > batch.length && batch.length < BATCH_BYTES) {
        const larger = new Uint8Array(BATCH_BYTES);
        larger.set(batch.subarray(0, filled));
        batch = larger;
      }
      if (filled + length > batch.length) {
        if (filled > 0) feed(batch.subarray(0, filled));
        filled = 0;
      }
      if (length > batch.length) feed(bytes.subarray(start, end));
      else {
        batch.set(bytes.subarray(start, end), filled);
        filled += length;
      }
    },
    finish() {
      feed(batch.subarray(0, filled));
      return Object.fromEntries(hashes!.map((hash, i) => [names[i]!, hash.digest("hex")]));
    },
  };
}
