// Cuts a stream of bytes into frames. What is kept between two pieces is at most one frame.

import { LONGEST_FRAME } from "./wire.ts";

export interface FrameReader {
  /**
   * Takes the next piece and calls `frame` for each whole frame in it, until that returns false.
   * @returns false when the stream cannot be read on: a frame is longer than any message, or `frame` wants no more.
   */
  push(piece: Uint8Array, frame: (bytes: Uint8Array, from: number, to: number) => boolean): boolean;
  /** Whether the last push ended at a frame that is too long. */
  oversized(): boolean;
}

/** A reader at the beginning of a stream. */
export function createFrameReader(): FrameReader {
  let rest: Uint8Array = new Uint8Array(0);
  let tooLong = false;

  return {
    push(piece, frame) {
      let bytes = piece;
      if (rest.length > 0) {
        bytes = new Uint8Array(rest.length + piece.length);
        bytes.set(rest);
        bytes.set(piece, rest.length);
      }
      let at = 0;
      while (bytes.length - at >= 2) {
        const length = bytes[at]! << 8 | bytes[at + 1]!;
        if (length + 2 > LONGEST_FRAME) {
          tooLong = true;
          return false;
        }
        if (bytes.length - at < length + 2) break;
        if (!frame(bytes, at, at + 2 + length)) return false;
        at += 2 + length;
      }
      rest = bytes.slice(at);
      return true;
    },
    oversized: () => tooLong,
  };
}
