// The look-up thread: the only one that contacts services, with net permission for the hosts of those that are switched on.
// It knows nothing of the traffic but the questions.

import { createLookup, type Lookup } from "./lookup.ts";
import type { FromLookup, ToLookup } from "./messages.ts";
import { SERVICE_DEFINITIONS } from "./services/index.ts";

const thread = self as unknown as {
  postMessage(message: FromLookup): void;
  onmessage: ((event: MessageEvent<ToLookup>) => void) | null;
};

let lookup: Lookup;

thread.onmessage = ({ data }) => {
  if (data.say === "start") {
    lookup = createLookup({
      ...data,
      services: SERVICE_DEFINITIONS.filter(({ name }) => data.services.includes(name)),
      warn: (sentence) => thread.postMessage({ say: "warning", sentence }),
    });
    return;
  }
  if (data.say === "divide") return lookup.divide(data.service, data.among);
  for (const { number, question } of data.questions) {
    void lookup.ask(question).then((asked) =>
      thread.postMessage({ say: "answer", number, asked, counts: lookup.counts() })
    );
  }
};
