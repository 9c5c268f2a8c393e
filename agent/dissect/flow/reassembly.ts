// TCP payload in order, once. What comes in order goes straight to the analyzers without a copy; what comes too early
// waits in blocks, within bounds, until its hole is filled, or an acknowledgement proves that the capture lacks it, or it
// no longer fits. Where bytes come twice, the first copy counts.

import { attach, type Attached, type Block, type Blocks, rareOf } from "./attached.ts";
import { releaseBlocks } from "./blocks.ts";
import { deliverContent, tellGap } from "./content.ts";
import type { Flows } from "./flows.ts";
import { addLetter, earnsLetter, LETTER_G } from "./history.ts";
import {
  BYTES,
  CONTENT_IGNORED,
  ENDPOINT_WORDS,
  FIN_SENT,
  FIN_SEQUENCE,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  PARTIAL,
  PREVIOUS_STATE,
  type Side,
  STATE,
} from "./layout.ts";
import { nothingAcknowledged, relativeLast } from "./sequence.ts";
import type { FlowTable } from "./table.ts";
import { CLOSED, ESTABLISHED, RESET } from "./tcp-state.ts";
import { weirdOfFlow } from "./weird.ts";

/** Blocks that one side may have waiting; one more segment out of order than this in flight is not plausible. */
const MAXIMUM_BLOCKS = 1024;
/** What a block costs beside its bytes: two objects of V8 and a place in a list, bytes. */
const BLOCK_BYTES = 160;
/** Bytes beyond a hole of a side that nobody acknowledges: Zeek's tcp_max_above_hole_without_any_acks. */
const BEYOND_HOLE_UNACKNOWLEDGED = 16_384;

function blocksOf(attached: Attached | undefined, side: Side): Blocks | undefined {
  return side === 0 ? attached?.blocksOfOrig : attached?.blocksOfResp;
}

/** Relative sequence number of the next byte in order. */
function nextOf(table: FlowTable, flow: number, side: Side): number {
  return table.doubles[flow * FLOW_DOUBLES + BYTES + side]!;
}

function setNext(table: FlowTable, flow: number, side: Side, next: number): void {
  table.doubles[flow * FLOW_DOUBLES + BYTES + side] = next;
}

/**
 * Takes the payload of one segment: `length` bytes from relative sequence number `sequence`, of which
 * `bytes[start .. start + captured)` are in the capture.
 */
export function takePayload(
  flows: Flows,
  flow: number,
  side: Side,
  sequence: number,
  length: number,
  bytes: Uint8Array,
  start: number,
  captured: number,
): void {
  const { table } = flows;
  const next = nextOf(table, flow, side);
  const end = sequence + length;
  if (end <= next) return;
  const attached = table.attached[flow];
  if (sequence > next || (attached !== undefined && blocksOf(attached, side) !== undefined)) {
    const old = Math.max(next - sequence, 0);
    store(flows, flow, side, sequence + old, end, bytes, start + old, captured - old);
    if (sequence <= next) drain(flows, flow, side);
    return;
  }
  setNext(table, flow, side, end);
  const ignored = (table.words[flow * FLOW_WORDS + FLAGS]! & CONTENT_IGNORED) !== 0;
  if (!ignored || captured < length) {
    const old = next - sequence;
    if (captured > old) deliverContent(flows, flow, side, bytes, start + old, start + captured);
    if (captured < length) missing(flows, flow, side, end - Math.max(next, sequence + captured));
  }
}

/** Delivers the blocks that are in order now. */
function drain(flows: Flows, flow: number, side: Side): void {
  const { table } = flows;
  const attached = table.attached[flow];
  const blocks = blocksOf(attached, side);
  if (attached === undefined || blocks === undefined) return;
  const { list } = blocks;
  let done = 0;
  for (; done < list.length; done++) {
    const block = list[done]!;
    const next = nextOf(table, flow, side);
    if (block.start > next) break;
    deliverBlock(flows, flow, side, blocks, block, next);
  }
  list.splice(0, done);
  if (list.length === 0) {
    if (side === 0) attached.blocksOfOrig = undefined;
    else attached.blocksOfResp = undefined;
  }
}

function deliverBlock(flows: Flows, flow: number, side: Side, blocks: Blocks, block: Block, next: number): void {
  const held = block.bytes?.length ?? 0;
  blocks.bytes -= held + BLOCK_BYTES;
  flows.counters.reassemblyBytes -= held + BLOCK_BYTES;
  if (block.end <= next) return;
  setNext(flows.table, flow, side, block.end);
  const old = next - block.start;
  if (block.bytes === undefined) return;
  if (held > old) deliverContent(flows, flow, side, block.bytes, old, held);
  if (block.start + held < block.end) missing(flows, flow, side, block.end - Math.max(next, block.start + held));
}

