// The thread of the tape, which fails over what an earlier run has left on it.

import "../../agent/resume/worker.ts";
import { dieOf, WHY } from "./die.ts";

dieOf((message, [dissector]) => {
  if (message.say === "open") {
    const tell = dissector!.postMessage.bind(dissector);
    dissector!.postMessage = (message: { say: string }) => {
      if (message.say === "next") throw new Error(WHY);
      tell(message);
    };
  }
  return false;
});
