// The thread of the store, which fails in the middle of a file: it has taken two batches of records and answers no more. And
// in a run that only has findings, with the first that is told to "die".

import "../../agent/store/worker.ts";
import { dieOf, WHY } from "./die.ts";

const BATCHES = 2;

dieOf((message, [records]) => {
  if (message.say === "open" && records !== undefined) {
    const answer = records.postMessage.bind(records);
    let batches = 0;
    records.postMessage = (serial: number) => {
      if (++batches > BATCHES) throw new Error(WHY);
      answer(serial);
    };
  }
  return message.say === "found" && (message as { text?: string }).text!.includes("and die");
});
