// The judging threads of `smartshield detect`: none has any permission, and one whose detector does not come back is
// replaced.

import { readCall } from "../../../detectors/partitions.ts";
import type { ToDetectors } from "../../../detectors/messages.ts";
import { createPulse, type Pulse, PULSE_INTERVAL } from "../../pulse.ts";

export interface Judges {
  /** How long detectors may take in a thread, milliseconds. */
  patience(judge: number, milliseconds: number): void;
  stop(): void;
}

export interface JudgesEvents {
  failed(error: Error): void;
  /** A detector (its index among those that run) hung in a partition; `port` leads to the thread that takes over. */
  replaced(judge: number, port: MessagePort, partition: number, detector: number): void;
}

/** Two looks further apart than this: the whole process stood still, which is no detector's fault. */
const STOOD_STILL = 4 * PULSE_INTERVAL;

/** Starts so many threads; the ports lead to them. */
export function startJudges(count: number, url: URL, events: JudgesEvents): { ports: MessagePort[]; judges: Judges } {
  const threads: { worker: Worker; pulse: Pulse; patience: number }[] = [];

  function start(judge: number): MessagePort {
    const worker = new Worker(url, { type: "module", name: `judge ${judge + 1}`, deno: { permissions: "none" } });
    const pulse = createPulse();
    const { port1, port2 } = new MessageChannel();
    worker.onerror = (event) => {
      event.preventDefault();
      events.failed(new Error(`A judging thread failed: ${event.message}`));
    };
    worker.postMessage({ say: "partitions", pulse: pulse.memory } satisfies ToDetectors, [port1]);
    threads[judge] = { worker, pulse, patience: threads[judge]?.patience ?? Infinity };
    return port2;
  }

  let lastLook = performance.now();
  let stoodStill = 0;
  const watchdog = setInterval(() => {
    const now = performance.now();
    if (now - lastLook > STOOD_STILL) stoodStill += now - lastLook;
    lastLook = now;
    for (const [judge, { worker, pulse, patience }] of threads.entries()) {
      if (pulse.look(now - stoodStill) <= patience) continue;
      const { partition, detector } = readCall(pulse.running());
      worker.terminate();
      events.replaced(judge, start(judge), partition, detector);
    }
  }, PULSE_INTERVAL);

  const ports = Array.from({ length: count }, (_, judge) => start(judge));
  return {
    ports,
    judges: {
      patience(judge, milliseconds) {
        threads[judge]!.patience = milliseconds;
      },
      stop() {
        clearInterval(watchdog);
        for (const { worker } of threads) worker.terminate();
      },
    },
  };
}
