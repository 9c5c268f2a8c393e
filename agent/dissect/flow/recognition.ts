// Finding out which protocol a TCP flow speaks from the first bytes of either side. Pieces are kept, in the order in which
// they came, until somebody knows them, so that the analyzer gets the flow from its first byte.

import type { Attached, Piece, Recognizing } from "./attached.ts";
import type { Flows } from "./flows.ts";

/** Bytes of one side by which a protocol must be known: Zeek's dpd_buffer_size. */
const MAXIMUM_BYTES = 1024;
/** Pieces kept: protocols talk in few pieces at first, and each costs an object. */
const MAXIMUM_PIECES = 32;
/** What a piece costs beside its bytes, with a share of what its flow has beside the table, bytes. */
const PIECE_BYTES = 300;
const NOBODY: readonly number[] = [];
const NOT_KNOWN = -1;

const sideBuffer = new Uint8Array(MAXIMUM_BYTES);

/** Has the protocols at `places` look at the flow from its next byte on; `handedOn` when another has spoken before. */
export function startRecognition(attached: Attached, places: readonly number[], handedOn: boolean): void {
  attached.recognizing = {
    handedOn,
    candidatesOfOrig: places,
    candidatesOfResp: places,
    pieces: [],
    bytesOfOrig: 0,
    bytesOfResp: 0,
  };
}

/** Ends recognition; what was kept for it, if it was going on. */
export function stopRecognition(flows: Flows, attached: Attached): Recognizing | undefined {
  const { recognizing } = attached;
  if (recognizing === undefined) return undefined;
  flows.counters.recognitionBytes -= recognizing.bytesOfOrig + recognizing.bytesOfResp +
    recognizing.pieces.length * PIECE_BYTES;
  attached.recognizing = undefined;
  return recognizing;
}

/** Shows the next bytes of one side to the candidates. The place of the protocol that knows them, or -1. */
export function continueRecognition(
  flows: Flows,
  attached: Attached,
  fromOrig: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const recognizing = attached.recognizing!;
  const candidates = fromOrig ? recognizing.candidatesOfOrig : recognizing.candidatesOfResp;
  const kept = fromOrig ? recognizing.bytesOfOrig : recognizing.bytesOfResp;
  let look = bytes;
  let from = start;
  let to = Math.min(end, start + MAXIMUM_BYTES);
  if (kept > 0 && candidates.length > 0) {
    look = sideBuffer;
    from = 0;
    to = joinSide(recognizing.pieces, fromOrig, bytes, start, end);
  }
  let left: number[] | undefined;
  for (const place of candidates) {
    const answer = ask(flows, place, look, from, to, fromOrig);
    if (answer === "yes") return place;
    if (answer === "more" && to - from < MAXIMUM_BYTES) (left ??= []).push(place);
  }
  if (fromOrig) recognizing.candidatesOfOrig = left ?? NOBODY;
  else recognizing.candidatesOfResp = left ?? NOBODY;
  keep(flows, attached, recognizing, kept, fromOrig, bytes, start, end);
  return NOT_KNOWN;
}

function ask(
  flows: Flows,
  place: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  fromOrig: boolean,
): "yes" | "no" | "more" {
  try {
    return flows.protocols.all[place]!.recognise(bytes, start, end, fromOrig);
  } catch {
    flows.counters.analyzersFailed++;
    return "no";
  }
}

/** The side's stream so far, at most MAXIMUM_BYTES of it, in `sideBuffer`; its length. */
function joinSide(pieces: readonly Piece[], fromOrig: boolean, bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (const piece of pieces) {
    if (piece.fromOrig !== fromOrig) continue;
    sideBuffer.set(piece.bytes, length);
    length += piece.bytes.length;
  }
  const more = Math.min(end - start, MAXIMUM_BYTES - length);
  sideBuffer.set(bytes.subarray(start, start + more), length);
  return length + more;
}

/** Keeps the bytes for whoever is found later, as long as anybody may be and there is room. */
function keep(
  flows: Flows,
  attached: Attached,
  recognizing: Recognizing,
  kept: number,
  fromOrig: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const nobody = recognizing.candidatesOfOrig.length === 0 && recognizing.candidatesOfResp.length === 0;
  const tooMuch = kept + end - start > MAXIMUM_BYTES || recognizing.pieces.length >= MAXIMUM_PIECES;
  if (nobody || tooMuch) {
    stopRecognition(flows, attached);
    return;
  }
  if (flows.counters.recognitionBytes + PIECE_BYTES + end - start > flows.settings.recognitionBytes) {
    flows.counters.recognitionGivenUp++;
    stopRecognition(flows, attached);
    return;
  }
  recognizing.pieces.push({ fromOrig, bytes: bytes.slice(start, end) });
  if (fromOrig) recognizing.bytesOfOrig += end - start;
  else recognizing.bytesOfResp += end - start;
  flows.counters.recognitionBytes += PIECE_BYTES + end - start;
}
