// The dissector's end of the way of records to the store: gathers them flat, as batches travel to detectors, and holds back
// when the store is behind. A capture waits for it; a wire does not, and what is too much is given up and counted.

import { type BatchMessage, createBatchWriter, takeBatch, writeStep } from "../profile/flat/batch.ts";
import type { AnyRecord } from "../record/schema.ts";

/** Batches that the store may be behind: about 16,000 records. */
const BATCHES_IN_FLIGHT = 32;
/** Records in a batch. */
const RECORDS_PER_BATCH = 512;

export interface RecordKeeper {
  /** Takes a record and the profile whose behaviour it shows. */
  take(record: AnyRecord, profile: string | undefined): void;
  /** Sends what has come so far, when it is worth it or `all` is to go; `origin` is where the run's windows begin. */
  send(origin: number, all: boolean): void;
  /** Waits until the store has caught up. */
  room(): Promise<void>;
  /** Sends what is left and waits until all of it is written. */
  finish(origin: number): Promise<void>;
  /** Live: records given up. */
  givenUp(): number;
}

/** Sends records through `port`; `live` gives them up rather than wait. */
export function createRecordKeeper(port: MessagePort, live: boolean): RecordKeeper {
  const writer = createBatchWriter();
  let serial = 0;
  let inFlight = 0;
  let givenUp = 0;
  let wake: (() => void) | undefined;

  port.onmessage = () => {
    inFlight--;
    wake?.();
  };

  function send(origin: number): void {
    if (writer.steps === 0) return;
    const message: BatchMessage = takeBatch(writer, { serial: ++serial, origin, clock: 0, last: false });
    if (live && inFlight >= BATCHES_IN_FLIGHT) {
      givenUp += message.steps;
      return;
    }
    inFlight++;
    port.postMessage(message);
  }

  return {
    take: (record, profile) =>
      writeStep(writer, { clock: 0, position: 0, record, profile: profile ?? "", role: "client" }),
    send(origin, all) {
      if (all || writer.steps >= RECORDS_PER_BATCH || inFlight === 0) send(origin);
    },
    async room() {
      while (!live && inFlight >= BATCHES_IN_FLIGHT) await new Promise<void>((resolve) => wake = resolve);
      wake = undefined;
    },
    async finish(origin) {
      send(origin);
      while (inFlight > 0) await new Promise<void>((resolve) => wake = resolve);
    },
    givenUp: () => givenUp,
  };
}
