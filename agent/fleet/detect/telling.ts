// Tells Redis what was judged of the partitions that are judged here.

import type { Link } from "../../store/redis/link.ts";
import { createBell } from "../bell.ts";
import type { Line } from "../line.ts";
import { run, TELL } from "../scripts.ts";
import { nextToTell, type Partition, wasTold } from "./partition.ts";

export interface Telling {
  /** There is something to tell. */
  ring(): void;
  /** Tells what there is until it is closed. */
  tellAll(line: Line): Promise<void>;
  /** The connection was made anew: a server that was restarted may have lost what was told last. */
  askWhatWasTold(link: Link): Promise<void>;
  close(): void;
}

export interface TellingEvents {
  /** The run of a partition is over. */
  over(one: Partition): void;
  /** Redis has forgotten more of a partition than is known here: it has to be judged anew. */
  forgotten(one: Partition): void;
}

/** Milliseconds for which what is judged is gathered: to tell each batch for itself wakes everybody as often. */
const GATHERING_MILLISECONDS = 10;

export function createTelling(
  partitions: ReadonlyMap<number, Partition>,
  { over, forgotten }: TellingEvents,
): Telling {
  const bell = createBell();
  const pause = createBell();
  let closed = false;

  return {
    ring: bell.ring,
    async tellAll(line) {
      while (!closed) {
        const open = [...partitions.values()].filter(({ toTell }) => toTell.length > 0);
        if (open.length === 0) {
          await bell.wait();
          await pause.wait(GATHERING_MILLISECONDS);
          continue;
        }
        await line.do(async (link) => {
          const due = open.map((one) => ({ one, next: nextToTell(one) }));
          const replies = await link.askAll(due.map(({ one: { keys, partition }, next }) => {
            const words = next.flatMap(({ serial, text }) => [String(serial), text]);
            return run(TELL, keys.card, keys.serials, keys.judged, String(partition), ...words);
          }));
          for (const [at, { one, next }] of due.entries()) {
            const last = replies[at] as number;
            if (last < 0) over(one);
            else if (!wasTold(one, next, last)) forgotten(one);
          }
        });
      }
    },
    async askWhatWasTold(link) {
      const open = [...partitions.values()].filter(({ isReady }) => isReady);
      const lasts = await link.askAll(open.map(({ keys, partition }) => ["HGET", keys.serials, String(partition)]));
      for (const [at, one] of open.entries()) {
        // Without a word the run is over, which others find out.
        if (typeof lasts[at] === "string" && !wasTold(one, [], Number(lasts[at]))) forgotten(one);
      }
      bell.ring();
    },
    close() {
      closed = true;
      bell.ring();
      pause.ring();
    },
  };
}
