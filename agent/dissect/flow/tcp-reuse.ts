// Whether a SYN on the ports of a known connection opens a new one, as Zeek decides it.

import type { Flows } from "./flows.ts";
import {
  ENDPOINT_WORDS,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  LAST,
  ORIGINATOR,
  RESPONDER,
  START_SEQUENCE,
  STATE,
} from "./layout.ts";
import { BOTH_CLOSED } from "./tcp-close.ts";
import { ACK } from "./tcp-segment.ts";
import { INACTIVE, RESET, SYN_ACK_SENT, SYN_SENT } from "./tcp-state.ts";
import { weirdOfFlow } from "./weird.ts";

/** Seconds after a close within which the same ports again are premature: Zeek's tcp_connection_linger. */
const LINGER = 5;

/** Whether a segment with SYN, `flags` and `sequence` starts another connection than the flow. */
export function isReused(flows: Flows, flow: number, flags: number, sequence: number): boolean {
  const { words, octets, doubles } = flows.table;
  const orig = octets[flow * FLOW_BYTES + STATE]!;
  const resp = octets[flow * FLOW_BYTES + STATE + RESPONDER]!;
  const withAck = (flags & ACK) !== 0;
  // A SYN+ACK only where nothing of the originator was seen.
  if (withAck && orig !== INACTIVE) return false;
  const opener = withAck ? RESPONDER : ORIGINATOR;
  const at = flow * FLOW_WORDS;
  const reset = orig === RESET || resp === RESET;
  if ((words[at + FLAGS]! & BOTH_CLOSED) === 0) {
    if (sequence === words[at + opener * ENDPOINT_WORDS + START_SEQUENCE]) return false;
    const captureSwapped = !withAck && orig === SYN_ACK_SENT && resp === INACTIVE &&
      sequence === words[at + RESPONDER * ENDPOINT_WORDS + START_SEQUENCE];
    if (captureSwapped) return false;
    const seen = octets[flow * FLOW_BYTES + STATE + opener];
    weirdOfFlow(flows, flow, seen === SYN_SENT ? "SYN_seq_jump" : "active_connection_reuse");
  } else if (!reset && (words[at + FLAGS]! & BOTH_CLOSED) !== BOTH_CLOSED) {
    weirdOfFlow(flows, flow, "active_connection_reuse");
  } else if (!reset && flows.now - doubles[flow * FLOW_DOUBLES + LAST]! < LINGER) {
    weirdOfFlow(flows, flow, "premature_connection_reuse");
  }
  return true;
}
