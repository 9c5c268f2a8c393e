// What is too old is so by the time of the traffic, and the traffic of one store may be of different times: a sensor writes
// what happens now, and somebody reads a capture of years ago into the same store. That must not be forgotten at once.

import type { StoredRun, StoredSensor } from "./store.ts";

/** Seconds that traffic may be older than the run that reads it and still be of its own time. Own choice. */
const OF_ITS_TIME = 86_400;

/**
 * The time from which on ages are counted at the latest: where the oldest traffic begins that was read within so many
 * seconds of the clock, by `own` or by other runs; Infinity where none was.
 */
export function countedFrom(
  own: string,
  runs: readonly StoredRun[],
  sensors: readonly StoredSensor[],
  seconds: number,
  now: number,
): number {
  const heard = new Map(sensors.map(({ run, last }) => [run, last]));
  const isLate = ({ id, ended, began }: StoredRun): boolean =>
    id === own || now - (ended ?? heard.get(id) ?? began) < seconds;
  return runs.filter(({ origin, began }) => origin < began - OF_ITS_TIME).filter(isLate)
    .reduce((earliest, { origin }) => Math.min(earliest, origin), Infinity);
}
