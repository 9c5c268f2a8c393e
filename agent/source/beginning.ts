// The beginning of a packed file, unpacked: what recognition needs when it has no more than the first bytes.

import { constants, gunzipSync, zstdDecompressSync } from "node:zlib";
import { packingOf } from "./recognise.ts";

/** A few bytes may unpack to any number; nobody who packs logs gets further than this from the first bytes of a file. */
const UNPACKED_BYTES = 32 * 1024 * 1024;

/** `bytes` themselves, or what they unpack to as far as they go; undefined when they cannot be unpacked. */
export function unpackedBeginning(bytes: Uint8Array): Uint8Array | undefined {
  const packing = packingOf(bytes);
  if (packing === undefined) return bytes;
  try {
    return packing === "gzip"
      ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: UNPACKED_BYTES })
      : zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_flush, maxOutputLength: UNPACKED_BYTES });
  } catch {
    return undefined;
  }
}
