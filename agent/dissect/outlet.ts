// The dissector's ways to those who judge: to the workers of this process, each by a port of its own, or to a fleet, by one
// port for all of its partitions.

import type { Batch, Step } from "../profile/batch.ts";
import { type BatchMessage, type BatchWriter, createBatchWriter, takeBatch, writeStep } from "../profile/flat/batch.ts";
import type { FleetBatch } from "../profile/flat/shares.ts";
import { ALL_WORKERS } from "../profile/router.ts";

export interface Outlet {
  /** Adds a step to the batch under way: for one worker, or for all of them. */
  push(worker: number, step: Step): void;
  /** Sends the batch; the next one begins. */
  send(batch: Omit<Batch, "steps">): void;
  /** A worker was replaced: what it has not judged goes to the new one. */
  replaced(worker: number, port: MessagePort): void;
  /** Whether nobody is too far behind. */
  hasRoom(): boolean;
}

/** Batches that a worker, or a fleet, may be behind before the dissector waits for it. */
const BATCHES_IN_FLIGHT = 32;

/** The way to the workers behind these ports; `caughtUp` is called when one of them has judged a batch. */
export function toWorkers(ports: readonly MessagePort[], caughtUp: () => void): Outlet {
  interface Link {
    port: MessagePort;
    readonly writer: BatchWriter;
    /** Sent and not yet judged, oldest first: sent again if the worker has to be replaced. */
    readonly inFlight: BatchMessage[];
  }
  const links = ports.map((port): Link => ({ port, writer: createBatchWriter(), inFlight: [] }));

  function listen({ port, inFlight }: Link): void {
    port.onmessage = ({ data: judged }: MessageEvent<number>) => {
      while (inFlight.length > 0 && inFlight[0]!.serial <= judged) inFlight.shift();
      caughtUp();
    };
  }

  for (const link of links) listen(link);
  return {
    push(worker, step) {
      if (worker === ALL_WORKERS) { for (const { writer } of links) writeStep(writer, step); }
      else writeStep(links[worker]!.writer, step);
    },
    send(batch) {
      for (const { port, writer, inFlight } of links) {
        const message = takeBatch(writer, batch);
        inFlight.push(message);
        port.postMessage(message);
      }
    },
    replaced(worker, port) {
      const link = links[worker]!;
      link.port.close();
      link.port = port;
      for (const message of link.inFlight) port.postMessage(message);
      listen(link);
    },
    hasRoom: () => links.every(({ inFlight }) => inFlight.length < BATCHES_IN_FLIGHT),
  };
}

/** The way to a fleet with so many partitions: what is for all of them is written once. Nobody is replaced there. */
export function toFleet(port: MessagePort, partitions: number, caughtUp: () => void): Outlet {
  const facts = createBatchWriter();
  const shares = Array.from({ length: partitions }, () => createBatchWriter());
  let [sent, done] = [0, 0];

  port.onmessage = ({ data }: MessageEvent<number>) => {
    done = data;
    caughtUp();
  };
  return {
    push: (worker, step) => writeStep(worker === ALL_WORKERS ? facts : shares[worker]!, step),
    send(batch) {
      sent = batch.serial;
      const message: FleetBatch = {
        facts: takeBatch(facts, batch),
        shares: shares.map((writer) => takeBatch(writer, batch)),
      };
      // They are not needed here again, and need not be copied.
      const lists = [message.facts, ...message.shares].flatMap(({ words, numbers }) => [words.buffer, numbers.buffer]);
      port.postMessage(message, lists as ArrayBuffer[]);
    },
    replaced() {},
    hasRoom: () => sent - done < BATCHES_IN_FLIGHT,
  };
}
