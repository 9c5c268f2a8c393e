// What happens in a conversation, step by step, and what may happen to the segments on their way.

import type { Data } from "../source.ts";

/** Which end acts. */
export type Side = "client" | "server";

/** What may happen to the segments of one sending; numbers count the segments from 0. */
export interface Accidents {
  /** Arrived and acknowledged, but missing from the capture. */
  uncaptured?: readonly number[];
  /** Seen twice, the second time after a retransmission timeout. */
  repeated?: readonly number[];
  /** Lost on the way, sent again behind all the others. */
  late?: readonly number[];
  /** Overtaken by the next segment. */
  swapped?: readonly number[];
}

/** One thing that happens in a connection. */
export type Step =
  | { readonly from: Side; readonly data: Data; readonly accidents?: Accidents }
  | { readonly pause: number };

/** The client sends `data`; a number stands for that many bytes that look encrypted. */
export function fromClient(data: Data, accidents: Accidents = {}): Step {
  return { from: "client", data, accidents };
}

/** The server sends `data`; a number stands for that many bytes that look encrypted. */
export function fromServer(data: Data, accidents: Accidents = {}): Step {
  return { from: "server", data, accidents };
}

/** Nothing happens for so many seconds. */
export function pause(seconds: number): Step {
  return { pause: seconds };
}

/** Seconds before an unacknowledged segment is sent again (Linux's minimum). */
const RETRANSMISSION_TIMEOUT = 0.2;
/** Seconds between segments sent again. */
const SPACING_OF_RETRANSMISSIONS = 0.00005;

/** When each segment of a sending arrives, in that order, after the accidents. */
export function arrivalsOf(
  count: number,
  accidents: Accidents,
  seconds: (index: number) => number,
  start: number,
): { index: number; at: number; captured: boolean }[] {
  const times: number[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    times.push(at);
    at += seconds(i);
  }
  for (const i of accidents.swapped ?? []) {
    const next = times[i + 1];
    if (next === undefined) throw new Error(`segment ${i} cannot be overtaken: it is the last of ${count}`);
    times[i + 1] = times[i]!;
    times[i] = next;
  }
  for (const i of accidents.late ?? []) times[i] = at + RETRANSMISSION_TIMEOUT + i * SPACING_OF_RETRANSMISSIONS;
  const arrivals = times.map((at, index) => ({ index, at, captured: !accidents.uncaptured?.includes(index) }));
  for (const i of accidents.repeated ?? []) {
    arrivals.push({ index: i, at: times[i]! + RETRANSMISSION_TIMEOUT, captured: true });
  }
  return arrivals.sort((a, b) => a.at - b.at);
}
