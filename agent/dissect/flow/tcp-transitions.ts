// How a segment changes the states of both endpoints, as in Zeek; odd transitions are `weird` under Zeek's names.

import type { Flows } from "./flows.ts";
import { turnRound } from "./flip.ts";
import {
  CLOSED_BY,
  DUE,
  ENDPOINT_WORDS,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  LAST_SEQUENCE,
  ORIGINATOR,
  PARTIAL,
  PREVIOUS_STATE,
  RESPONDER,
  type Side,
  START_SEQUENCE,
  STATE,
} from "./layout.ts";
import type { FlowTable } from "./table.ts";
import { ACK, FIN, RST, type Segment, SYN } from "./tcp-segment.ts";
import { CLOSED, ESTABLISHED, INACTIVE, PARTIAL_STATE, RESET, SYN_ACK_SENT, SYN_SENT } from "./tcp-state.ts";
import { endBy } from "./timers.ts";
import { weirdOfFlow } from "./weird.ts";

function stateOf(table: FlowTable, flow: number, side: Side): number {
  return table.octets[flow * FLOW_BYTES + STATE + side]!;
}

function setState(table: FlowTable, flow: number, side: Side, state: number): void {
  const at = flow * FLOW_BYTES + side;
  const { octets } = table;
  if (octets[at + STATE] === state) return;
  octets[at + PREVIOUS_STATE] = octets[at + STATE]!;
  octets[at + STATE] = state;
}

/** Moves the states of both ends. Sets `closing` and `turned` of the segment. */
export function changeStates(flows: Flows, flow: number, side: Side, segment: Segment): void {
  segment.closing = false;
  segment.turned = false;
  switch (stateOf(flows.table, flow, side)) {
    case INACTIVE:
      return fromInactive(flows, flow, side, segment);
    case SYN_SENT:
    case SYN_ACK_SENT:
      return fromSynSent(flows, flow, side, segment);
    case ESTABLISHED:
    case PARTIAL_STATE:
      if ((segment.flags & (SYN | FIN | RST)) !== 0) fromEstablished(flows, flow, side, segment);
      return;
    case CLOSED:
      return fromClosed(flows, flow, side, segment);
    case RESET:
      return fromReset(flows, flow, segment);
  }
}

function fromInactive(flows: Flows, flow: number, from: Side, segment: Segment): void {
  const { table } = flows;
  const { flags } = segment;
  let side = from;
  let other = (1 - side) as Side;
  if ((flags & SYN) !== 0) {
    if (side === ORIGINATOR) originatorSyn(flows, flow, segment);
    else {
      responderSyn(flows, flow, segment);
      if (segment.turned) {
        side = ORIGINATOR;
        other = RESPONDER;
      }
    }
  }
  if ((flags & FIN) !== 0) {
    setState(table, flow, side, CLOSED);
    segment.closing = true;
    if (stateOf(table, flow, other) !== PARTIAL_STATE && (flags & SYN) === 0) {
      weirdOfFlow(flows, flow, "spontaneous_FIN");
    }
  }
  if ((flags & RST) !== 0) {
    setState(table, flow, side, RESET);
    segment.closing = true;
    if (stateOf(table, flow, other) === INACTIVE) weirdOfFlow(flows, flow, "spontaneous_RST");
  }
  if (stateOf(table, flow, side) === INACTIVE) withoutSyn(table, flow, side, segment);
  // Somebody has answered, so the time allowed for an answer is no longer of interest.
  if (side === RESPONDER && stateOf(table, flow, side) !== INACTIVE) {
    table.doubles[flow * FLOW_DOUBLES + DUE] = Infinity;
  }
}

function originatorSyn(flows: Flows, flow: number, { flags, ts }: Segment): void {
  const { table, settings } = flows;
  const withAck = (flags & ACK) !== 0;
  if (withAck) weirdOfFlow(flows, flow, "connection_originator_SYN_ack");
  setState(table, flow, ORIGINATOR, withAck ? SYN_ACK_SENT : SYN_SENT);
  if (stateOf(table, flow, RESPONDER) === INACTIVE) endBy(flows.wheel, table, flow, ts + settings.tcpAttemptDelay);
}

function responderSyn(flows: Flows, flow: number, segment: Segment): void {
  const { table } = flows;
  const opener = stateOf(table, flow, ORIGINATOR);
  if ((segment.flags & ACK) !== 0) {
    if (opener !== INACTIVE && opener !== PARTIAL_STATE && !acknowledgesSent(table, flow, segment.acknowledgement)) {
      weirdOfFlow(flows, flow, "bad_SYN_ack");
    }
  } else if (opener === SYN_ACK_SENT) {
    // The SYN was captured after the SYN+ACK that answers it: the sender of the SYN is the originator after all.
    table.words[flow * FLOW_WORDS + FLAGS]! &= ~PARTIAL;
    turnRound(flows, flow);
    segment.turned = true;
    setState(table, flow, RESPONDER, ESTABLISHED);
    setState(table, flow, ORIGINATOR, ESTABLISHED);
    table.doubles[flow * FLOW_DOUBLES + DUE] = Infinity;
    return;
  } else weirdOfFlow(flows, flow, "simultaneous_open");
  if (opener === SYN_SENT) setState(table, flow, ORIGINATOR, ESTABLISHED);
  else if (opener === INACTIVE) weirdOfFlow(flows, flow, "unsolicited_SYN_response");
  setState(table, flow, RESPONDER, ESTABLISHED);
}

