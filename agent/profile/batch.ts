// Batches: the stretch of the stream that travels from the router to the detector workers at once. All workers get the
// same serials with the same clocks; each gets all facts and the records of its own profiles.

import type { AnyRecord } from "../record/schema.ts";
import type { Fact } from "./facts.ts";

/** One thing of the stream, in stream order. */
export interface Step {
  /** Stream time at this place, Unix seconds: the newest time seen so far. */
  clock: number;
  /** Place in the stream: twice the record's ordinal, plus one for the judgement of the responder. */
  position: number;
  fact?: Fact;
  record?: AnyRecord;
  /** With a record: whose behaviour is judged by it. */
  profile?: string;
  role?: "client" | "server";
}

export interface Batch {
  /** 1, 2, 3, …, the same for all workers. */
  serial: number;
  /** Unix seconds of the first record of the run. */
  origin: number;
  /** Stream time at the end of the batch. */
  clock: number;
  steps: Step[];
  /** True for the last batch of the run: timers still waiting are called and all windows closed. */
  last: boolean;
}
