// The thread of the tape, which fails when it was given its second batch.

import "../../agent/resume/worker.ts";
import { dieOf, WHY } from "./die.ts";

dieOf((message, [dissector]) => {
  if (message.say === "open") {
    const tell = dissector!.postMessage.bind(dissector);
    let batches = 0;
    dissector!.postMessage = (message: { say: string }) => {
      if (message.say === "taken" && ++batches > 1) throw new Error(WHY);
      tell(message);
    };
  }
  return false;
});
