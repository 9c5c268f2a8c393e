import assert from "node:assert/strict";
import { changesBetween, describeChanges } from "../../config/changes.ts";
import { readConfiguration } from "../../config/read.ts";

const from = (text: string) => readConfiguration(text, "my.yaml");

Deno.test("what a run takes over is told from what needs a restart", () => {
  const changes = changesBetween(
    from("detection: { disabled_detectors: [port-0] }\n"),
    from(
      "detection: { sensitivity: high, disabled_detectors: [gre] }\nlimits: { workers: 3 }\n" +
        "detectors: { ids-alert: { confidence: 0.5 } }\n",
    ),
  );
  assert.deepEqual(changes, {
    atOnce: ["detection.sensitivity", "detection.disabled_detectors", "detectors.ids-alert.confidence"],
    // A detector that was off from the beginning cannot be switched on.
    atRestart: ["limits.workers", "the detector port-0"],
  });
  assert.match(
    describeChanges(changes),
    /In force now: detection\.sensitivity, .* Only after a restart: limits\.workers, /,
  );
});

Deno.test("nothing changed, and that is said", () => {
  const changes = changesBetween(from(""), from(""));
  assert.equal(describeChanges(changes), "The configuration was read again; nothing has changed in it.");
});
