// The tape's files: segments, each of which begins with a snapshot from which a stream can be taken up, and then only grows.
// What is written is in frames with their length and a checksum, so that one that was cut off is noticed.
//
//     tape-000001: a line that says what this is, then frames of
//         length of the content (u32)   CRC-32 of kind and content (u32)   kind (u8)   content

import { join } from "node:path";
import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { batchFormat, packBatch, unpackBatch } from "../profile/flat/packed.ts";
import type { ReadPosition, Snapshot, Taped } from "./messages.ts";

/** To be raised whenever the frames change; how batches are packed has a mark of its own. */
const TAPE_FORMAT = 1;
const NAME = /^tape-(\d{6,})$/;
const HEAD_BYTES = 9;
const SNAPSHOT = 1;
const BATCH = 2;
/** A batch has at most some megabytes, and a snapshot's facts are bounded; more is none of ours. */
const LONGEST_FRAME = 512 * 1024 * 1024;
/** Only its owner reads what hosts did. */
const FILE_MODE = 0o600;

const text = new TextEncoder();

/** One segment as it was found. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  /** Bytes of whole frames. */
  readonly length: number;
  readonly records: number;
  /** Stream time at its beginning and its end. */
  readonly from: number;
  readonly to: number;
  readonly positions: readonly ReadPosition[];
}

/** A segment cannot be used: what can be said of the tape. */
export class TapeError extends Error {
  override name = "TapeError";
}

/** First line of a segment. */
function heading(): Uint8Array<ArrayBuffer> {
  return text.encode(`smartshield tape ${TAPE_FORMAT} ${batchFormat()}\n`);
}

function frame(kind: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD_BYTES + content.length);
  bytes[8] = kind;
  bytes.set(content, HEAD_BYTES);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, content.length, true);
  head.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

/** A thing as a frame. */
export function frameOf(taped: Taped): Uint8Array<ArrayBuffer> {
  if (taped.snapshot !== undefined) {
    const { origin, clock, facts } = taped.snapshot;
    // JSON knows neither NaN nor -Infinity: null is the time before any traffic.
    return frame(SNAPSHOT, zstdCompressSync(text.encode(JSON.stringify({ origin, clock, facts }))));
  }
  const positions = text.encode(JSON.stringify(taped.positions.map(({ file, done }) => [file, done])));
  const packed = packBatch(taped.batch);
  const content = new Uint8Array(4 + positions.length + packed.length);
  new DataView(content.buffer).setUint32(0, positions.length, true);
  content.set(positions, 4);
  content.set(packed, 4 + positions.length);
  return frame(BATCH, content);
}

/** The thing in a frame. */
function tapedIn(kind: number, content: Uint8Array): Taped {
  const read = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
  if (kind === SNAPSHOT) {
    const { origin, clock, facts } = read(zstdDecompressSync(content, { maxOutputLength: LONGEST_FRAME })) as {
      [name in keyof Snapshot]: Snapshot[name] | null;
    };
    return { snapshot: { origin: origin ?? NaN, clock: clock ?? -Infinity, facts: facts ?? [] } };
  }
  if (kind !== BATCH) throw new TapeError("holds something unknown");
  const length = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  const positions = read(content.subarray(4, 4 + length)) as [number, number][];
  return {
    batch: unpackBatch(content.subarray(4 + length)),
    positions: positions.map(([file, done]) => ({ file, done })),
  };
}

/** Begins the segment of that number with a snapshot. */
export function beginSegment(folder: string, number: number, snapshot: Snapshot): Deno.FsFile {
  const path = join(folder, `tape-${String(number).padStart(6, "0")}`);
  const file = Deno.openSync(path, { write: true, createNew: true, mode: FILE_MODE });
  writeAll(file, heading());
  writeAll(file, frameOf({ snapshot }));
  return file;
}

/** Writes all of it. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

/** Numbers and paths of the segments in a folder, the oldest first. */
export function segmentsIn(folder: string): { number: number; path: string }[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isFile }) => {
    const number = NAME.exec(name)?.[1];
    return isFile && number !== undefined ? [{ number: Number(number), path: join(folder, name) }] : [];
  }).sort((a, b) => a.number - b.number);
}

/** Where the frames of a segment are: checked, but not unpacked. */
function* framesOf(
  bytes: Uint8Array<ArrayBuffer>,
  isLast: boolean,
): Generator<{ kind: number; at: number; end: number }> {
  const head = heading();
  const isOurs = bytes.length >= head.length && head.every((byte, at) => bytes[at] === byte);
  if (!isOurs) {
    if (isLast && bytes.length < head.length) return;
    throw new TapeError("was written by another version of smartshield");
  }
  const view = new DataView(bytes.buffer);
  for (let at = head.length; at < bytes.length;) {
    const length = at + HEAD_BYTES <= bytes.length ? view.getUint32(at, true) : Infinity;
    const end = at + HEAD_BYTES + length;
    const isWhole = end <= bytes.length && view.getUint32(at + 4, true) === crc32(bytes.subarray(at + 8, end));
    // What was being written when the end came is cut off, or, after a power failure, not all there.
    if (!isWhole && isLast && (end >= bytes.length || bytes.subarray(at).every((byte) => byte === 0))) return;
    if (!isWhole) throw new TapeError(`is damaged (byte ${at} of segment`);
    yield { kind: bytes[at + 8]!, at: at + HEAD_BYTES, end };
    at = end;
  }
}

/**
 * Reads a segment through. Of the last one the end may be missing.
 * @throws {TapeError} when it cannot be used.
 */
export function examineSegment(number: number, path: string, isLast: boolean): Segment {
  const bytes = Deno.readFileSync(path);
  let [length, records, from, to] = [0, 0, NaN, NaN];
  let positions: readonly ReadPosition[] = [];
  try {
    for (const { kind, at, end } of framesOf(bytes, isLast)) {
      const taped = tapedIn(kind, bytes.subarray(at, end));
      if (taped.snapshot !== undefined) from = to = taped.snapshot.clock;
      else {
        records += taped.batch.steps;
        to = taped.batch.clock;
        // Before the first segment of a run there was no time.
        if (!Number.isFinite(from)) from = taped.batch.origin;
        positions = taped.positions;
      }
      length = end;
    }
    if (length === 0 && !isLast) throw new TapeError("is damaged (beginning of segment");
  } catch (error) {
    const why = error instanceof TapeError ? error.message : `is damaged (${String(error)}, segment`;
    throw new TapeError(why.includes("(") ? `${why} ${number})` : why);
  }
  return { number, path, length, records, from, to, positions };
}

/** All that is on a segment, in order. */
export function* playSegment({ path, length }: Segment): Generator<Taped> {
  const bytes = Deno.readFileSync(path).subarray(0, length);
  for (const { kind, at, end } of framesOf(bytes, true)) yield tapedIn(kind, bytes.subarray(at, end));
}
