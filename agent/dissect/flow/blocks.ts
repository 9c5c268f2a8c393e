// Letting go of bytes out of order; by those who deliver them and those who end the flow.

import type { Blocks } from "./attached.ts";
import type { FlowCounters } from "./counters.ts";

/** Lets go of what is waiting. */
export function releaseBlocks(counters: FlowCounters, { list, bytes }: Blocks): void {
  counters.reassemblyBytes -= bytes;
  for (const block of list) counters.bytesNeverInOrder += block.bytes?.length ?? 0;
}
