// From flows, in whatever order they come, to connections: first in order, then both directions and all pieces together.

import type { InputCounters, RecordHandler } from "../record-reader.ts";
import type { NfFlow } from "./flow.ts";
import { createFlowOrder } from "./order.ts";
import { createFlowPairs } from "./pairs.ts";

export interface Connections {
  take(flow: NfFlow): void;
  /** The input is over: what waits is handed on. */
  end(): void;
}

/** Hands connections on to `onRecord`, and counts them. */
export function createConnections(onRecord: RecordHandler, counters: InputCounters): Connections {
  const pairs = createFlowPairs((record, writtenAt) => {
    counters.records++;
    onRecord(record, writtenAt);
  });
  const order = createFlowOrder(pairs.take);
  return {
    take: order.take,
    end() {
      order.end();
      pairs.end();
    },
  };
}
