// The beginning of a packed file, unpacked: what recognition needs when it has no more than the first bytes.

import { constants, gunzipSync, zstdDecompressSync } from "node:zlib";
import { packingOf } from "./recognise.ts";

/** Packed bytes that are unpacked: more than enough for `RECOGNITION_BYTES` of any log. */
const PACKED_BYTES = 16 * 1024;
/** A packed byte becomes 1,032 bytes at most with gzip; zstd has no such bound, so there is one here. */
const UNPACKED_BYTES = 32 * 1024 * 1024;

/** `bytes` themselves, or what they unpack to as far as they go. Empty when they cannot be unpacked. */
export function unpackedBeginning(bytes: Uint8Array): Uint8Array {
  const packing = packingOf(bytes);
  if (packing === undefined) return bytes;
  const packed = bytes.subarray(0, PACKED_BYTES);
  try {
    return packing === "gzip"
      ? gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: UNPACKED_BYTES })
      : zstdDecompressSync(packed, { finishFlush: constants.ZSTD_e_flush, maxOutputLength: UNPACKED_BYTES });
  } catch {
    return new Uint8Array(0);
  }
}
