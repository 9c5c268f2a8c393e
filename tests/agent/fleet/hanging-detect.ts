// `smartshield detect` with a detector that never comes back once it sees a certain port. Argument: the Redis.

import { detect } from "../../../agent/fleet/detect/command.ts";
import { readFleetPlace } from "../../../agent/fleet/thread.ts";
import { DETECTORS } from "../../../detectors/index.ts";

await detect({
  place: readFleetPlace(Deno.args[0]!, "detect"),
  workers: 2,
  name: "hanging",
  once: false,
  detectors: {
    url: new URL("../../detectors/hanging-worker.ts", import.meta.url),
    names: [...DETECTORS.map(({ name }) => name), "hanging"],
  },
}, { note: console.log, warning: console.error });
