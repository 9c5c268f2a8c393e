// How main tells a thread that is stuck from one that has a lot to do.

import assert from "node:assert/strict";
import { beatInto, createPulse } from "../../agent/pulse.ts";

Deno.test("a call that does not come back is seen running for longer and longer; one after the other are not", () => {
  const pulse = createPulse();
  const beat = beatInto(pulse.memory);
  assert.equal(pulse.look(10_000), 0);
  beat(7);
  assert.deepEqual([10_500, 11_000, 11_500].map(pulse.look), [0, 500, 1000]);
  assert.equal(pulse.running(), 7);
  beat(0);
  beat(7);
  assert.deepEqual([12_000, 12_500].map(pulse.look), [0, 500], "another call of the same number");
  beat(0);
  assert.deepEqual([13_000, 13_500].map(pulse.look), [0, 0], "nothing runs");
});

Deno.test("a program that was stopped for a minute takes no thread for stuck", () => {
  const pulse = createPulse();
  const beat = beatInto(pulse.memory);
  beat(1);
  pulse.look(0);
  assert.equal(pulse.look(500), 500);
  assert.equal(pulse.look(60_500), 1500);
});
