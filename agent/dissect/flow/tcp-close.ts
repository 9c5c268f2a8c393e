// The end of a TCP connection: when a side counts as closed, when both do, and how long the flow is then kept.

import { tellEnd } from "./content.ts";
import type { Flows } from "./flows.ts";
import {
  CLOSE_DEFERRED,
  CLOSED_BY,
  END_TOLD,
  FIN_SENT,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  LAST,
  PREVIOUS_STATE,
  type Side,
  STATE,
} from "./layout.ts";
import { isPending } from "./reassembly.ts";
import { CLOSED, INACTIVE, RESET } from "./tcp-state.ts";
import { endAt } from "./timers.ts";

/** Both sides are closed: packets no longer count for the duration. */
export const BOTH_CLOSED = CLOSED_BY | (CLOSED_BY << 1);

/** Tells the analyzers that a side has ended, once it has and all its bytes are delivered. */
export function checkEnd(flows: Flows, flow: number, side: Side): void {
  const { words, octets } = flows.table;
  const at = flow * FLOW_WORDS + FLAGS;
  if ((words[at]! & (END_TOLD << side)) !== 0) return;
  const state = octets[flow * FLOW_BYTES + STATE + side];
  const ended = (words[at]! & (FIN_SENT << side)) !== 0 || state === CLOSED || state === RESET;
  if (!ended || isPending(flows.table, flow, side)) return;
  words[at]! |= END_TOLD << side;
  tellEnd(flows, flow, side);
  if ((words[at]! & CLOSE_DEFERRED) === 0) return;
  closeSide(flows, flow, side);
  words[at]! &= ~CLOSE_DEFERRED;
}

/** A side has sent its FIN or RST: it is closed as soon as nothing of it is on the way any more. */
export function closeSide(flows: Flows, flow: number, side: Side): void {
  const { table, settings } = flows;
  const { words, octets } = table;
  const at = flow * FLOW_WORDS + FLAGS;
  if (isPending(table, flow, side)) {
    words[at]! |= CLOSE_DEFERRED;
    return;
  }
  words[at]! &= ~CLOSE_DEFERRED;
  if ((words[at]! & (CLOSED_BY << side)) !== 0) return;
  words[at]! |= CLOSED_BY << side;
  const state = flow * FLOW_BYTES + STATE;
  const other = 1 - side;
  const last = table.doubles[flow * FLOW_DOUBLES + LAST]!;
  const complete = octets[state + side] === RESET || (words[at]! & (CLOSED_BY << other)) !== 0 ||
    octets[state + other] === INACTIVE;
  if (complete) endAt(flows.wheel, table, flow, last + settings.tcpCloseDelay);
  else if (octets[flow * FLOW_BYTES + PREVIOUS_STATE + side] === INACTIVE) {
    endAt(flows.wheel, table, flow, last + settings.tcpPartialCloseDelay);
  }
}
