// The state of each TCP endpoint as Zeek follows it, and what a connection is called in the end
// (https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html, `conn_state`).

import { ORIGINATOR, RESPONDER } from "./layout.ts";

export const INACTIVE = 0;
export const SYN_SENT = 1;
export const SYN_ACK_SENT = 2;
/** Packets without a SYN before them. */
export const PARTIAL_STATE = 3;
export const ESTABLISHED = 4;
export const CLOSED = 5;
export const RESET = 6;

/** Whether the endpoint has not got beyond the handshake. */
export function isHandshake(state: number): boolean {
  return state <= SYN_ACK_SENT;
}

/** What `conn_state` depends on; pairs are originator, responder. */
export interface FinalState {
  readonly states: readonly [number, number];
  readonly sizes: readonly [number, number];
  readonly history: string;
}

/** The `conn_state` of a TCP connection. */
export function tcpConnState({ states, sizes, history }: FinalState): string {
  const orig = states[ORIGINATOR];
  const resp = states[RESPONDER];
  const origSilent = orig === INACTIVE || orig === PARTIAL_STATE;
  const respSilent = resp === INACTIVE || resp === PARTIAL_STATE;
  if (resp === RESET) {
    if (orig === SYN_SENT || orig === SYN_ACK_SENT) return "REJ";
    if (orig === RESET && sizes[ORIGINATOR] === 0 && sizes[RESPONDER] === 0) return "REJ";
    return origSilent ? "RSTRH" : "RSTR";
  }
  if (orig === RESET) {
    if (!respSilent) return "RSTO";
    return synThenReset(history) ? "RSTOS0" : "OTH";
  }
  if (orig === CLOSED) {
    if (resp === CLOSED) return "SF";
    return respSilent ? "SH" : "S2";
  }
  if (resp === CLOSED) return origSilent ? "SHR" : "S3";
  if (orig === SYN_SENT && resp === INACTIVE) return "S0";
  return orig === ESTABLISHED && resp === ESTABLISHED ? "S1" : "OTH";
}

/** A SYN, then a RST, and nothing of the originator between them that is a step of a connection. */
function synThenReset(history: string): boolean {
  const syn = history.startsWith("^") ? 1 : 0;
  if (history[syn] !== "S") return false;
  const reset = history.indexOf("R", syn);
  if (reset < 0) return false;
  for (let i = syn + 1; i < reset; i++) if ("HAFGIQ".includes(history[i]!)) return false;
  return true;
}
