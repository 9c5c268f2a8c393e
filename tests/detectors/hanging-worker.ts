// A detector worker with a detector that never comes back once it sees port 666, as a bug in a real one would.

import { defineDetector } from "../../detectors/contract.ts";
import { DETECTORS } from "../../detectors/index.ts";
import { serve } from "../../detectors/serve.ts";

const hanging = defineDetector({
  name: "hanging",
  summary: "Never comes back.",
  raises: {},
  settings: {},
  on: {
    conn(record) {
      while (record.resp_p === 666);
    },
  },
});

serve([...DETECTORS, hanging]);
