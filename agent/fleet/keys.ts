// The keys of a fleet in Redis (docs/fleet.md describes them). All of a run expire unless its sensor keeps them.

import type { RedisPlace } from "../store/place.ts";
import type { BlobKeys } from "../store/redis/blob.ts";

/** Milliseconds that what a run keeps in Redis outlives its sensor's last sign of life: time for a way that is broken. */
export const RUN_MILLISECONDS = 600_000;

/** Keys that all sensors and detects share. */
export interface FleetKeys {
  /** Set of the ids of runs. */
  readonly runs: string;
  /** Sorted set of those who judge, by the time until which they are taken to be there; and hash of who they are. */
  readonly judges: string;
  readonly judgesKnown: string;
  /** What is looked up by all, by its signature. */
  readonly images: BlobKeys;
  run(id: string): RunKeys;
}

/** Keys of one run. */
export interface RunKeys {
  /** The run's card; while it is there, the run goes on. */
  readonly card: string;
  /** How judging begins where the streams begin. */
  readonly state: string;
  /** Stream of what the batches teach all partitions, and stream of the batches of one; ids are serials. */
  readonly facts: string;
  batches(partition: number): string;
  /** Stream of what was judged. */
  readonly judged: string;
  /** Hashes by partition: the last batch that was judged, who judges until when, and detectors that hung. */
  readonly serials: string;
  readonly leases: string;
  readonly hung: string;
}

export function fleetKeys({ prefix }: Pick<RedisPlace, "prefix">): FleetKeys {
  const fleet = `${prefix}fleet:`;
  return {
    runs: `${fleet}runs`,
    judges: `${fleet}judges`,
    judgesKnown: `${fleet}judges:known`,
    images: {
      blob: (signature) => `${fleet}image:${signature}`,
      chunk: (signature, chunk) => `${fleet}image:${signature}:${chunk}`,
    },
    run(id) {
      const run = `${fleet}run:${id}`;
      return {
        card: run,
        state: `${run}:state`,
        facts: `${run}:facts`,
        batches: (partition) => `${run}:batches:${partition}`,
        judged: `${run}:judged`,
        serials: `${run}:serials`,
        leases: `${run}:leases`,
        hung: `${run}:hung`,
      };
    },
  };
}

/** The streams in which a run's batches are: facts first, then the partitions. */
export function streamsOfRun(keys: RunKeys, partitions: number): string[] {
  return [keys.facts, ...Array.from({ length: partitions }, (_, partition) => keys.batches(partition))];
}

/** All keys of a run. */
export function keysOfRun(keys: RunKeys, partitions: number): string[] {
  const streams = streamsOfRun(keys, partitions);
  return [keys.card, keys.state, ...streams, keys.judged, keys.serials, keys.leases, keys.hung];
}
