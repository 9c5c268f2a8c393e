// Reads a capture held in memory, in pieces as small as a test wants, and notes what the reader hands on.

import { type CaptureEnd, createCaptureReader } from "../../../agent/source/capture.ts";

export interface ReadPacket {
  readonly ts: number;
  readonly data: Uint8Array;
  readonly originalLength: number;
  readonly linkType: number;
}

export interface Reading {
  readonly packets: readonly ReadPacket[];
  readonly end: CaptureEnd;
}

/** Reads `file`, `pieceBytes` at a time. */
export function readCapture(file: Uint8Array, pieceBytes: number = file.length): Reading {
  const packets: ReadPacket[] = [];
  const reader = createCaptureReader((bytes, offset, captured, originalLength, ts, linkType) => {
    packets.push({ ts, data: bytes.slice(offset, offset + captured), originalLength, linkType });
  });
  let waiting = new Uint8Array(0);
  for (let at = 0; at < file.length; at += pieceBytes) {
    const piece = file.subarray(at, at + pieceBytes);
    const bytes = new Uint8Array(waiting.length + piece.length);
    bytes.set(waiting);
    bytes.set(piece, waiting.length);
    const used = reader.read(bytes, 0, bytes.length);
    waiting = bytes.slice(used);
  }
  return { packets, end: reader.finish(waiting.length) };
}
