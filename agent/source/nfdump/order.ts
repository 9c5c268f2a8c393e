// Puts flows into the order of their ends. nfcapd writes them as exporters tell them, some minutes out of order, and what
// nfdump has aggregated or sorted is in any order at all; but what belongs together has to come together, and stream time
// goes forward only.

import type { NfFlow } from "./flow.ts";

/** Flows that wait for their place; with more, the earliest is handed on. Own choice: some 40 MB. */
const MAXIMUM_WAITING = 100_000;

interface Place {
  readonly flow: NfFlow;
  /** Among equals the one that came first goes first. */
  readonly number: number;
}

export interface FlowOrder {
  take(flow: NfFlow): void;
  /** The input is over: all that wait are handed on. */
  end(): void;
}

/** Hands flows on to `onFlow`, those that end first before the others, as far as `room` flows allow. */
export function createFlowOrder(onFlow: (flow: NfFlow) => void, room = MAXIMUM_WAITING): FlowOrder {
  /** A binary heap: the earliest at 0, the children of `n` at `2n + 1` and `2n + 2`. */
  const heap: Place[] = [];
  let taken = 0;

  function release(): void {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) sink(heap, last);
    onFlow(first.flow);
  }

  return {
    take(flow) {
      rise(heap, { flow, number: taken++ });
      if (heap.length > room) release();
    },
    end() {
      while (heap.length > 0) release();
    },
  };
}

function isBefore(one: Place, other: Place): boolean {
  const difference = one.flow.last - other.flow.last || one.flow.first - other.flow.first;
  return difference === 0 ? one.number < other.number : difference < 0;
}

function rise(heap: Place[], place: Place): void {
  let at = heap.push(place) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(place, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = place;
}

function sink(heap: Place[], place: Place): void {
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, place)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = place;
}
