// A detector worker with a detector that throws on every connection.

import { defineDetector } from "../../detectors/contract.ts";
import { DETECTORS } from "../../detectors/index.ts";
import { serve } from "../../detectors/serve.ts";

const throwing = defineDetector({
  name: "throwing",
  summary: "Throws.",
  raises: {},
  settings: {},
  on: {
    conn() {
      throw new TypeError("cannot read properties of undefined");
    },
  },
});

serve([throwing, ...DETECTORS]);
