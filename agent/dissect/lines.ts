// Cuts a byte stream into lines, whatever pieces it comes in. A line that lies whole in the bytes at hand is not copied.

const CR = 0x0d;
const LF = 0x0a;
const FIRST_BUFFER_BYTES = 256;

/** The state of one side's stream, and the line that `readLine` found. */
export interface LineReader {
  /** Longest line, bytes; a longer one comes in parts. */
  readonly limit: number;
  buffer: Uint8Array;
  buffered: number;
  /** The line is `bytes[start..end)`, without its line end; only valid until the next call. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** "none": more bytes are needed; "part": too long, more of it follows; "line": with it, the line ends. */
  found: "none" | "part" | "line";
}

/** A reader at the start of a stream. */
export function newLineReader(limit: number): LineReader {
  const none = new Uint8Array(0);
  return { limit, buffer: none, buffered: 0, bytes: none, start: 0, end: 0, found: "none" };
}

/**
 * Reads from `bytes[at..end)` up to the end of a line and returns where it stopped. Lines end with LF or CRLF; with
 * `onlyCrlf` an LF without a CR before it belongs to the line.
 */
export function readLine(reader: LineReader, bytes: Uint8Array, at: number, end: number, onlyCrlf = false): number {
  const stop = Math.min(end, at + reader.limit - reader.buffered);
  let lineFeed = indexOfLineFeed(bytes, at, stop);
  while (onlyCrlf && lineFeed >= 0 && !followsCr(reader, bytes, at, lineFeed)) {
    lineFeed = indexOfLineFeed(bytes, lineFeed + 1, stop);
  }
  if (lineFeed < 0) {
    keep(reader, bytes, at, stop);
    const full = reader.buffered >= reader.limit;
    reader.found = full ? "part" : "none";
    if (full) takeBuffer(reader);
    return stop;
  }
  reader.found = "line";
  if (reader.buffered > 0) {
    keep(reader, bytes, at, lineFeed);
    takeBuffer(reader);
  } else [reader.bytes, reader.start, reader.end] = [bytes, at, lineFeed];
  if (reader.end > reader.start && reader.bytes[reader.end - 1] === CR) reader.end--;
  return lineFeed + 1;
}

/** Hands over what stands before the end of the stream without a line end. False when there is nothing. */
export function takeRest(reader: LineReader): boolean {
  if (reader.buffered === 0) return false;
  reader.found = "line";
  takeBuffer(reader);
  return true;
}

/** Forgets the beginning of a line. */
export function dropLine(reader: LineReader): void {
  reader.buffered = 0;
}

function takeBuffer(reader: LineReader): void {
  [reader.bytes, reader.start, reader.end] = [reader.buffer, 0, reader.buffered];
  reader.buffered = 0;
}

function keep(reader: LineReader, bytes: Uint8Array, start: number, end: number): void {
  const length = reader.buffered + end - start;
  if (length > reader.buffer.length) {
    const larger = new Uint8Array(Math.min(reader.limit, Math.max(FIRST_BUFFER_BYTES, 2 * length)));
    larger.set(reader.buffer.subarray(0, reader.buffered));
    reader.buffer = larger;
  }
  reader.buffer.set(bytes.subarray(start, end), reader.buffered);
  reader.buffered = length;
}

function followsCr(reader: LineReader, bytes: Uint8Array, at: number, lineFeed: number): boolean {
  if (lineFeed > at) return bytes[lineFeed - 1] === CR;
  return reader.buffered > 0 && reader.buffer[reader.buffered - 1] === CR;
}

function indexOfLineFeed(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) if (bytes[at] === LF) return at;
  return -1;
}
