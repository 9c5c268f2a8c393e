// Turning a flow round: originator and responder change places, in the record and in what analyzers see.

import type { Attached } from "./attached.ts";
import type { Flows } from "./flows.ts";
import { addFlip } from "./history.ts";
import {
  ACKNOWLEDGED_WRAPS,
  BYTES,
  CLOSED_BY,
  END_TOLD,
  ENDPOINT,
  ENDPOINT_WORDS,
  FIN_SENT,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  IP_BYTES,
  MAC_HIGH,
  MAC_LOW,
  MAC_MIDDLE,
  ORIGINATOR_IS_B,
  PACKETS,
  PREVIOUS_STATE,
  PROTOCOL,
  SEEN,
  SEQUENCE_WRAPS,
  STATE,
  ZERO_WINDOWS,
} from "./layout.ts";

const TCP = 6;
/** Flags of the originator's side; the responder's are one bit higher. */
const FLAGS_BY_SIDE = SEEN | FIN_SENT | CLOSED_BY | END_TOLD;

function swap(array: Uint32Array | Float64Array | Uint8Array, a: number, b: number): void {
  const value = array[a]!;
  array[a] = array[b]!;
  array[b] = value;
}

/** Swaps both ends of a flow, with everything that was counted for them. */
export function turnRound(flows: Flows, flow: number): void {
  const attached = flows.table.attached[flow];
  if (attached !== undefined) turnView(attached);
  turnRecord(flows, flow);
}

function turnRecord(flows: Flows, flow: number): void {
  const { table } = flows;
  const { words, doubles, octets } = table;
  const word = flow * FLOW_WORDS;
  const double = flow * FLOW_DOUBLES;
  const octet = flow * FLOW_BYTES;
  swap(words, word + PACKETS, word + PACKETS + 1);
  swap(doubles, double + IP_BYTES, double + IP_BYTES + 1);
  let flags = words[word + FLAGS]!;
  // Zeek leaves the payload of UDP with the side that it was first counted for, and so must we to agree with it.
  if (octets[octet + PROTOCOL] === TCP) {
    swap(doubles, double + BYTES, double + BYTES + 1);
    for (let i = 0; i < ENDPOINT_WORDS; i++) swap(words, word + ENDPOINT + i, word + ENDPOINT + ENDPOINT_WORDS + i);
    for (const pair of [STATE, PREVIOUS_STATE, SEQUENCE_WRAPS, ACKNOWLEDGED_WRAPS, ZERO_WINDOWS]) {
      swap(octets, octet + pair, octet + pair + 1);
    }
    const orig = flags & FLAGS_BY_SIDE;
    const resp = (flags >>> 1) & FLAGS_BY_SIDE;
    flags = (flags & ~(FLAGS_BY_SIDE | (FLAGS_BY_SIDE << 1))) | resp | (orig << 1);
  }
  words[word + FLAGS] = flags ^ ORIGINATOR_IS_B;
  swapMacs(words, word);
  addFlip(table, flow);
  const attached = table.attached[flow];
  if (attached === undefined) return;
  [attached.blocksOfOrig, attached.blocksOfResp] = [attached.blocksOfResp, attached.blocksOfOrig];
  for (const pair of attached.rare === undefined ? [] : [attached.rare.gaps, attached.rare.zeroWindows]) pair.reverse();
}

function swapMacs(words: Uint32Array, at: number): void {
  const high = words[at + MAC_HIGH]!;
  const middle = words[at + MAC_MIDDLE]!;
  const low = words[at + MAC_LOW]!;
  words[at + MAC_HIGH] = (middle << 16) | (low >>> 16);
  words[at + MAC_MIDDLE] = (low << 16) | (high >>> 16);
  words[at + MAC_LOW] = (high << 16) | (middle >>> 16);
}

/** Turns what analyzers see round at once; the record follows with `finishFlip`, when the packet is done. */
export function startFlip(attached: Attached): void {
  attached.flipped = !attached.flipped;
  turnView(attached);
}

function turnView({ view }: Attached): void {
  if (view === undefined) return;
  [view.orig_h, view.resp_h] = [view.resp_h, view.orig_h];
  [view.orig_p, view.resp_p] = [view.resp_p, view.orig_p];
  [view.orig_l2_addr, view.resp_l2_addr] = [view.resp_l2_addr, view.orig_l2_addr];
}

/** Turns the record of a flow round that an analyzer has asked to. */
export function finishFlip(flows: Flows, attached: Attached): void {
  attached.flipped = false;
  turnRecord(flows, attached.flow);
}
