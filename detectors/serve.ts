// Serves a list of detectors in a worker: takes batches straight from the dissector, gives evidence to main.

import type { BatchMessage } from "../agent/profile/flat/batch.ts";
import { beatInto } from "../agent/pulse.ts";
import type { Detector } from "./contract.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { StartDetectors, ToDetectors } from "./messages.ts";
import { servePartitions } from "./partitions.ts";

const thread = self as unknown as {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent<ToDetectors>) => void) | null;
};

/** Makes the thread it is called in a detector worker. */
export function serve(detectors: readonly Detector[]): void {
  let judge: Judge;
  thread.onmessage = ({ data, ports }) => {
    if (data.say === "start") judge = start(data, ports[0]!);
    else if (data.say === "partitions") servePartitions(detectors, data.pulse, ports[0]!);
    else judge.control(data);
  };

  function start(data: StartDetectors, fromDissector: MessagePort): Judge {
    const beat = beatInto(data.pulse);
    const judge = createJudge(detectors, data, (detector) => beat(detector + 1));
    fromDissector.onmessage = ({ data }: MessageEvent<BatchMessage>) => {
      // Main first: a batch that the dissector may forget must have reached main.
      thread.postMessage(JSON.stringify(judge.judge(data)));
      fromDissector.postMessage(data.serial);
    };
    return judge;
  }
}
