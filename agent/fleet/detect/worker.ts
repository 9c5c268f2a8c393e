// The thread by which `smartshield detect` speaks to its fleet: it may contact that one Redis, and nothing else. What is
// judged goes by ports straight to the judging threads.

import type { FromDetect, ToDetect } from "../messages.ts";
import { type Claims, startClaims } from "./claims.ts";
import { type Judging, startJudging } from "./judging.ts";

const thread = self as unknown as {
  postMessage(message: FromDetect): void;
  onmessage: ((event: MessageEvent<ToDetect>) => void) | null;
};

let judging: Judging | undefined;
let claims: Claims | undefined;

const events = {
  note: (sentence: string): void => thread.postMessage({ say: "note", sentence }),
  warning: (sentence: string): void => thread.postMessage({ say: "warning", sentence }),
  runs: (count: number): void => thread.postMessage({ say: "runs", count }),
  patience: (judge: number, milliseconds: number): void => {
    thread.postMessage({ say: "patience", judge, milliseconds });
  },
  failed(error: unknown): void {
    // As any other fault in a thread: main hears of it, and ends.
    queueMicrotask(() => {
      throw error;
    });
  },
};

async function open(data: Extract<ToDetect, { say: "open" }>, ports: readonly MessagePort[]): Promise<void> {
  try {
    judging = await startJudging(data.place, [...ports], data.detectors, events);
    claims = startClaims({ place: data.place, name: data.name, workers: data.judges, judging }, events);
    thread.postMessage({ say: "opened", problem: undefined });
  } catch (error) {
    thread.postMessage({ say: "opened", problem: error instanceof Error ? error.message : String(error) });
  }
}

thread.onmessage = async ({ data, ports }) => {
  switch (data.say) {
    case "open":
      return await open(data, ports);
    case "replaced":
      return judging?.replaced(data.judge, ports[0]!, data.partition, data.detector);
    case "close":
      await claims?.close();
      judging?.close();
      thread.postMessage({ say: "closed" });
  }
};
