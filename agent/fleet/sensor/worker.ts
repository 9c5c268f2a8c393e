// The thread by which a sensor speaks to its fleet: it may contact that one Redis, and nothing else. Batches come straight
// from the dissector.

import type { Fact } from "../../profile/facts.ts";
import type { RedisPlace } from "../../store/place.ts";
import { fleetKeys } from "../keys.ts";
import { openLine } from "../line.ts";
import type { FromSensor, ToSensor } from "../messages.ts";
import { run, SHOW_UP } from "../scripts.ts";
import { type Publisher, startPublisher } from "./publisher.ts";

const thread = self as unknown as {
  postMessage(message: FromSensor): void;
  onmessage: ((event: MessageEvent<ToSensor>) => void) | null;
};

let place: RedisPlace;
let publisher: Promise<Publisher> | undefined;
let factsWanted: ((facts: readonly Fact[]) => void)[] = [];

const failed = (error: unknown): void => {
  thread.postMessage({ say: "failed", sentence: error instanceof Error ? error.message : String(error) });
};

/** Finds out whether the server can be used, before anything else begins. */
async function open(): Promise<string | undefined> {
  try {
    const line = await openLine(place, { lost() {}, found() {} });
    const keys = fleetKeys(place);
    try {
      await line.try((link) => link.ask(...run(SHOW_UP, keys.judges, keys.judgesKnown, "", "", "")));
    } finally {
      line.close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

thread.onmessage = async ({ data, ports }) => {
  switch (data.say) {
    case "open":
      place = data.place;
      thread.postMessage({ say: "opened", problem: await open() });
      break;
    case "start": {
      const { card, start, keep, replays } = data;
      publisher = startPublisher({ place, card, start, keep, replays, port: ports[0]! }, {
        judged: (told) => thread.postMessage({ say: "judged", told }),
        hung: (partition, detector) => thread.postMessage({ say: "hung", partition, detector }),
        givenUp: (batches) => thread.postMessage({ say: "givenUp", batches }),
        facts() {
          thread.postMessage({ say: "facts" });
          return new Promise((resolve) => factsWanted.push(resolve));
        },
        warning: (sentence) => thread.postMessage({ say: "warning", sentence }),
        failed,
      });
      publisher.catch(failed);
      break;
    }
    case "live":
      publisher?.then((publisher) => publisher.live(), () => {});
      break;
    case "control": {
      const { control } = data;
      publisher?.then((publisher) => publisher.control(control), () => {});
      break;
    }
    case "facts":
      for (const wanted of factsWanted) wanted(data.facts);
      factsWanted = [];
      break;
    case "close":
      await publisher?.then((publisher) => publisher.close(), () => {});
      thread.postMessage({ say: "closed" });
  }
};
