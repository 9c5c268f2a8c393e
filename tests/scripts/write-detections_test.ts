// docs/detections.md says what the detectors say.

import assert from "node:assert/strict";
import { detectionsPage } from "../../scripts/write-detections.ts";

Deno.test("docs/detections.md is up to date; if not: deno run -A scripts/write-detections.ts", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/detections.md", import.meta.url));
  assert(page === await detectionsPage(), "run scripts/write-detections.ts and look at what it changed");
});
