// The tests of the detectors notice every wrong threshold: scripts/mutate.ts changes each, and none of them survives.

import assert from "node:assert/strict";
import { DETECTORS } from "../../detectors/index.ts";
import type { Setting } from "../../detectors/contract.ts";
import { neighbours } from "../../scripts/mutate.ts";
import { deno, V8_FLAGS } from "../program.ts";

Deno.test("a threshold is changed by one while it is small, by a twentieth beyond, and never out of its bounds", () => {
  const setting = (value: number, bounds = {}): Setting => ({ value, unit: "", meaning: "", ...bounds });
  assert.deepEqual(neighbours(setting(10)), [9, 11]);
  assert.deepEqual(neighbours(setting(4290)), [4075, 4505]);
  assert.deepEqual(neighbours(setting(2, { minimum: 2 })), [3]);
  assert.deepEqual(neighbours(setting(65_535, { maximum: 65_535 })), [62_258]);
  assert.deepEqual(neighbours(setting(0)), [5]);
  assert.deepEqual(neighbours(setting(0.8, { maximum: 1 })), [0.76, 0.84]);
  assert.deepEqual(neighbours(setting(1, { minimum: 0, maximum: 1 })), [0]);
  assert.deepEqual(neighbours({ value: ["a"], unit: "", meaning: "" }), []);
});

Deno.test("no detector's threshold can be changed without a test that fails", async () => {
  const script = new URL("../../scripts/mutate.ts", import.meta.url).pathname;
  const { code, out, err } = await deno(["run", "--quiet", "--no-check", V8_FLAGS, "--allow-all", script]);
  const changes = DETECTORS.flatMap(({ settings }) => Object.values(settings as Record<string, Setting>)).flatMap(
    neighbours,
  );
  assert.equal(
    out,
    `${changes.length} changed thresholds, ${changes.length} noticed by a test, 0 not\n`,
    err,
  );
  assert.equal(code, 0);
});
