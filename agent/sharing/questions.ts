// Questions to services outside, asked once for all sensors: who asks first says so, and the others wait for the answer,
// which the store's thread writes.

import { type Keys } from "../store/redis/keys.ts";
import { readAnswer } from "../store/redis/facts.ts";
import type { Link } from "../store/redis/link.ts";
import type { SharingKeys } from "./keys.ts";
import type { Found } from "./messages.ts";

/** Milliseconds for which a question is another's to ask; a look-up gives up after 30 s. */
export const ASKING_MILLISECONDS = 45_000;
/** Milliseconds between two looks at whether it was answered. */
const LOOK_INTERVAL = 1000;
/** Questions that wait for others; more are asked by ourselves. Own choice. */
const MOST_WAITING = 256;

export interface Questions {
  /** The answer; or we are to ask. */
  find(question: string): Promise<Found>;
  close(): void;
}

/** `use` does something with the server, and rejects when that cannot be used. */
export function createQuestions(
  use: <T>(work: (link: Link) => Promise<T>) => Promise<T>,
  keys: SharingKeys,
  storeKeys: Keys,
  token: string,
): Questions {
  let waiting = 0;
  let isClosed = false;

  const look = (question: string): Promise<Found | undefined> =>
    use(async (link) => {
      const answer = await readAnswer(link, storeKeys, question);
      if (answer !== undefined) return answer;
      const key = keys.asking(question);
      return await link.ask("SET", key, token, "NX", "PX", String(ASKING_MILLISECONDS)) === null ? undefined : "ask";
    });

  return {
    async find(question) {
      if (waiting >= MOST_WAITING) return "ask";
      waiting++;
      try {
        for (;;) {
          const found = await look(question);
          if (found !== undefined || isClosed) return found ?? "ask";
          await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
        }
      } finally {
        waiting--;
      }
    },
    close: () => void (isClosed = true),
  };
}
