// A connection to the fleet's Redis that comes back: what could not be done is done again as soon as the server answers.

import { createBell } from "./bell.ts";
import type { RedisPlace } from "../store/place.ts";
import { connect, type Link } from "../store/redis/link.ts";
import { StoreError } from "../store/store.ts";

export interface Line {
  /** Does work that may be done twice, as often as it takes. Rejected only when the line was closed, or by a fault of ours. */
  do<T>(work: (link: Link) => Promise<T>): Promise<T>;
  /** Does work once; rejected when that fails. */
  try<T>(work: (link: Link) => Promise<T>): Promise<T>;
  close(): void;
}

export interface LineEvents {
  /** The server cannot be used; told once until it can again. */
  lost(problem: string): void;
  /** It can be used again: what could not be done was done. A connection alone is not enough, as the server may be full. */
  found(): void;
  /** Done before anything else after each time that the connection was made anew. */
  again?(link: Link): Promise<void>;
}

/** Milliseconds between two tries. */
const RETRY_INTERVAL = 1000;

/** The line was closed while somebody waited for it. */
export class LineClosed extends Error {
  override name = "LineClosed";
}

/**
 * Opens a line to a server that is there.
 * @throws {StoreError} when it cannot be used now.
 */
export async function openLine(place: RedisPlace, events: LineEvents): Promise<Line> {
  return lineOf(place, events, await reach(place));
}

/** A line to a server that was there a moment ago, and may not be now. */
export function keepLine(place: RedisPlace, events: LineEvents): Line {
  return lineOf(place, events, undefined);
}

function reach(place: RedisPlace): Promise<Link> {
  return connect(place, ["EXISTS", `${place.prefix}fleet:runs`]);
}

function lineOf(place: RedisPlace, events: LineEvents, first: Link | undefined): Line {
  let link = first;
  let isClosed = false;
  let isLost = false;
  /** Works that the server was or is in the way of. */
  let stuck = 0;
  let repairing: Promise<void> | undefined;
  const closing = createBell();

  async function repair(): Promise<void> {
    while (!isClosed) {
      try {
        const made = await reach(place);
        try {
          await events.again?.(made);
        } catch (error) {
          await made.close();
          throw error;
        }
        link = made;
        return;
      } catch (error) {
        await failed(error);
      }
    }
  }

  async function failed(error: unknown): Promise<void> {
    if (isClosed) return;
    if (!(error instanceof StoreError)) throw error;
    if (!isLost) events.lost(error.message);
    isLost = true;
    await closing.wait(RETRY_INTERVAL);
  }

  return {
    async do(work) {
      let isStuck = false;
      const stick = (): void => {
        if (!isStuck) stuck++;
        isStuck = true;
      };
      try {
        for (;;) {
          if (link === undefined) {
            stick();
            await (repairing ??= repair().finally(() => repairing = undefined));
          }
          const current = link;
          if (isClosed || current === undefined) throw new LineClosed();
          try {
            const done = await work(current);
            if (isLost && stuck === (isStuck ? 1 : 0)) {
              isLost = false;
              events.found();
            }
            return done;
          } catch (error) {
            if (isClosed) throw new LineClosed();
            if (!(error instanceof StoreError)) throw error;
            stick();
            // Several may have been under way: the first to fail sees to it.
            if (link !== current) continue;
            link = undefined;
            void current.close();
            await (repairing ??= failed(error).then(repair).finally(() => repairing = undefined));
          }
        }
      } finally {
        if (isStuck) stuck--;
      }
    },
    async try(work) {
      if (link === undefined) throw new LineClosed();
      return await work(link);
    },
    close() {
      isClosed = true;
      closing.ring();
      void link?.close();
      link = undefined;
    },
  };
}
