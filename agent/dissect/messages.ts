// What the main thread and the dissector say to each other. Plain data.

import type { Fact } from "../profile/facts.ts";
import type { RouterOptions } from "../profile/router.ts";
import type { AnyRecord } from "../record/schema.ts";
import type { CaptureEnd } from "../source/capture.ts";
import type { DissectorCounters, DissectorSettings } from "./dissector.ts";

/** Main to the dissector. `start` comes with one port per detector worker. */
export type ToDissector =
  | { say: "start"; settings: DissectorSettings; router: RouterOptions; keepRecords: boolean }
  /** Bytes of the capture: `buffer[start..end)`; the room before `start` is the dissector's to use. */
  | { say: "bytes"; buffer: ArrayBuffer; start: number; end: number }
  | { say: "end" }
  /** A detector worker was replaced; comes with the new port. Batches it has not judged are sent again. */
  | { say: "replaced"; worker: number }
  /** What the traffic has taught so far is wanted, for a worker that takes over. */
  | { say: "facts" };

/** The dissector to main. */
export type FromDissector =
  | { say: "spent"; buffer: ArrayBuffer }
  /** A batch was sent to the workers. */
  | { say: "batch"; serial: number; clock: number; packets: number; bytes: number; records: AnyRecord[] }
  | { say: "facts"; facts: Fact[] }
  | { say: "done"; batches: number; counters: DissectorReport };

/** What the dissector counted over the whole input. */
export interface DissectorReport {
  dissector: DissectorCounters;
  router: { records: Record<string, number>; profiles: number; profiles_forgotten: number; facts: number };
  /** How the capture ended. */
  end: CaptureEnd;
  /** Packet times of the first and last packet, Unix seconds; NaN without packets. */
  first: number;
  last: number;
}
