/**
 * Whether a connection came to be: the one question that detectors ask of the many words that Zeek, Suricata and Argus
 * have for the state of a connection.
 */

import type { RecordOf } from "./schema.ts";

/**
 * Zeek's `conn_state` (https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html). OTH is traffic seen
 * from the middle on: there was a connection. RSTR is not here: a responder's reset refuses some and ends others.
 */
const ZEEK_STATES: ReadonlyMap<string, boolean> = new Map([
  ["S1", true],
  ["SF", true],
  ["S2", true],
  ["S3", true],
  ["RSTO", true],
  ["RSTP", true],
  ["OTH", true],
  ["S0", false],
  ["REJ", false],
  ["RSTOS0", false],
  ["RSTRH", false],
  ["SH", false],
  ["SHR", false],
]);

/** Packets of both sides up to which a reset or FIN means that nothing but a refusal was exchanged. */
const PACKETS_OF_A_REFUSAL = 3;

/** Argus' words for a whole flow (ra(1)): connected, established, ICMP echo, unknown. */
const ARGUS_ESTABLISHED = ["ECO", "UNK", "CON", "EST"];

/** Whether a state stands for an established connection; `packets` of both sides decide where a reset may be either. */
export function isEstablishedState(state: string, packets: number): boolean {
  const zeek = ZEEK_STATES.get(state);
  if (zeek !== undefined) return zeek;
  // Suricata's flow states: new, established, closed, bypassed.
  if (state.includes("new") || state.includes("established")) return true;
  if (state.includes("closed")) return false;
  const underscore = state.indexOf("_");
  if (underscore >= 0) return bothSidesSpoke(state.slice(0, underscore), state.slice(underscore + 1));
  if (ARGUS_ESTABLISHED.some((word) => state.includes(word))) return true;
  return (state.includes("RST") || state.includes("FIN")) && packets > PACKETS_OF_A_REFUSAL;
}

/** Argus' TCP states are the flags that each side sent, as in "FSPA_FSPA": both said SYN and ACK, or both sent data. */
function bothSidesSpoke(source: string, destination: string): boolean {
  const handshake = (flags: string) => flags.includes("S") && flags.includes("A");
  return handshake(source) && handshake(destination) || source.includes("PA") && destination.includes("PA");
}

/** Whether the connection of a record came to be. */
export function isEstablished(record: RecordOf<"conn">): boolean {
  return ZEEK_STATES.get(record.conn_state) ??
    isEstablishedState(record.conn_state, (record.orig_pkts ?? 0) + (record.resp_pkts ?? 0));
}

/**
 * Whether only the answer to a connection was seen and never its first packet (Zeek's SHR and RSTRH; flows of one direction
 * that hold a refusal): whoever is named as the originator has not been seen to try anything.
 */
export function isAnswerOnly({ conn_state }: Pick<RecordOf<"conn">, "conn_state">): boolean {
  return conn_state === "SHR" || conn_state === "RSTRH";
}
