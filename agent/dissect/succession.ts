// The dissectors of a wire, one after the other: when the clock is set back, the old one comes to its end and a new one
// begins. All that a dissector remembers has a time, and with the old times none of it would ever be forgotten.

import { addUp } from "./add-up.ts";
import { createDissector, type Dissector, type DissectorCounters, type DissectorOptions } from "./dissector.ts";

export interface Succession {
  /** The one at work. */
  readonly current: Dissector;
  /** Ends the one at work, whose records come out with this, and begins another. */
  next(): void;
  /** What all of them have counted. */
  counters(): DissectorCounters;
}

export function createSuccession(options: DissectorOptions): Succession {
  let current = createDissector(options);
  let before: DissectorCounters | undefined;

  function counters(): DissectorCounters {
    const now = current.counters();
    if (before === undefined) return now;
    const { flows_peak, flow_table_bytes } = now;
    // What is in use at one time does not add up over several.
    return { ...addUp(before, now), flows_peak: Math.max(before.flows_peak, flows_peak), flow_table_bytes };
  }

  return {
    get current() {
      return current;
    },
    next() {
      current.finish();
      const unseen = current.leaks();
      if (unseen !== undefined) options.leaks?.(unseen);
      before = counters();
      current = createDissector(options);
    },
    counters,
  };
}
