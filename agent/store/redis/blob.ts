// Bytes that are too many for one value: in chunks under their SHA-256, so that they are stored once, whoever stores them,
// and that whoever fetches them knows what has come. They go by themselves when nobody wants them kept any more.

import { createHash } from "node:crypto";
import type { ByteReply, Link } from "./link.ts";

/** Small enough that nobody else waits long for the server. */
const CHUNK_BYTES = 1024 * 1024;
/** Chunks that are under way at once. */
const AT_ONCE = 4;

/** Bytes under their hash. */
export interface BlobName {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Where a blob's length stands, and where its chunks do. */
export interface BlobKeys {
  blob(sha256: string): string;
  chunk(sha256: string, number: number): string;
}

export function blobKeys(prefix: string): BlobKeys {
  return {
    blob: (sha256) => `${prefix}blob:${sha256}`,
    chunk: (sha256, number) => `${prefix}blob:${sha256}:${number}`,
  };
}

/** The name of bytes, also of memory that is shared, which not every function takes: so it is copied in pieces. */
export function blobName(bytes: Uint8Array): BlobName {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) hash.update(bytes.slice(at, at + CHUNK_BYTES));
  return { sha256: hash.digest("hex"), bytes: bytes.length };
}

const chunksOf = (bytes: number): number => Math.ceil(bytes / CHUNK_BYTES);

/** All keys under which a blob stands. */
export function keysOfBlob(keys: BlobKeys, { sha256, bytes }: BlobName): string[] {
  return [keys.blob(sha256), ...Array.from({ length: chunksOf(bytes) }, (_, number) => keys.chunk(sha256, number))];
}

/**
 * Stores bytes, whose name may be known, for so many seconds, unless they are there; then they are kept that long.
 * @throws {StoreError} when the server cannot be used.
 */
export async function putBlob(
  link: Link,
  keys: BlobKeys,
  bytes: Uint8Array,
  seconds: number,
  name: BlobName = blobName(bytes),
): Promise<BlobName> {
  if (await keepBlob(link, keys, name, seconds)) return name;
  for (let first = 0; first < chunksOf(bytes.length); first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, chunksOf(bytes.length) - first) }, (_, i) => first + i);
    await link.askAllBytes(numbers.map((number) => [
      ...["SET", keys.chunk(name.sha256, number)],
      bytes.slice(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES),
      ...["EX", String(seconds)],
    ]));
  }
  // Last: while it is missing, the bytes are not all there.
  await link.ask("SET", keys.blob(name.sha256), String(bytes.length), "EX", String(seconds));
  return name;
}

/** Keeps bytes for so many seconds from now; false when they are not, or not all, there. */
export async function keepBlob(link: Link, keys: BlobKeys, name: BlobName, seconds: number): Promise<boolean> {
  const kept = await link.askAll(keysOfBlob(keys, name).map((key) => ["EXPIRE", key, String(seconds)]));
  return kept.every((one) => one === 1);
}

/**
 * The bytes of a name, in a buffer that `make` makes; undefined when they are not there, or are others than the name says.
 * What is read is never more than it says.
 */
export async function getBlob<B extends ArrayBufferLike = ArrayBuffer>(
  link: Link,
  keys: BlobKeys,
  { sha256, bytes: length }: BlobName,
  make = (length: number) => new ArrayBuffer(length) as B,
): Promise<Uint8Array<B> | undefined> {
  if (Number(await link.ask("GET", keys.blob(sha256))) !== length) return undefined;
  const bytes = new Uint8Array(make(length));
  for (let number = 0; number < chunksOf(length); number++) {
    const at = number * CHUNK_BYTES;
    // A part of it at most: whoever wrote it may have written more.
    const ask = ["GETRANGE", keys.chunk(sha256, number), "0", String(CHUNK_BYTES - 1)];
    const [chunk] = await link.askAllBytes([ask]) as [ByteReply];
    if (!(chunk instanceof Uint8Array) || chunk.length !== Math.min(CHUNK_BYTES, length - at)) return undefined;
    bytes.set(chunk, at);
  }
  return blobName(bytes).sha256 === sha256 ? bytes : undefined;
}
