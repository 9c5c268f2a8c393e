// One segment within its connection: the sequence numbers of both ends, the history letters it earns, the change of
// state, what it acknowledges and what it carries; in the order in which Zeek looks at these.

import { rareOf } from "./attached.ts";
import { finishFlip } from "./flip.ts";
import type { Flows } from "./flows.ts";
import * as letters from "./history.ts";
import { addLetter, addLetterOnce, earnsLetter } from "./history.ts";
import {
  ACKNOWLEDGED,
  ENDPOINT_WORDS,
  FIN_SENT,
  FIN_SEQUENCE,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  LAST,
  LAST_SEQUENCE,
  ORIGINATOR,
  PARTIAL,
  PREVIOUS_STATE,
  RETRANSMISSIONS,
  RST_SEQUENCE,
  SEEN,
  type Side,
  START_SEQUENCE,
  STATE,
  ZERO_WINDOWS,
} from "./layout.ts";
import { dropBlocks, takeAcknowledgement, takePayload } from "./reassembly.ts";
import {
  advanceAcknowledged,
  advanceLast,
  payloadBytes,
  relativeAcknowledged,
  relativeLast,
  startSequence,
} from "./sequence.ts";
import { BOTH_CLOSED, checkEnd, closeSide } from "./tcp-close.ts";
import { ACK, FIN, RST, type Segment, SYN, URG } from "./tcp-segment.ts";
import { CLOSED, ESTABLISHED, INACTIVE, PARTIAL_STATE, RESET, SYN_ACK_SENT, SYN_SENT } from "./tcp-state.ts";
import { changeStates } from "./tcp-transitions.ts";
import { weirdOfFlow } from "./weird.ts";

/** A step of the sequence numbers that no connection makes: Zeek's TOO_LARGE_SEQ_DELTA. */
const TOO_LARGE_STEP = 2 ** 20;
const MOST_IN_OCTET = 255;

/**
 * Takes a segment sent by `from`, whose payload is `bytes[start .. end)`. Returns the side that its sender is of in the
 * end: the flow may have been turned round.
 */
export function takeSegment(
  flows: Flows,
  flow: number,
  from: Side,
  segment: Segment,
  bytes: Uint8Array,
  start: number,
  end: number,
): Side {
  const { table } = flows;
  const { words, doubles, octets } = table;
  const { flags, length } = segment;
  const at = flow * FLOW_WORDS;
  let side = from;
  let other = (1 - side) as Side;
  const control = flags & (SYN | FIN | RST);
  const state = octets[flow * FLOW_BYTES + STATE + side]!;
  // Calls are kept off the path of a plain segment in the middle of a connection: that is what nearly all are.
  if ((words[at + FLAGS]! & (SEEN << side)) === 0) notePartial(words, at + FLAGS, side, flags);
  // The payload of a RST is not part of the stream.
  segment.past = (segment.sequence + ((flags & RST) !== 0 ? 0 : length) + ((flags & SYN) >> 1) + (flags & FIN)) >>> 0;
  if (state === INACTIVE || (flags & SYN) !== 0) startEndpoint(flows, flow, side, segment);
  const relative = relativeLast(table, flow, side) +
    ((segment.sequence - words[at + side * ENDPOINT_WORDS + LAST_SEQUENCE]!) | 0);
  if (relative < 0 && (flags & RST) === 0) weirdOfFlow(flows, flow, "TCP_seq_underflow_or_misorder");

  if (control !== 0) noteControl(flows, flow, side, segment, relative);
  else if (length > 0) addLetterOnce(table, flow, side, letters.SEEN_DATA, letters.LETTER_D);
  else if ((flags & ACK) !== 0) addLetterOnce(table, flow, side, letters.SEEN_ACK, letters.LETTER_A);
  if (segment.window === 0) noteZeroWindow(flows, flow, side, flags);
  if ((words[at + FLAGS]! & BOTH_CLOSED) !== BOTH_CLOSED) {
    const last = flow * FLOW_DOUBLES + LAST;
    if (segment.ts > doubles[last]!) doubles[last] = segment.ts;
  }
  if ((flags & SYN) !== 0) oddSyn(flows, flow, segment);
  if ((flags & FIN) !== 0) {
    words[at + FLAGS]! |= FIN_SENT << side;
    words[at + side * ENDPOINT_WORDS + FIN_SEQUENCE] = segment.past;
  }
  const acknowledged = (flags & ACK) === 0 ? 0 : noteAcknowledgement(flows, flow, side, segment);
  noteLast(flows, flow, side, segment);

  segment.closing = false;
  if (control !== 0 || state !== ESTABLISHED) {
    changeStates(flows, flow, side, segment);
    if (segment.turned) {
      side = other;
      other = (1 - side) as Side;
    }
  }
  if ((flags & ACK) !== 0) {
    takeAcknowledgement(flows, flow, other, acknowledged, segment.acknowledgement);
    if ((words[at + FLAGS]! & (FIN_SENT << other)) !== 0) checkEnd(flows, flow, other);
  }
  words[at + FLAGS]! |= SEEN << side;
  if (length > 0 && (flags & RST) === 0 && relative >= 0) {
    const first = (flags & SYN) !== 0 ? relative + 1 : relative;
    takePayload(flows, flow, side, first, length, bytes, start, Math.min(end - start, length));
  }
  if ((words[at + FLAGS]! & (FIN_SENT << side)) !== 0 || segment.closing) checkEnd(flows, flow, side);
  if (segment.closing) closeSide(flows, flow, side);

  const attached = table.attached[flow];
  if (attached === undefined || !attached.flipped) return side;
  finishFlip(flows, attached);
  return (1 - side) as Side;
}

