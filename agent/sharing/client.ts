// Main's view of what sensors share by way of their Redis. Where the server is away it says so once, and everybody does
// without: nothing waits for it.

import { InputError } from "../errors.ts";
import { permissionsOf } from "../store/client.ts";
import { NOT_PERMITTED, type RedisPlace } from "../store/place.ts";
import type { StoredAnswer } from "../store/store.ts";
import { SHARING_URL } from "../thread-urls.ts";
import type { Covered, Found, FromSharing, Round, SharedFeed, ToSharing } from "./messages.ts";

export interface Sharing {
  /** The store, as sentences call it. */
  readonly where: string;
  /** Our name among the sensors. */
  readonly sensor: string;
  /** How it stands with these lists; undefined when the server is away. With `mayUpdate` we offer to fetch them for all. */
  round(feeds: readonly Covered[], mayUpdate: boolean): Promise<Round | undefined>;
  /** The text of a list; undefined when it cannot be had. It has the hash that it should have. */
  text(feed: SharedFeed): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Makes a list known to all; `text` is asked for where it is not there yet. */
  publish(feed: SharedFeed, text: () => Uint8Array<ArrayBuffer> | undefined): Promise<void>;
  /** An answer that a sensor was given, waited for while one is asking; undefined when we are to ask. */
  find(question: string): Promise<StoredAnswer | undefined>;
  /** Calls with the number of sensors that use the same key of a service, whenever it changes. */
  hearHolders(told: (service: string, sensors: number) => void): void;
  /** Gives back what we hold. */
  close(): Promise<void>;
}

export interface SharingOptions {
  readonly place: RedisPlace;
  readonly sensor: string;
  /** Hashes of the keys of services, by service. */
  readonly serviceKeys: Readonly<Record<string, string>>;
  /** Milliseconds after which who says nothing is taken for gone; for tests. */
  readonly lease?: number | undefined;
}

/** Milliseconds that the end may take. */
const CLOSE_MILLISECONDS = 1000;

/**
 * Starts the thread.
 * @throws {InputError} when it may not contact the server.
 */
export function startSharing(
  { place, sensor, serviceKeys, lease }: SharingOptions,
  warning: (sentence: string) => void,
): Sharing {
  let thread: Worker;
  try {
    thread = new Worker(SHARING_URL, {
      type: "module",
      name: "sharing",
      deno: { permissions: permissionsOf(place, []) },
    });
  } catch {
    throw new InputError(`The store ${place.where} cannot be used: ${NOT_PERMITTED}.`);
  }
  const waiting = new Map<number, (answer: Extract<FromSharing, { number: number }>) => void>();
  let last = 0;
  let isAway = false;
  let holders: ((service: string, sensors: number) => void) | undefined;
  const counted = new Map<string, number>();
  /** Why there is nobody to ask any more. */
  let gone: string | undefined;

  thread.onmessage = ({ data }: MessageEvent<FromSharing>) => {
    if ("number" in data) {
      waiting.get(data.number)?.(data);
      waiting.delete(data.number);
    } else if (data.say === "warning") warning(data.sentence);
    else {
      counted.set(data.service, data.sensors);
      holders?.(data.service, data.sensors);
    }
  };
  function fail(problem: string): void {
    gone = problem;
    for (const [number, answer] of waiting) answer({ number, problem });
    waiting.clear();
  }
  thread.onerror = (event) => {
    event.preventDefault();
    warning(
      `What sensors share cannot be used any more: ${event.message}. This one asks and fetches by itself. ` +
        "Please report this.",
    );
    isAway = true;
    fail(event.message);
  };
  thread.postMessage(
    { say: "start", place, sensor, token: crypto.randomUUID(), serviceKeys, lease } satisfies ToSharing,
  );

  // deno-lint-ignore no-explicit-any
  function ask(message: any): Promise<Extract<FromSharing, { number: number }>> {
    const number = ++last;
    if (gone !== undefined) return Promise.resolve({ number, problem: gone });
    return new Promise((resolve) => {
      waiting.set(number, resolve);
      thread.postMessage({ ...message, number } satisfies ToSharing);
    });
  }

  /** What was asked for; undefined when the server is away. */
  // deno-lint-ignore no-explicit-any
  async function askServer<T>(message: any): Promise<T | undefined> {
    const { problem, result } = await ask(message) as { problem?: string; result?: T };
    return problem === undefined ? result : undefined;
  }

  return {
    where: place.where,
    sensor,
    async round(feeds, mayUpdate) {
      const asked = feeds.map(({ name, url }) => ({ name, url }));
      const round = await askServer<Round>({ say: "round", feeds: asked, mayUpdate });
      if (round === undefined && !isAway) {
        warning(
          `Threat intelligence cannot be shared by way of ${place.where} at the moment${
            mayUpdate ? ": this sensor updates by itself until it can" : ""
          }.`,
        );
      }
      isAway = round === undefined;
      return round;
    },
    text: (feed) => askServer({ say: "text", feed }),
    async publish(feed, text) {
      if (await askServer<boolean>({ say: "publish", feed, text: undefined }) !== false) return;
      const bytes = text();
      if (bytes !== undefined) await askServer({ say: "publish", feed, text: bytes });
    },
    async find(question) {
      const found = await askServer<Found>({ say: "find", question });
      return found === "ask" ? undefined : found;
    },
    hearHolders(told) {
      holders = told;
      for (const [service, sensors] of counted) told(service, sensors);
    },
    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise((resolve) => timer = setTimeout(resolve, CLOSE_MILLISECONDS));
      await Promise.race([ask({ say: "close" }), late]);
      clearTimeout(timer);
      thread.terminate();
      fail("closed");
    },
  };
}
