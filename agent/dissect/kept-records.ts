// The dissector's end of the way of records to the store, and to the tape: gathers them flat, as batches travel to
// detectors, and holds back when the store is behind. A capture waits for it; a wire does not, and what is too much is
// given up and counted.

import { type BatchMessage, createBatchWriter, takeBatch, writeStep } from "../profile/flat/batch.ts";
import type { AnyRecord } from "../record/schema.ts";
import type { Taping } from "./taping.ts";

/** Records that the store may be behind: a capture waits then. */
const RECORDS_IN_FLIGHT = 32_768;
/**
 * The same on a wire, which cannot wait: two thirds of a second at 100,000 records a second, which go on when the store
 * takes its time for what it has. About ten megabytes.
 */
const RECORDS_IN_FLIGHT_LIVE = 65_536;
/** Records in a batch. */
const RECORDS_PER_BATCH = 512;

export interface KeptRecordsOptions {
  /** The way to the store, where it keeps records. */
  readonly store: MessagePort | undefined;
  readonly taping: Taping | undefined;
  /** Gives records up rather than wait for the store. */
  readonly live: boolean;
}

/** Where the run stands. */
export interface Standing {
  /** Unix seconds; where its windows begin, and stream time. */
  readonly origin: number;
  readonly clock: number;
}

export interface RecordKeeper {
  /** Takes a record, the profile whose behaviour it shows, and the source's clock when it came out. */
  take(record: AnyRecord, profile: string | undefined, now: number): void;
  /** Takes a record of this ordinal once more, which is on the tape; the store has those up to `storedUpTo`. */
  again(record: AnyRecord, profile: string | undefined, ordinal: number, storedUpTo: number): void;
  /** The next record has an ordinal above this one. */
  goOnAbove(ordinal: number): void;
  /** The clock was set back: what is on the tape is of no use any more. */
  startOver(standing: Standing): void;
  /** Sends what has come so far, when it is worth it or `all` is to go. */
  send(standing: Standing, all: boolean): void;
  /** The store's thread has failed, having accounted for so many of the records that went there: nobody waits for it. */
  storeFailed(accounted: number): void;
  /** Waits until the store has caught up. */
  room(): Promise<void>;
  /** Sends what is left and waits until all of it is written. */
  finish(standing: Standing): Promise<void>;
  /** Records given up: live, or because the store's thread failed. */
  givenUp(): number;
}

/** Sends records to the store and the tape. */
export function createRecordKeeper({ store, taping, live }: KeptRecordsOptions): RecordKeeper {
  const writer = createBatchWriter();
  let serial = 0;
  let ordinal = 0;
  /** What comes is on the tape already, and no wire: there is time to wait. */
  let isAgain = false;
  /** Records in each batch that the store has not taken yet. */
  let inFlight: number[] = [];
  let recordsInFlight = 0;
  /** Records that went to the store. */
  let handedOver = 0;
  let hasStoreFailed = false;
  let givenUp = 0;
  let wake: (() => void) | undefined;

  if (store !== undefined) {
    store.onmessage = () => {
      recordsInFlight -= inFlight.shift() ?? 0;
      wake?.();
    };
  }

  function send({ origin, clock }: Standing): void {
    if (writer.steps === 0) return;
    const message: BatchMessage = takeBatch(writer, { serial: ++serial, origin, clock, last: false });
    if (!isAgain) taping?.write(message);
    if (store === undefined) return;
    if (hasStoreFailed || (live && !isAgain && recordsInFlight >= RECORDS_IN_FLIGHT_LIVE)) {
      givenUp += message.steps;
      return;
    }
    inFlight.push(message.steps);
    recordsInFlight += message.steps;
    handedOver += message.steps;
    store.postMessage(message);
  }

  const isWaitedFor = (): boolean => taping === undefined ? inFlight.length === 0 : taping.isIdle();

  return {
    take(record, profile, now) {
      isAgain = false;
      writeStep(writer, { clock: now, position: ++ordinal, record, profile: profile ?? "", role: "client" });
    },
    again(record, profile, before, storedUpTo) {
      ordinal = before;
      isAgain = true;
      if (store === undefined || before <= storedUpTo) return;
      writeStep(writer, { clock: 0, position: before, record, profile: profile ?? "", role: "client" });
    },
    goOnAbove(before) {
      ordinal = Math.max(ordinal, before);
    },
    startOver(standing) {
      send(standing);
      taping?.startOver(standing.clock);
    },
    send(standing, all) {
      if (all || writer.steps >= RECORDS_PER_BATCH || isWaitedFor()) send(standing);
    },
    storeFailed(accounted) {
      hasStoreFailed = true;
      // Those that it had taken and not written are lost as well.
      givenUp += Math.max(0, handedOver - accounted);
      inFlight = [];
      recordsInFlight = 0;
      wake?.();
    },
    async room() {
      while ((!live || isAgain) && recordsInFlight >= RECORDS_IN_FLIGHT) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      wake = undefined;
    },
    async finish(standing) {
      send(standing);
      while (inFlight.length > 0) await new Promise<void>((resolve) => wake = resolve);
      await taping?.finished();
    },
    givenUp: () => givenUp,
  };
}
