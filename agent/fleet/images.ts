// What everybody looks things up in, in Redis: stored once under its signature, in chunks, whoever needs it.

import { createHash } from "node:crypto";
import type { IntelImages } from "../intel/intel.ts";
import type { ByteReply, Link } from "../store/redis/link.ts";
import { StoreError } from "../store/store.ts";
import { type FleetKeys, RUN_MILLISECONDS } from "./keys.ts";
import type { ImageNames } from "./run.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Larger ones are none of ours: the table of all feeds has some 50 MB, GeoIP databases less than 100. */
const LONGEST_IMAGE = 2 ** 30;

/** The SHA-256 of an image, in hexadecimal. */
export function signatureOf(image: SharedArrayBuffer): string {
  // A copy, in pieces: not every function takes memory that others may write to.
  const hash = createHash("sha256");
  const bytes = new Uint8Array(image);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) hash.update(bytes.slice(at, at + CHUNK_BYTES));
  return hash.digest("hex");
}

/** The keys of images, so that they can be kept. */
export function imageKeys(keys: FleetKeys, sizes: ReadonlyMap<string, number>): string[] {
  return [...sizes].flatMap(([signature, size]) => [
    keys.image(signature),
    ...Array.from({ length: chunksOf(size) }, (_, chunk) => keys.imageChunk(signature, chunk)),
  ]);
}

/** Stores an image unless it is there. */
export async function storeImage(
  link: Link,
  keys: FleetKeys,
  signature: string,
  image: SharedArrayBuffer,
): Promise<void> {
  const [there] = await link.askAll([["EXISTS", keys.image(signature)]]);
  if (there === 1) return;
  const bytes = new Uint8Array(image);
  for (let chunk = 0; chunk < chunksOf(bytes.length); chunk++) {
    const piece = bytes.slice(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
    await link.askAllBytes([["SET", keys.imageChunk(signature, chunk), piece, "PX", String(RUN_MILLISECONDS)]]);
  }
  // Last: while it is missing, the image is not all there.
  await link.ask("SET", keys.image(signature), String(bytes.length), "PX", String(RUN_MILLISECONDS));
}

/** Images that were fetched, kept as long as somebody looks something up in them. */
export interface ImageCache {
  /**
   * The images of these names.
   * @throws {StoreError} when one is missing or is not what its name says.
   */
  fetch(link: Link, names: ImageNames): Promise<IntelImages>;
}

export function createImageCache(keys: FleetKeys): ImageCache {
  const known = new Map<string, WeakRef<SharedArrayBuffer>>();

  async function one(link: Link, signature: string | undefined): Promise<SharedArrayBuffer | undefined> {
    if (signature === undefined) return undefined;
    const cached = known.get(signature)?.deref();
    if (cached !== undefined) return cached;
    const length = Number(await link.ask("GET", keys.image(signature)) ?? NaN);
    if (!(length <= LONGEST_IMAGE)) throw missing(signature);
    const image = new SharedArrayBuffer(length);
    const bytes = new Uint8Array(image);
    for (let chunk = 0; chunk < chunksOf(length); chunk++) {
      const [piece] = await link.askAllBytes([["GET", keys.imageChunk(signature, chunk)]]) as [ByteReply];
      const at = chunk * CHUNK_BYTES;
      if (!(piece instanceof Uint8Array) || piece.length !== Math.min(CHUNK_BYTES, length - at)) {
        throw missing(signature);
      }
      bytes.set(piece, at);
    }
    if (signatureOf(image) !== signature) throw missing(signature);
    for (const [name, image] of known) if (image.deref() === undefined) known.delete(name);
    known.set(signature, new WeakRef(image));
    return image;
  }

  return {
    async fetch(link, { table, asn, country, mayChange }) {
      return {
        table: await one(link, table),
        asn: await one(link, asn),
        country: await one(link, country),
        mayChange,
      };
    },
  };
}

function chunksOf(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

function missing(signature: string): StoreError {
  return new StoreError(`The Redis has lost the intelligence ${signature.slice(0, 12)} of a run, or a part of it.`);
}
