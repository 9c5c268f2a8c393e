// TCP sequence numbers relative to the start of the connection: 0 is the SYN, 1 the first byte of payload. The wire has
// 32 bits of them; how often they wrapped is counted beside, so that what is relative is exact for any length.

import {
  ACKNOWLEDGED,
  ACKNOWLEDGED_WRAPS,
  BYTES,
  ENDPOINT_WORDS,
  FIN_SENT,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  LAST_SEQUENCE,
  PREVIOUS_STATE,
  SEQUENCE_WRAPS,
  type Side,
  START_SEQUENCE,
  STATE,
} from "./layout.ts";
import type { FlowTable } from "./table.ts";
import { INACTIVE, RESET, SYN_SENT } from "./tcp-state.ts";

const SEQUENCE_SPACE = 2 ** 32;
/** Wraps counted: 2^40 bytes, one terabyte. */
const MAXIMUM_WRAPS = 255;

/** Highest byte sent so far, relative, plus one. */
export function relativeLast(table: FlowTable, flow: number, side: Side): number {
  const at = flow * FLOW_WORDS + side * ENDPOINT_WORDS;
  return table.octets[flow * FLOW_BYTES + SEQUENCE_WRAPS + side]! * SEQUENCE_SPACE +
    table.words[at + LAST_SEQUENCE]! - table.words[at + START_SEQUENCE]!;
}

/** Highest byte of this side that the other has acknowledged, relative, plus one. */
export function relativeAcknowledged(table: FlowTable, flow: number, side: Side): number {
  const at = flow * FLOW_WORDS + side * ENDPOINT_WORDS;
  return table.octets[flow * FLOW_BYTES + ACKNOWLEDGED_WRAPS + side]! * SEQUENCE_SPACE +
    table.words[at + ACKNOWLEDGED]! - table.words[at + START_SEQUENCE]!;
}

/** Starts the numbering of a side: its SYN has number `start`, and it has sent up to before `last`. */
export function startSequence(table: FlowTable, flow: number, side: Side, start: number, last: number): void {
  const at = flow * FLOW_WORDS + side * ENDPOINT_WORDS;
  const { words, octets } = table;
  words[at + START_SEQUENCE] = start;
  words[at + ACKNOWLEDGED] = start;
  words[at + LAST_SEQUENCE] = last;
  const wraps = flow * FLOW_BYTES + side;
  octets[wraps + SEQUENCE_WRAPS] = words[at + LAST_SEQUENCE]! < words[at + START_SEQUENCE]! ? 1 : 0;
  octets[wraps + ACKNOWLEDGED_WRAPS] = 0;
  table.doubles[flow * FLOW_DOUBLES + BYTES + side] = 1;
}

/** Moves the highest byte sent. */
export function advanceLast(table: FlowTable, flow: number, side: Side, sequence: number): void {
  advance(
    table,
    flow * FLOW_WORDS + side * ENDPOINT_WORDS + LAST_SEQUENCE,
    flow * FLOW_BYTES + SEQUENCE_WRAPS + side,
    sequence,
  );
}

/** Moves the highest byte acknowledged. */
export function advanceAcknowledged(table: FlowTable, flow: number, side: Side, sequence: number): void {
  const wraps = flow * FLOW_BYTES + ACKNOWLEDGED_WRAPS + side;
  advance(table, flow * FLOW_WORDS + side * ENDPOINT_WORDS + ACKNOWLEDGED, wraps, sequence);
}

function advance(table: FlowTable, at: number, wraps: number, sequence: number): void {
  if (sequence < table.words[at]! && table.octets[wraps]! < MAXIMUM_WRAPS) table.octets[wraps]!++;
  table.words[at] = sequence;
}

/** Whether nothing beyond the SYN was acknowledged. */
export function nothingAcknowledged(table: FlowTable, flow: number, side: Side): boolean {
  return relativeAcknowledged(table, flow, side) <= 1;
}

/** Payload bytes that a side has sent, by its sequence numbers, whether they were captured or not. */
export function payloadBytes(table: FlowTable, flow: number, side: Side): number {
  const at = flow * FLOW_BYTES + side;
  const { octets } = table;
  const halfOpenAborted = octets[at + PREVIOUS_STATE] === SYN_SENT && octets[at + STATE] === RESET &&
    octets[flow * FLOW_BYTES + STATE + (1 - side)] === INACTIVE && !nothingAcknowledged(table, flow, side);
  if (halfOpenAborted) return 0;
  // The SYN takes one number, and so does the FIN.
  const size = Math.max(relativeLast(table, flow, side), relativeAcknowledged(table, flow, side)) - 1;
  if (size <= 0) return 0;
  return (table.words[flow * FLOW_WORDS + FLAGS]! & (FIN_SENT << side)) !== 0 ? size - 1 : size;
}
