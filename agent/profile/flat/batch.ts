// How a batch travels from the dissector to a detector worker: flat. As objects, or as JSON, the names of the fields would
// be written and read for every record, which costs both threads several times as much as what is in them.
//
// A message is complete in itself, so that it can be sent again to a worker that takes over.

import { KINDS } from "../../record/schema.ts";
import type { Batch, Step } from "../batch.ts";
import { putFact, takeFact } from "./facts.ts";
import {
  createFlatReader,
  createFlatWriter,
  type FlatLists,
  type FlatWriter,
  putDouble,
  putTerm,
  putWord,
  takeDouble,
  takeLists,
  takeTerm,
  takeWord,
} from "./lists.ts";
import { KIND_NUMBERS, putRecord, takeRecord } from "./records.ts";

/** A batch, flat. Plain data for `postMessage`. */
export interface BatchMessage extends FlatLists {
  serial: number;
  origin: number;
  clock: number;
  last: boolean;
  steps: number;
}

/** Number in place of a record's kind. */
const FACT = KINDS.length;

// The first word of a step: the kind of its record, and these.
const KIND_MASK = 0xff;
const SERVER = 1 << 8;
/** The clock stands still since the step before. */
const SAME_CLOCK = 1 << 9;

/** Writes batches, step by step. */
export interface BatchWriter {
  readonly to: FlatWriter;
  /** Steps since the last message. */
  steps: number;
  clock: number;
}

export function createBatchWriter(): BatchWriter {
  return { to: createFlatWriter(), steps: 0, clock: NaN };
}

/** Adds a step to the batch. Nothing of it is kept, so that a record is gone as soon as it was written. */
export function writeStep(writer: BatchWriter, { clock, position, record, fact, profile, role }: Step): void {
  const { to } = writer;
  const same = clock === writer.clock ? SAME_CLOCK : 0;
  if (record !== undefined) putWord(to, KIND_NUMBERS[record.kind] | same | (role === "server" ? SERVER : 0));
  else putWord(to, FACT | same);
  if (same === 0) putDouble(to, writer.clock = clock);
  putDouble(to, position);
  if (record !== undefined) {
    putTerm(to, profile);
    putRecord(to, record);
  } else putFact(to, fact!);
  writer.steps++;
}

/** Takes the batch away as a message; the next one begins. */
export function takeBatch(writer: BatchWriter, batch: Omit<Batch, "steps">): BatchMessage {
  const message = { ...batch, steps: writer.steps, ...takeLists(writer.to) };
  writer.steps = 0;
  writer.clock = NaN;
  return message;
}

/** Makes a message a batch again. */
export function readBatch(message: BatchMessage): Batch {
  const { serial, origin, clock, last } = message;
  const from = createFlatReader(message);
  const steps: Step[] = [];
  let clockBefore = NaN;
  for (let left = message.steps; left > 0; left--) {
    const head = takeWord(from);
    if ((head & SAME_CLOCK) === 0) clockBefore = takeDouble(from);
    const position = takeDouble(from);
    const kind = KINDS[head & KIND_MASK];
    if (kind === undefined) steps.push({ clock: clockBefore, position, fact: takeFact(from) });
    else {
      const profile = takeTerm(from)!;
      const role = (head & SERVER) !== 0 ? "server" : "client";
      steps.push({ clock: clockBefore, position, record: takeRecord(from, kind), profile, role });
    }
  }
  return { serial, origin, clock, steps, last };
}
