// What everybody looks things up in, in Redis: stored once under its signature, whoever needs it.

import type { IntelImages } from "../intel/intel.ts";
import { blobName, getBlob, keysOfBlob, putBlob } from "../store/redis/blob.ts";
import type { Link } from "../store/redis/link.ts";
import { StoreError } from "../store/store.ts";
import { type FleetKeys, RUN_MILLISECONDS } from "./keys.ts";
import type { ImageNames } from "./run.ts";

/** Larger ones are none of ours: the table of all feeds has some 50 MB, GeoIP databases less than 100. */
const LONGEST_IMAGE = 2 ** 30;

/** The SHA-256 of an image, in hexadecimal. */
export function signatureOf(image: SharedArrayBuffer): string {
  return blobName(new Uint8Array(image)).sha256;
}

/** The keys of images, so that they can be kept. */
export function imageKeys({ images }: FleetKeys, sizes: ReadonlyMap<string, number>): string[] {
  return [...sizes].flatMap(([sha256, bytes]) => keysOfBlob(images, { sha256, bytes }));
}

/** Stores an image unless it is there. */
export async function storeImage(
  link: Link,
  { images }: FleetKeys,
  signature: string,
  image: SharedArrayBuffer,
): Promise<void> {
  const bytes = new Uint8Array(image);
  await putBlob(link, images, bytes, RUN_MILLISECONDS / 1000, { sha256: signature, bytes: bytes.length });
}

/** Images that were fetched, kept as long as somebody looks something up in them. */
export interface ImageCache {
  /**
   * The images of these names.
   * @throws {StoreError} when one is missing or is not what its name says.
   */
  fetch(link: Link, names: ImageNames): Promise<IntelImages>;
}

export function createImageCache({ images }: FleetKeys): ImageCache {
  const known = new Map<string, WeakRef<SharedArrayBuffer>>();

  async function one(link: Link, signature: string | undefined): Promise<SharedArrayBuffer | undefined> {
    if (signature === undefined) return undefined;
    const cached = known.get(signature)?.deref();
    if (cached !== undefined) return cached;
    const length = Number(await link.ask("GET", images.blob(signature)) ?? NaN);
    const bytes = length <= LONGEST_IMAGE
      ? await getBlob(link, images, { sha256: signature, bytes: length }, (length) => new SharedArrayBuffer(length))
      : undefined;
    if (bytes === undefined) {
      throw new StoreError(`The Redis has lost the intelligence ${signature.slice(0, 12)} of a run, or a part of it.`);
    }
    for (const [name, image] of known) if (image.deref() === undefined) known.delete(name);
    known.set(signature, new WeakRef(bytes.buffer));
    return bytes.buffer;
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
