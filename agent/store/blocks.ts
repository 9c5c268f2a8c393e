// Records stand in the store in blocks: those of one host and one kind that were written together and lie within an hour.
// What finds a record then costs once for many, and reading what a host did lately means reading few values.

import { type AnyRecord, type Kind, KINDS } from "../record/schema.ts";
import type { NewRecord } from "./store.ts";

/** Records of one host and one kind. */
export interface RecordBlock {
  readonly kind: Kind;
  /** Whose behaviour they show; undefined when nobody's. */
  readonly profile: string | undefined;
  readonly window: number;
  /** The oldest and the newest time in it. */
  first: number;
  last: number;
  /** Places in the stream, and the records at them. */
  readonly ordinals: number[];
  readonly records: AnyRecord[];
}

/**
 * A block lies in one such span of Unix time, so that it is known where its records can be. Own choice: much shorter, and
 * reading an old capture would make blocks of single records; much longer, and whoever looks for a time reads too many.
 */
export const BLOCK_SECONDS = 3600;
/** Own choice: a block is about 100 kB at most, so that reading one for a single record takes a millisecond. */
const RECORDS_PER_BLOCK = 256;

const KIND_NUMBERS = new Map(KINDS.map((kind, at) => [kind as Kind, at]));

/** Gathers records into blocks, in the order in which the blocks begin. */
export function blocksOf(records: readonly NewRecord[]): RecordBlock[] {
  const blocks: RecordBlock[] = [];
  const open = new Map<string | undefined, Map<number, RecordBlock>>();
  for (const { ordinal, profile, window, record } of records) {
    let ofHost = open.get(profile);
    if (ofHost === undefined) open.set(profile, ofHost = new Map());
    const place = Math.floor(record.ts / BLOCK_SECONDS) * KINDS.length + KIND_NUMBERS.get(record.kind)!;
    let block = ofHost.get(place);
    if (block === undefined || block.window !== window || block.records.length >= RECORDS_PER_BLOCK) {
      block = { kind: record.kind, profile, window, first: record.ts, last: record.ts, ordinals: [], records: [] };
      ofHost.set(place, block);
      blocks.push(block);
    }
    if (record.ts < block.first) block.first = record.ts;
    if (record.ts > block.last) block.last = record.ts;
    block.ordinals.push(ordinal);
    block.records.push(record);
  }
  return blocks;
}

/** What a record is found by besides its host, kind and time. */
export function uidOf(record: AnyRecord): string | undefined {
  return "uid" in record ? record.uid : undefined;
}

/** The end of the span in which a time lies: no block with it has a newer one. */
export function spanEnd(ts: number): number {
  return (Math.floor(ts / BLOCK_SECONDS) + 1) * BLOCK_SECONDS;
}
