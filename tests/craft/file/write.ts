// Puts captures on disk: packet by packet, so that a capture may be larger than the memory; and gzip.

import { gzipSync } from "node:zlib";

/** Bytes gathered before each write. */
const BUFFER_SIZE = 1 << 20;

/** Anything that takes bytes: a `Deno.FsFile` does. */
export interface Sink {
  writeSync(bytes: Uint8Array): number;
}

/** Writes the chunks of `pcapChunks` or `pcapngChunks` to an open file; returns the number of bytes written. */
export function writeChunks(sink: Sink, chunks: Iterable<Uint8Array>): number {
  const buffer = new Uint8Array(BUFFER_SIZE);
  let used = 0, total = 0;
  const put = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) done += sink.writeSync(bytes.subarray(done));
  };
  for (const chunk of chunks) {
    if (used + chunk.length > BUFFER_SIZE) {
      put(buffer.subarray(0, used));
      used = 0;
    }
    total += chunk.length;
    if (chunk.length > BUFFER_SIZE) {
      put(chunk);
      continue;
    }
    buffer.set(chunk, used);
    used += chunk.length;
  }
  put(buffer.subarray(0, used));
  return total;
}

/** Writes the chunks to a new file at `path`, or over the one that is there; returns its size. */
export function writeFile(path: string | URL, chunks: Iterable<Uint8Array>): number {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  return writeChunks(file, chunks);
}

/** The bytes compressed by gzip. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(bytes));
}