/** Whether an acknowledgement to the originator is of something it has sent. */
function acknowledgesSent(table: FlowTable, flow: number, acknowledgement: number): boolean {
  const at = flow * FLOW_WORDS + ORIGINATOR * ENDPOINT_WORDS;
  const start = table.words[at + START_SEQUENCE]!;
  return ((acknowledgement - start) >>> 0) <= ((table.words[at + LAST_SEQUENCE]! - start) >>> 0);
}

function withoutSyn(table: FlowTable, flow: number, side: Side, { flags, length }: Segment): void {
  const other = stateOf(table, flow, (1 - side) as Side);
  // Some acknowledge a SYN before they answer it.
  if (side === RESPONDER && length === 0 && other === SYN_SENT) return;
  if ((flags & ACK) !== 0 && other === ESTABLISHED) {
    // A SYN+ACK, and now its acknowledgement: only the SYN was missed.
    setState(table, flow, side, ESTABLISHED);
    table.words[flow * FLOW_WORDS + FLAGS]! &= ~PARTIAL;
  } else setState(table, flow, side, PARTIAL_STATE);
}

function fromSynSent(flows: Flows, flow: number, side: Side, segment: Segment): void {
  const { table } = flows;
  const { flags } = segment;
  const state = stateOf(table, flow, side);
  if ((flags & SYN) !== 0) {
    if (side === ORIGINATOR) {
      if ((flags & (ACK | FIN | RST)) === ACK && state !== SYN_ACK_SENT) {
        weirdOfFlow(flows, flow, "repeated_SYN_with_ack");
      }
    } else if ((flags & ACK) === 0 && state !== SYN_SENT) weirdOfFlow(flows, flow, "repeated_SYN_reply_wo_ack");
  }
  if ((flags & FIN) !== 0) {
    const other = stateOf(table, flow, (1 - side) as Side);
    if (other === INACTIVE || other === SYN_SENT) weirdOfFlow(flows, flow, "inappropriate_FIN");
    setState(table, flow, side, CLOSED);
    segment.closing = true;
  }
  if ((flags & RST) !== 0) {
    setState(table, flow, side, RESET);
    segment.closing = true;
  } else if (segment.length > 0) weirdOfFlow(flows, flow, "data_before_established");
}

function fromEstablished(flows: Flows, flow: number, side: Side, segment: Segment): void {
  const { table } = flows;
  const { flags } = segment;
  const other = (1 - side) as Side;
  if (
    (flags & (SYN | ACK)) === SYN && stateOf(table, flow, side) === PARTIAL_STATE &&
    stateOf(table, flow, other) === INACTIVE
  ) {
    weirdOfFlow(flows, flow, "SYN_after_partial");
    setState(table, flow, side, SYN_SENT);
  }
  if ((flags & (FIN | RST)) === FIN) {
    setState(table, flow, side, CLOSED);
    // A FIN and then a RST of the other side, now answered by a FIN: a normal end.
    const finThenReset = stateOf(table, flow, other) === RESET &&
      table.octets[flow * FLOW_BYTES + PREVIOUS_STATE + other] === CLOSED;
    if (finThenReset) setState(table, flow, other, CLOSED);
    segment.closing = true;
  }
  if ((flags & RST) !== 0) {
    setState(table, flow, side, RESET);
    segment.closing = true;
  }
}

function fromClosed(flows: Flows, flow: number, side: Side, segment: Segment): void {
  const { table, settings } = flows;
  const { flags } = segment;
  if ((flags & SYN) !== 0) weirdOfFlow(flows, flow, "SYN_after_close");
  if ((flags & FIN) !== 0 && segment.advance > 0) weirdOfFlow(flows, flow, "FIN_advanced_last_seq");
  if ((flags & RST) === 0 || stateOf(table, flow, (1 - side) as Side) === CLOSED) return;
  setState(table, flow, side, RESET);
  if ((table.words[flow * FLOW_WORDS + FLAGS]! & (CLOSED_BY << side)) === 0) segment.closing = true;
  endBy(flows.wheel, table, flow, segment.ts + settings.tcpResetDelay);
}

function fromReset(flows: Flows, flow: number, { flags, length }: Segment): void {
  if ((flags & SYN) !== 0) weirdOfFlow(flows, flow, "SYN_after_reset");
  if ((flags & FIN) !== 0) weirdOfFlow(flows, flow, "FIN_after_reset");
  if (length > 0 && (flags & RST) === 0) weirdOfFlow(flows, flow, "data_after_reset");
}
