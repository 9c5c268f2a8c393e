// A share's records reach the leader in order, and nobody runs ahead of a leader that has no time.

import assert from "node:assert/strict";
import { addUp, leadShares } from "../../../agent/dissect/share.ts";
import { until } from "../../until.ts";

Deno.test("a leader takes the records of two shares and knows the time that both have reached", async () => {
  const [left, right] = [new MessageChannel(), new MessageChannel()];
  const heard: string[] = [];
  let taken = 0;
  const shares = leadShares([left.port1, right.port1], {
    packets: (count, bytes, first, last) => void heard.push(`${count} packets of ${bytes} bytes, ${first} to ${last}`),
    record: (record, writtenAt) => void heard.push(`${record.kind} at ${writtenAt}`),
    taken: () => Promise.resolve(void taken++),
  });
  assert.equal(shares.clock(), -Infinity);
  const record = { kind: "arp", ts: 1 };
  left.port2.postMessage(
    JSON.stringify({ records: [[record, 2]], clock: 9, packets: 3, bytes: 180, first: 1, last: 9 }),
  );
  await until(() => taken === 1);
  assert.deepEqual(heard, ["3 packets of 180 bytes, 1 to 9", "arp at 2"]);
  assert.equal(shares.clock(), -Infinity, "the other share has said nothing yet");
  right.port2.postMessage(JSON.stringify({ records: [], clock: 5, packets: 0, bytes: 0 }));
  await until(() => taken === 2);
  assert.equal(shares.clock(), 5);

  const end = (packets: number) => ({ dissector: { frames: packets }, intake: { packets, filtered: 0, damaged: 0 } });
  left.port2.postMessage(JSON.stringify({ records: [], clock: 9, packets: 0, bytes: 0, end: end(3) }));
  right.port2.postMessage(JSON.stringify({ records: [], clock: 9, packets: 0, bytes: 0, end: end(4) }));
  const reports = await shares.over;
  assert.equal(shares.clock(), Infinity, "nothing more is to come");
  assert.deepEqual(addUp(...(reports as [typeof reports[0], ...typeof reports])), end(7));
  for (const { port1, port2 } of [left, right]) {
    port1.close();
    port2.close();
  }
});

Deno.test("counters add up number by number, also those that only one of them has", () => {
  assert.deepEqual(
    addUp<Record<string, unknown>>({ a: 1, weirds: { x: 1 } }, { a: 2, weirds: { x: 1, y: 5 } }, { a: 0, weirds: {} }),
    { a: 3, weirds: { x: 2, y: 5 } },
  );
});
