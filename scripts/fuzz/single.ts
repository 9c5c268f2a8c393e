// Runs one list of frames in a thread of its own, to see whether it comes back.

import type { Frame } from "./chapter.ts";
import { runAlone } from "./run.ts";

const thread = self as unknown as {
  postMessage(message: string): void;
  onmessage: ((event: MessageEvent<readonly Frame[]>) => void) | null;
};

thread.onmessage = ({ data }) => {
  runAlone(data);
  thread.postMessage("back");
};