/** A connection is partial when its first packet, or the responder's first, is no SYN. */
function notePartial(words: Uint32Array, at: number, side: Side, flags: number): void {
  if (side === ORIGINATOR) {
    if ((flags & (SYN | ACK)) !== SYN) words[at]! |= PARTIAL;
    else words[at]! &= ~PARTIAL;
  } else if ((flags & SYN) === 0) words[at]! |= PARTIAL;
}

/** Starts or restarts the numbering of the sender where the segment calls for it. */
function startEndpoint(flows: Flows, flow: number, side: Side, segment: Segment): void {
  const { table } = flows;
  const state = table.octets[flow * FLOW_BYTES + STATE + side];
  const { flags, sequence, past } = segment;
  if (state === INACTIVE) {
    if ((flags & SYN) !== 0) startSequence(table, flow, side, sequence, past);
    // As though a SYN had come just before, so that the first byte has number 1.
    else startSequence(table, flow, side, (sequence - 1) >>> 0, sequence);
    return;
  }
  if ((flags & SYN) === 0) return;
  const jump = sequence !== table.words[flow * FLOW_WORDS + side * ENDPOINT_WORDS + START_SEQUENCE];
  switch (state) {
    case SYN_SENT:
    case SYN_ACK_SENT:
      if (!jump) return;
      weirdOfFlow(flows, flow, "SYN_seq_jump");
      break;
    case ESTABLISHED:
    case PARTIAL_STATE:
      if (payloadBytes(table, flow, side) > 0) weirdOfFlow(flows, flow, "SYN_inside_connection");
      if (!jump) return;
      weirdOfFlow(flows, flow, "SYN_seq_jump");
      break;
    case RESET:
      // Only where the numbers came from a RST, which may have been anybody's.
      if (table.octets[flow * FLOW_BYTES + PREVIOUS_STATE + side] !== INACTIVE) return;
      break;
    default:
      return;
  }
  startSequence(table, flow, side, sequence, past);
  dropBlocks(flows, flow, side);
}

/** The letters of SYN, FIN and RST, which come again when their sequence number is another. */
function noteControl(flows: Flows, flow: number, side: Side, segment: Segment, relative: number): void {
  const { table } = flows;
  const control = segment.flags & (SYN | FIN | RST);
  switch (control) {
    case SYN: {
      const letter = (segment.flags & ACK) !== 0 ? letters.LETTER_H : letters.LETTER_S;
      const again = !addLetterOnce(table, flow, side, letters.SEEN_SYN, letter);
      const last = table.attached[flow]?.rare?.lastSyn[side] ?? 0;
      if (again && relative !== last) addLetter(table, flow, side, letter);
      if (relative !== last) rareOf(table, flow).lastSyn[side] = relative;
      return;
    }
    case FIN: {
      const at = flow * FLOW_WORDS + side * ENDPOINT_WORDS + FIN_SEQUENCE;
      const again = !addLetterOnce(table, flow, side, letters.SEEN_FIN, letters.LETTER_F);
      if (again && table.words[at] !== segment.past) addLetter(table, flow, side, letters.LETTER_F);
      return;
    }
    case RST: {
      const at = flow * FLOW_WORDS + side * ENDPOINT_WORDS + RST_SEQUENCE;
      const again = !addLetterOnce(table, flow, side, letters.SEEN_RST, letters.LETTER_R);
      if (again && table.words[at] !== segment.sequence) addLetter(table, flow, side, letters.LETTER_R);
      table.words[at] = segment.sequence;
      return;
    }
  }
  if ((control & (FIN | RST)) === (FIN | RST)) {
    addLetterOnce(table, flow, side, letters.SEEN_FIN_RST, letters.LETTER_I);
  } else addLetterOnce(table, flow, side, letters.SEEN_MULTIPLE, letters.LETTER_Q);
}

