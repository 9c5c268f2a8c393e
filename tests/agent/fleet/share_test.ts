// Shares are fair: everything is taken, and nobody has more than he must.

import assert from "node:assert/strict";
import fc from "fast-check";
import { fairShare } from "../../../agent/fleet/detect/share.ts";

const KIN = { version: "1.0.0", format: "f" };

Deno.test("all partitions find somebody, in proportion to the threads of each", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1 }), (
      partitions,
      workers,
    ) => {
      const all = workers.reduce((sum, count) => sum + count, 0);
      const shares = workers.map((count, at) =>
        fairShare(
          partitions,
          count,
          workers.filter((_, other) => other !== at).map((workers) => ({ ...KIN, workers })),
          KIN,
        )
      );
      assert(shares.reduce((sum, share) => sum + share, 0) >= partitions);
      for (const [at, share] of shares.entries()) assert(share < partitions * workers[at]! / all + 1);
    }),
    { seed: 1 },
  );
});

Deno.test("those of another version count for nothing", () => {
  const others = [{ version: "0.9.0", format: "f", workers: 4 }, { version: "1.0.0", format: "g", workers: 4 }];
  assert.equal(fairShare(8, 1, others, KIN), 8);
});
