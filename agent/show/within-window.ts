// Where a time window lies, so that its records are found by their times, for which there is an index.

import { windowEnd, windowStart } from "../profile/window.ts";
import type { Selection, StoredRun } from "../store/store.ts";

/** The selection, narrowed to the times that its window has in these runs; as it is where one of them does not say. */
export function withinWindow(selection: Selection, runs: readonly StoredRun[]): Selection {
  const { window, from = -Infinity, to = Infinity } = selection;
  if (window === undefined || runs.some(({ origin }) => !Number.isFinite(origin))) return selection;
  const clocks = runs.map(({ origin, windowWidth }) => ({ origin, width: windowWidth }));
  // With one window over everything there are also records from before the origin.
  const starts = clocks.map((clock) => clock.width === Infinity ? -Infinity : windowStart(clock, window));
  const ends = clocks.map((clock) => windowEnd(clock, window));
  return { ...selection, from: Math.max(from, Math.min(...starts)), to: Math.min(to, Math.max(...ends)) };
}
