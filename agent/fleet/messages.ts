// What main and the thread that speaks to the fleet's Redis say to each other: in a sensor, and where others judge.

import type { Control, StartDetectors } from "../../detectors/messages.ts";
import type { Fact } from "../profile/facts.ts";
import type { RedisPlace } from "../store/place.ts";
import type { RunCard } from "./run.ts";

/** Main to the thread of a sensor. */
export type ToSensor =
  | { say: "open"; place: RedisPlace }
  /** Comes with the dissector's port; `replays`: what an earlier life of the run has left comes first. */
  | { say: "start"; card: RunCard; start: Omit<StartDetectors, "pulse">; keep: Keep; replays: boolean }
  /** What comes from now on comes for the first time. */
  | { say: "live" }
  | { say: "control"; control: Control }
  /** What the traffic has taught so far. */
  | { say: "facts"; facts: readonly Fact[] }
  /** The run is over: nothing of it is left in Redis. */
  | { say: "close" };

/** What is kept in Redis of what was judged already, for those who take over. */
export interface Keep {
  /** Bytes of batches. */
  readonly bytes: number;
  /** Seconds of stream time; Infinity: all. */
  readonly seconds: number;
  /** The run does not wait for those who judge: batches beyond that are given up. */
  readonly givesUp: boolean;
}

/** A batch of a partition was judged; `text` is a `BatchJudged` as JSON. */
export interface ToldBySensor {
  readonly partition: number;
  readonly text: string;
}

export type FromSensor =
  | { say: "opened"; problem: string | undefined }
  | { say: "judged"; told: readonly ToldBySensor[] }
  /** So many batches of partitions were given up. */
  | { say: "givenUp"; batches: number }
  | { say: "hung"; partition: number; detector: string }
  | { say: "facts" }
  | { say: "warning"; sentence: string }
  /** The run cannot go on. */
  | { say: "failed"; sentence: string }
  | { say: "closed" };

/** Main to the thread that judges for a fleet; `open` comes with a port to each judging thread. */
export type ToDetect =
  | { say: "open"; place: RedisPlace; name: string; judges: number; detectors: readonly string[] }
  /** A detector hung in a judging thread, which was replaced; comes with the port to the new one. */
  | { say: "replaced"; judge: number; partition: number; detector: number }
  | { say: "close" };

export type FromDetect =
  | { say: "opened"; problem: string | undefined }
  /** Something an operator wants to know. */
  | { say: "note"; sentence: string }
  | { say: "warning"; sentence: string }
  /** How long detectors may take in a judging thread, milliseconds. */
  | { say: "patience"; judge: number; milliseconds: number }
  /** Runs that go on. */
  | { say: "runs"; count: number }
  | { say: "closed" };
