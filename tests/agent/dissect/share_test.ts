// A share's records reach the leader in order, and nobody runs ahead of a leader that has no time.

import assert from "node:assert/strict";
import { DEFAULT_SETTINGS } from "../../../agent/dissect/dissector.ts";
import type { ToDissector } from "../../../agent/dissect/messages.ts";
import { addUp } from "../../../agent/dissect/add-up.ts";
import { leadShares } from "../../../agent/dissect/share.ts";
import { createBlockWriter } from "../../../agent/source/interface/block-writer.ts";
import type { ToIntake } from "../../../agent/source/interface/messages.ts";
import { DISSECTOR_URL } from "../../../agent/thread-urls.ts";
import { fromClient, network } from "../../craft/craft.ts";
import { until } from "../../until.ts";

Deno.test("a leader takes the records of two shares and knows the time that both have reached", async () => {
  const [left, right] = [new MessageChannel(), new MessageChannel()];
  const heard: string[] = [];
  let taken = 0;
  const shares = leadShares([left.port1, right.port1], {
    packets: (count, bytes, first, last) => void heard.push(`${count} packets of ${bytes} bytes, ${first} to ${last}`),
    record: (record, writtenAt) => void heard.push(`${record.kind} at ${writtenAt}`),
    setBack: (now) => void heard.push(`set back to ${now}`),
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
  right.port2.postMessage(JSON.stringify({ records: [], clock: 3, setBack: 3, packets: 0, bytes: 0 }));
  await until(() => taken === 3);
  assert.equal(heard.at(-1), "set back to 3");
  assert.equal(shares.clock(), 3, "a share whose clock was set back has reached the new time");

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

Deno.test("a share whose leaks nobody looks for any more comes to its end, and counts what was not looked at", async () => {
  const [leader, leaks, wire] = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
  const thread = new Worker(DISSECTOR_URL, { type: "module", deno: { permissions: "none" } });
  try {
    const start: ToDissector = { say: "share", settings: DEFAULT_SETTINGS, leaks: true };
    thread.postMessage(start, [leader.port2, leaks.port2, wire.port2]);
    const dropped: Record<string, number> = {};
    let isOver = false;
    leader.port1.onmessage = ({ data }: MessageEvent<string>) => {
      const { end } = JSON.parse(data);
      Object.assign(dropped, end?.dissector.dropped);
      isOver ||= end !== undefined;
      leader.port1.postMessage("taken");
    };
    let asked = 0;
    leaks.port1.onmessage = () => void asked++;
    const tell = (message: ToIntake): void => wire.port1.postMessage(message);

    const net = network();
    net.tcp(net.host("pc", "192.168.1.23"), net.host("web", "93.184.216.34"), 4711, { steps: [fromClient("hello")] });
    const bytes = new Uint8Array(65_536);
    const block = createBlockWriter(bytes, 0);
    for (const { data, length, seconds, nanoseconds } of net.packets()) block.add(seconds, nanoseconds, data, length);
    tell({ say: "source", source: { linkType: 1, cooked: false }, filter: undefined });
    tell({ say: "blocks", buffer: bytes.buffer, length: block.length() });
    tell({ say: "end" });
    await until(() => asked === 1);
    assert.equal(isOver, false, "it waits for an answer");
    thread.postMessage({ say: "leaks" } satisfies ToDissector);
    await until(() => isOver);
    assert.equal(dropped["leak_pieces_not_scanned"], 1);
  } finally {
    thread.terminate();
    for (const { port1 } of [leader, leaks, wire]) port1.close();
  }
});
