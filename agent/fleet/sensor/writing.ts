// Writes what a sensor holds to the streams of its run: several batches at once, where they come fast.

import { createBell } from "../bell.ts";
import type { Line } from "../line.ts";
import type { Holding } from "./holding.ts";
import type { Standing } from "./standing.ts";

export interface Writing {
  /** A batch came. */
  came(): void;
  /** Something else is to be written. */
  ring(): void;
  /** Writes until it is closed; calls `written` each time. */
  write(line: Line, written: () => Promise<void>): Promise<void>;
  close(): void;
}

/** Bytes that are sent at once, over all streams. */
const BYTES_AT_ONCE = 8 * 1024 * 1024;
/**
 * Batches that are gathered before they are sent, and milliseconds for which they are: to send each for itself costs the
 * sensor twice as much, and wakes up those who judge as often.
 */
const BATCHES_AT_ONCE = 8;
const GATHERING_MILLISECONDS = 50;

export function createWriting(holding: Holding, standing: Standing): Writing {
  const bell = createBell();
  let closed = false;

  /** There is nothing to be gathered any more, or enough was. */
  function isUrgent(): boolean {
    return closed || standing.isMoveDue || holding.isLast || holding.taken - holding.sent >= BATCHES_AT_ONCE;
  }

  return {
    came() {
      // In between it would only wake up a writer that waits for more.
      if (isUrgent() || holding.taken - holding.sent === 1) bell.ring();
    },
    ring: bell.ring,
    async write(line, written) {
      while (!closed) {
        if (!standing.isMoveDue && !holding.isDue()) await bell.wait();
        if (!isUrgent()) await bell.wait(GATHERING_MILLISECONDS);
        if (closed) return;
        await line.do(async (link) => {
          if (standing.isMoveDue) await standing.move(link);
          const due = holding.due(BYTES_AT_ONCE);
          const commands = due.map((entries, stream) =>
            entries.map(({ id, field, bytes }) => ["XADD", standing.streams[stream]!, id, field, bytes])
          );
          // Facts are there before the shares that they belong to, whatever goes wrong in between.
          const [facts = [], ...shares] = commands;
          if (facts.length > 0) await link.askAllBytes(facts);
          await link.askAllBytes(shares.flat());
          holding.appended(due);
        });
        await written();
      }
    },
    close() {
      closed = true;
      bell.ring();
    },
  };
}