/** A window of zero is of interest where the other side could still send. */
function noteZeroWindow(flows: Flows, flow: number, side: Side, flags: number): void {
  const { table } = flows;
  const state = flow * FLOW_BYTES + STATE;
  if ((flags & RST) !== 0 || table.octets[state + 1 - side] === CLOSED || table.octets[state + side] === RESET) return;
  const at = flow * FLOW_BYTES + ZERO_WINDOWS + side;
  // A flood of zero windows must not make anything beside the table for each of its flows.
  const count = table.octets[at]! < MOST_IN_OCTET
    ? ++table.octets[at]!
    : MOST_IN_OCTET + ++rareOf(table, flow).zeroWindows[side];
  if (earnsLetter(count)) addLetter(table, flow, side, letters.LETTER_W);
}

function oddSyn(flows: Flows, flow: number, { flags, length }: Segment): void {
  if ((flags & RST) !== 0) weirdOfFlow(flows, flow, "TCP_christmas");
  if ((flags & URG) !== 0) weirdOfFlow(flows, flow, "baroque_SYN");
  if (length > 0) weirdOfFlow(flows, flow, "SYN_with_data");
}

/** Notes what the segment acknowledges of the other side; as a relative number, 0 when it makes no sense. */
function noteAcknowledgement(flows: Flows, flow: number, side: Side, segment: Segment): number {
  const { table } = flows;
  const other = (1 - side) as Side;
  const { acknowledgement, flags } = segment;
  const states = flow * FLOW_BYTES + STATE;
  if (table.octets[states + other] === INACTIVE) {
    const own = table.octets[states + side]!;
    const control = flags & (SYN | FIN | RST);
    if (control === 0 && (own === SYN_SENT || own === SYN_ACK_SENT || own === ESTABLISHED)) {
      weirdOfFlow(flows, flow, "possible_split_routing");
    }
    startSequence(table, flow, other, (acknowledgement - 1) >>> 0, (acknowledgement - 1) >>> 0);
    return 1;
  }
  const before = table.words[flow * FLOW_WORDS + other * ENDPOINT_WORDS + ACKNOWLEDGED]!;
  const step = (acknowledgement - before) | 0;
  const relative = relativeAcknowledged(table, flow, other) + step;
  if (relative < 0) {
    weirdOfFlow(flows, flow, "TCP_ack_underflow_or_misorder");
    return 0;
  }
  // Those of a RST are not to be trusted, nor a 0 far away.
  if (step > 0 && (flags & RST) === 0 && !(acknowledgement === 0 && step > TOO_LARGE_STEP)) {
    advanceAcknowledged(table, flow, other, acknowledgement);
  }
  return relative;
}

/** Moves the highest number that the sender has used, or notes that it has sent something again. */
function noteLast(flows: Flows, flow: number, side: Side, segment: Segment): void {
  const { table } = flows;
  const at = flow * FLOW_WORDS + side * ENDPOINT_WORDS;
  const { flags, past, length } = segment;
  const last = table.words[at + LAST_SEQUENCE]!;
  const advance = (past - last) | 0;
  segment.advance = advance;
  if ((flags & (SYN | RST)) !== 0 && (advance > TOO_LARGE_STEP || advance < -TOO_LARGE_STEP)) return;
  if ((flags & FIN) !== 0 && last === (table.words[at + START_SEQUENCE]! + 1) >>> 0) {
    // Only the SYN and the FIN of a long connection may have been captured: then this may look like a step back.
    advanceLast(table, flow, side, past);
  } else if (table.octets[flow * FLOW_BYTES + STATE + side] === RESET) return;
  else if (advance > 0) advanceLast(table, flow, side, past);
  else if (length > 0 && earnsLetter(++table.words[at + RETRANSMISSIONS]!)) {
    addLetter(table, flow, side, letters.LETTER_T);
  }
}
