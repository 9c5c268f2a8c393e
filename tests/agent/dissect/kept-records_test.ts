// What becomes of records when the store does not take them.

import assert from "node:assert/strict";
import { createRecordKeeper } from "../../../agent/dissect/kept-records.ts";
import type { BatchMessage } from "../../../agent/profile/flat/batch.ts";
import { conn } from "../../detectors/harness.ts";

const T = 1_700_000_000;
const STANDING = { origin: T, clock: T };

/** A store that takes nothing until it is told to. */
function silentStore() {
  const messages: BatchMessage[] = [];
  const port = { onmessage: null as (() => void) | null, postMessage: (one: BatchMessage) => messages.push(one) };
  return {
    messages,
    port: port as unknown as MessagePort,
    takeAll: () => messages.splice(0).forEach(() => port.onmessage!()),
  };
}

Deno.test("a wire does not wait for the store: a burst of half a second goes there all the same, what is more is counted", async () => {
  const store = silentStore();
  const keeper = createRecordKeeper({ store: store.port, taping: undefined, live: true });
  const record = conn({ orig_h: "192.168.1.23", resp_h: "192.168.1.10", ts: T });
  const bring = async (records: number): Promise<void> => {
    for (let at = 0; at < records; at++) {
      keeper.take(record, "192.168.1.23", T);
      keeper.send(STANDING, false);
      if (at % 512 === 511) await keeper.room();
    }
  };
  await bring(50_000);
  assert.equal(keeper.givenUp(), 0);
  await bring(50_000);
  const sent = store.messages.reduce((sum, { steps }) => sum + steps, 0);
  assert(sent < 70_000 && keeper.givenUp() > 29_000, `${sent} sent, ${keeper.givenUp()} given up`);
  // It was slow, not away: from now on everything goes there again.
  const before = keeper.givenUp();
  store.takeAll();
  await bring(10_000);
  assert.equal(keeper.givenUp(), before);
});
