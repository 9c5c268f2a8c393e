// Matches the answers of one flow to its questions by their id, as Zeek does: the oldest waiting one with the same id.
// What never meets its other half is logged as it is, at the latest when the flow ends.

import type { RecordOf } from "../../analyzer.ts";

/** Ids, and messages of one id, that wait for their other half; more are logged unmatched (as Zeek's max_pending_…). */
const MAXIMUM_IDS = 50;
const MAXIMUM_MESSAGES_PER_ID = 50;

export type DnsRecord = RecordOf<"dns">;

/** Messages waiting for their other half, by id, oldest first. */
type Waiting = Map<number, DnsRecord[]>;

export interface Exchange {
  readonly queries: Waiting;
  readonly replies: Waiting;
}

export function newExchange(): Exchange {
  return { queries: new Map(), replies: new Map() };
}

/** Takes the record of the oldest waiting message with this id, if there is one. */
export function take(waiting: Waiting, id: number): DnsRecord | undefined {
  const records = waiting.get(id);
  if (records === undefined) return undefined;
  if (records.length === 1) waiting.delete(id);
  return records.shift();
}

/** Lets a record wait; those that it crowds out go to `emit`. */
export function wait(waiting: Waiting, id: number, record: DnsRecord, emit: (record: DnsRecord) => void): void {
  const records = waiting.get(id);
  if (records !== undefined && records.length <= MAXIMUM_MESSAGES_PER_ID) {
    records.push(record);
    return;
  }
  if (records !== undefined) records.forEach(emit);
  else if (waiting.size > MAXIMUM_IDS) flush(waiting, emit);
  waiting.set(id, [record]);
}

/** Hands on everything that waits. */
export function flush(waiting: Waiting, emit: (record: DnsRecord) => void): void {
  for (const records of waiting.values()) records.forEach(emit);
  waiting.clear();
}