/** Keeps what comes too early, as far as nothing of it is kept already. */
function store(
  flows: Flows,
  flow: number,
  side: Side,
  sequence: number,
  end: number,
  bytes: Uint8Array,
  start: number,
  captured: number,
): void {
  const { table, counters, settings } = flows;
  const ignored = (table.words[flow * FLOW_WORDS + FLAGS]! & CONTENT_IGNORED) !== 0;
  const attached = attach(table, flow);
  const blocks = blocksOf(attached, side) ?? { list: [], bytes: 0 };
  if (side === 0) attached.blocksOfOrig = blocks;
  else attached.blocksOfResp = blocks;
  const { list } = blocks;
  let at = firstEndingAfter(list, sequence);
  for (let from = sequence; from < end;) {
    const after = list[at];
    if (after !== undefined && after.start <= from) {
      from = after.end;
      at++;
      continue;
    }
    const to = after === undefined ? end : Math.min(end, after.start);
    const offset = from - sequence;
    const inCapture = Math.max(captured, 0);
    const held = ignored
      ? undefined
      : bytes.slice(start + Math.min(offset, inCapture), start + Math.min(to - sequence, inCapture));
    list.splice(at++, 0, { start: from, end: to, bytes: held });
    const size = BLOCK_BYTES + (held?.length ?? 0);
    blocks.bytes += size;
    counters.reassemblyBytes += size;
    from = to;
  }
  counters.reassemblyBytesPeak = Math.max(counters.reassemblyBytesPeak, counters.reassemblyBytes);

  const beyond = list.length === 0 ? 0 : list.at(-1)!.end - nextOf(table, flow, side);
  if (beyond > BEYOND_HOLE_UNACKNOWLEDGED && nothingAcknowledged(table, flow, side)) {
    weirdOfFlow(flows, flow, "above_hole_data_without_any_acks");
    giveUpHole(flows, flow, side);
  }
  while (
    blocks.list.length > 0 &&
    (blocks.list.length > MAXIMUM_BLOCKS || blocks.bytes > settings.reassemblyBytesPerSide ||
      counters.reassemblyBytes > settings.reassemblyBytes)
  ) giveUpHole(flows, flow, side);
}

/** Place of the first block that ends after `sequence`. */
function firstEndingAfter(list: readonly Block[], sequence: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.end <= sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Forgets what is waiting: the numbering of the side has started anew. */
export function dropBlocks(flows: Flows, flow: number, side: Side): void {
  const attached = flows.table.attached[flow];
  const blocks = blocksOf(attached, side);
  if (attached === undefined || blocks === undefined) return;
  releaseBlocks(flows.counters, blocks);
  if (side === 0) attached.blocksOfOrig = undefined;
  else attached.blocksOfResp = undefined;
}

/** Goes on behind the first hole although nothing proves that its bytes will not come. */
function giveUpHole(flows: Flows, flow: number, side: Side): void {
  const { table, counters } = flows;
  const first = blocksOf(table.attached[flow], side)?.list[0];
  if (first === undefined) return;
  const length = first.start - nextOf(table, flow, side);
  if (length > 0) {
    counters.holesGivenUp++;
    counters.bytesGivenUp += length;
    setNext(table, flow, side, first.start);
    tellGap(flows, flow, side, length);
  }
  drain(flows, flow, side);
}

/**
 * The other side has acknowledged everything of this side before relative number `acknowledged` (on the wire:
 * `sequence`): what has not come by now is missing from the capture.
 */
export function takeAcknowledgement(
  flows: Flows,
  flow: number,
  side: Side,
  acknowledged: number,
  sequence: number,
): void {
  const { table } = flows;
  if (acknowledged <= nextOf(table, flow, side)) return;
  const at = flow * FLOW_WORDS;
  const flags = table.words[at + FLAGS]!;
  let until = acknowledged;
  if ((flags & (FIN_SENT << side)) !== 0) {
    const beyondFin = (sequence - table.words[at + side * ENDPOINT_WORDS + FIN_SEQUENCE]!) | 0;
    if (beyondFin >= 0) until -= beyondFin + 1;
  }
  // The first acknowledgement of a connection already under way speaks of bytes before its start.
  if (until <= 2 && (flags & PARTIAL) !== 0) return;
  for (let next = nextOf(table, flow, side); next < until; next = nextOf(table, flow, side)) {
    const first = blocksOf(table.attached[flow], side)?.list[0];
    const holeEnd = first === undefined ? until : Math.min(until, first.start);
    if (holeEnd > next) {
      setNext(table, flow, side, holeEnd);
      missing(flows, flow, side, holeEnd - next);
    }
    drain(flows, flow, side);
  }
}

/** Counts bytes that the capture lacks and tells the analyzers. */
function missing(flows: Flows, flow: number, side: Side, length: number): void {
  const { table } = flows;
  // In other states holes come from resets with odd numbers and from connections already under way.
  if (isClean(table, flow, 0) && isClean(table, flow, 1)) {
    const rare = rareOf(table, flow);
    rare.missedBytes += length;
    flows.counters.bytesMissed += length;
    if (earnsLetter(++rare.gaps[side])) addLetter(table, flow, side, LETTER_G);
  }
  tellGap(flows, flow, side, length);
}

function isClean(table: FlowTable, flow: number, side: Side): boolean {
  const at = flow * FLOW_BYTES + side;
  const state = table.octets[at + STATE]!;
  return state === ESTABLISHED || (state === CLOSED && table.octets[at + PREVIOUS_STATE] === ESTABLISHED);
}

/** Whether a side that has closed still has bytes on the way. */
export function isPending(table: FlowTable, flow: number, side: Side): boolean {
  const next = nextOf(table, flow, side);
  const last = relativeLast(table, flow, side);
  // A FIN has a sequence number of its own, a RST has none.
  if (last >= next && next !== last && next !== last - 1) return true;
  const other = (1 - side) as Side;
  return table.octets[flow * FLOW_BYTES + STATE + side] !== RESET &&
    (blocksOf(table.attached[flow], other)?.list.length ?? 0) > 0;
}
