// Undoes the packing of a file (gzip, Zstandard) and hands its bytes on in pieces that hold whole packets: what a reader leaves over
// is put in front of the next piece.

import { createGunzip, createZstdDecompress, type Gunzip } from "node:zlib";
import { type Packing, packingOf } from "./recognise.ts";
import { createFrameWalker, type FrameWalker } from "./zstd-frames.ts";
import { type CaptureEnd, MINIMUM_BUFFER_BYTES } from "./reader.ts";

/** Room that a buffer has before its bytes, for what was left over of the bytes before them. */
export const HEADROOM_BYTES = MINIMUM_BUFFER_BYTES;

/** Reads bytes and says how many it used; the rest comes again, with more behind it. */
export type Reader = (bytes: Uint8Array, start: number, end: number) => number;

export interface Unpacker {
  /** Takes bytes `buffer[start..end)` with at least `HEADROOM_BYTES` of room before `start`. The buffer is free again when the promise is kept. */
  push(buffer: Uint8Array, start: number, end: number): Promise<void>;
  /** No more bytes come. */
  end(): Promise<void>;
  /** Bytes of the file, as it is, that were taken. */
  taken(): number;
  /** How many bytes the reader left over at the end. */
  left(): number;
  /** How the packed file ended, when the packing is at fault; `packets` is for the caller to fill in. */
  damage(): CaptureEnd | undefined;
}

/** An unpacker in front of `read`; `readLast`, when given, gets at the end what `read` left over. */
export function createUnpacker(read: Reader, readLast?: Reader): Unpacker {
  const carry = new Uint8Array(HEADROOM_BYTES);
  let carried = 0;
  let taken = 0;
  let packing: Packing | undefined;
  let gunzip: Gunzip | undefined;
  let failure: Error | undefined;
  let frames: FrameWalker | undefined;
  let work: Uint8Array | undefined;

  function feed(buffer: Uint8Array, start: number, end: number): void {
    const from = start - carried;
    buffer.set(carry.subarray(0, carried), from);
    const used = read(buffer, from, end);
    carried = Math.min(end - from - used, HEADROOM_BYTES);
    carry.set(buffer.subarray(end - carried, end));
  }

  function startUnpacking(): Gunzip {
    const stream = packing === "gzip" ? createGunzip() : createZstdDecompress() as unknown as Gunzip;
    stream.on("data", (chunk: Uint8Array) => {
      if (work === undefined || work.length < HEADROOM_BYTES + chunk.length) {
        work = new Uint8Array(HEADROOM_BYTES + chunk.length);
      }
      work.set(chunk, HEADROOM_BYTES);
      feed(work, HEADROOM_BYTES, HEADROOM_BYTES + chunk.length);
    });
    stream.on("error", (error: Error) => failure ??= error);
    return stream;
  }

  return {
    async push(buffer, start, end) {
      const isFirst = taken === 0;
      taken += end - start;
      if (isFirst) packing = packingOf(buffer.subarray(start, end));
      if (isFirst && packing !== undefined) gunzip = startUnpacking();
      if (isFirst && packing === "zstd") frames = createFrameWalker();
      frames?.push(buffer.subarray(start, end));
      if (gunzip === undefined) feed(buffer, start, end);
      else if (failure === undefined) {
        const stream = gunzip;
        // A copy, because the stream may keep a part of it until later.
        await new Promise<void>((resolve) => stream.write(buffer.slice(start, end), () => resolve()));
      }
    },
    async end() {
      const stream = gunzip;
      if (stream !== undefined && failure === undefined) {
        await new Promise<void>((resolve) => {
          stream.once("end", resolve);
          stream.once("error", () => resolve());
          stream.end();
        });
      }
      if (frames !== undefined && !frames.isBetweenFrames()) failure ??= new Error("unexpected end");
      if (readLast !== undefined) carried -= readLast(carry, 0, carried);
    },
    taken: () => taken,
    left: () => carried,
    damage() {
      if (failure === undefined) return undefined;
      const truncated = failure.message.includes("unexpected end");
      return {
        kind: truncated ? "truncated" : "damaged",
        offset: taken,
        packets: 0,
        reason: truncated
          ? `inside its ${packing} data`
          : `its ${packing} data cannot be unpacked (${failure.message})`,
      };
    },
  };
}
