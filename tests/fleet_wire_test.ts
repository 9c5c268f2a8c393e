// A fleet on a real interface: what is sent on a cable is seen by a sensor, judged elsewhere, and told while it goes on.

import assert from "node:assert/strict";
import type { FleetResult } from "./agent/source/interface/live/fleet.ts";
import { liveTest } from "./agent/source/interface/live/namespace.ts";

liveTest<FleetResult>(
  "a sensor on a wire and one that judges tell alerts as they come, also after Redis was away, and end in order",
  "fleet",
  ({ sent, packets, drops, before, after, inTheEnd, said, codes }) => {
    assert.deepEqual(before, ["192.168.1.66"]);
    assert.deepEqual(after, ["192.168.1.66", "192.168.1.67", "192.168.1.68"]);
    assert.deepEqual(inTheEnd, after);
    assert.equal(packets, sent);
    assert.equal(drops["shares_not_judged"], undefined);
    assert.match(said.sensor, /What was found so far is kept; the run goes on when it is back\.$/m);
    assert.match(said.sensor, /^The Redis redis:\S+ is back\.$/m);
    assert.match(said.detect, /^Judges partitions 1, 2, 3, 4 of 4 of interface vb \(sensor .*\)\.$/m);
    assert.deepEqual(codes, [0, 0], said.sensor + said.detect);
  },
);
