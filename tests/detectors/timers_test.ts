// The queue of timers: always the earliest first, equals in the order of their places in the stream.

import assert from "node:assert/strict";
import fc from "fast-check";
import { createTimerQueue, type Timer } from "../../detectors/timers.ts";

function timer(due: number, position: number, sequence: number): Timer {
  return { due, position, sequence, profile: "192.168.1.1", life: 0, window: 1, detector: 0, note: undefined };
}

Deno.test("timers come out as if they had been sorted, whatever order they went in", () => {
  const small = fc.integer({ min: 0, max: 5 });
  fc.assert(
    fc.property(fc.array(fc.tuple(small, small)), (entries) => {
      const queue = createTimerQueue();
      const timers = entries.map(([due, position], sequence) => timer(due, position, sequence));
      for (const each of timers) queue.add(each);
      const out: Timer[] = [];
      for (;;) {
        const due = queue.nextDue();
        const next = queue.take();
        if (next === undefined) break;
        assert.equal(due, next.due);
        out.push(next);
      }
      assert.deepEqual(
        out,
        [...timers].sort((a, b) => a.due - b.due || a.position - b.position || a.sequence - b.sequence),
      );
      assert.equal(queue.size, 0);
    }),
    { seed: 11 },
  );
});
