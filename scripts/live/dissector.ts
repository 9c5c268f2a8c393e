// A dissector thread for live packets, without permissions, that keeps nothing but counts and, when asked, what its records
// say apart from times.

import { createDissector, DEFAULT_SETTINGS } from "../../agent/dissect/dissector.ts";
import { createIntake } from "../../agent/source/interface/intake.ts";
import { timeless } from "./timeless.ts";

/** What the thread is told, together with the ports of the capture thread. */
export interface StartDissector {
  /** Keep the records, for comparison. */
  keep: boolean;
}

/** What it says at the end. */
export interface Dissected {
  packets: number;
  filtered: number;
  damaged: number;
  records: number;
  dropped: Record<string, number>;
  /** The records without their times, sorted. */
  kept: string[];
}

const thread = self as unknown as {
  postMessage(message: Dissected): void;
  onmessage: ((event: MessageEvent<StartDissector>) => void) | null;
};

thread.onmessage = ({ data, ports }) => {
  const kept: string[] = [];
  let records = 0;
  const dissector = createDissector({
    settings: DEFAULT_SETTINGS,
    emit(record) {
      records++;
      if (data.keep) kept.push(timeless(record));
    },
  });
  const intake = createIntake(ports, {
    packet: dissector.frame,
    clock() {},
    taken() {},
    end() {
      dissector.finish();
      const { dropped } = dissector.counters();
      thread.postMessage({ ...intake.counters(), records, dropped, kept: kept.sort() });
    },
  });
};
