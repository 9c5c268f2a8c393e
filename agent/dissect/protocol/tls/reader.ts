// Reads TLS's length-prefixed vectors (RFC 8446 section 3.4) from bytes without ever leaving them.

/** A place in bytes; `failed` once anything was asked for that is not there. */
export interface Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  failed: boolean;
}

/** Reads from `bytes[start..end)`. */
export function readerOf(bytes: Uint8Array, start: number, end: number): Reader {
  return { bytes, at: start, end, failed: false };
}

/** The next `width` bytes as a number, most significant first; 0 when they are not there. At most four. */
export function number(reader: Reader, width: number): number {
  if (reader.end - reader.at < width) {
    reader.failed = true;
    reader.at = reader.end;
    return 0;
  }
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + reader.bytes[reader.at++]!;
  return value;
}

/** Steps over `length` bytes and says where they began. */
export function skip(reader: Reader, length: number): number {
  const start = reader.at;
  if (reader.end - start < length) {
    reader.failed = true;
    reader.at = reader.end;
  } else {
    reader.at = start + length;
  }
  return start;
}

/** A reader for the vector whose length stands in the next `width` bytes; empty when it is not all there. */
export function vector(reader: Reader, width: number): Reader {
  const length = number(reader, width);
  const start = skip(reader, length);
  return readerOf(reader.bytes, start, reader.at);
}

/** True while there is something to read and nothing went wrong. */
export function more(reader: Reader): boolean {
  return !reader.failed && reader.at < reader.end;
}

/** Items kept of one list: real hellos have a few dozen of anything. */
export const MAX_LIST_ITEMS = 1024;

/** All numbers of `width` bytes to the end of the reader, as far as they are kept. */
export function numbers(reader: Reader, width: number): number[] {
  const list: number[] = [];
  while (reader.end - reader.at >= width && list.length < MAX_LIST_ITEMS) list.push(number(reader, width));
  return list;
}
