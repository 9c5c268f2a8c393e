// Buffers that go round between the capture thread and the dissector.

import assert from "node:assert/strict";
import { createHandOver } from "../../../../agent/source/interface/hand-over.ts";
import type { ToIntake } from "../../../../agent/source/interface/messages.ts";

/** A dissector that takes its time: it gives buffers back when told to. */
function slowDissector(maximumBuffers: number) {
  const { port1, port2 } = new MessageChannel();
  const got: ToIntake[] = [];
  port2.onmessage = ({ data }) => got.push(data);
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
  let given = 0;
  return {
    handOver: createHandOver(port1, maximumBuffers, 1000),
    got,
    lengths: () => got.flatMap((message) => message.say === "blocks" ? [message.length] : []),
    turn,
    async giveBack(message: unknown = undefined) {
      const blocks = got.filter((message) => message.say === "blocks")[given];
      if (message === undefined && blocks !== undefined) given++;
      port2.postMessage(message ?? { say: "spent", buffer: blocks!.buffer });
      await turn();
    },
    close() {
      port1.close();
      port2.close();
    },
  };
}

Deno.test("small blocks go at once while the dissector is idle, and together while it is not", async () => {
  const { handOver, lengths, turn, giveBack, close } = slowDissector(8);
  for (const bytes of [100, 100, 100, 101, 100]) {
    handOver.space();
    handOver.filled(bytes);
    handOver.flush();
  }
  await turn();
  assert.deepEqual(lengths(), [104, 104]);
  await giveBack();
  assert.deepEqual(lengths(), [104, 104, 312], "the three that waited, each aligned");
  close();
});

Deno.test("there are never more buffers than allowed, and what waits keeps its order", async () => {
  const { handOver, got, lengths, turn, giveBack, close } = slowDissector(4);
  handOver.source({ linkType: 1, cooked: false }, undefined);
  for (const bytes of [8, 16, 24, 32]) {
    assert.equal(handOver.space()?.at, 0);
    handOver.filled(bytes);
    handOver.next();
  }
  assert.equal(handOver.space(), undefined, "all four are full");
  handOver.source({ linkType: 113, cooked: true }, undefined);
  handOver.end();
  assert.ok(!handOver.idle());
  await turn();
  assert.deepEqual(lengths(), [8, 16]);
  const returned = handOver.returned();
  for (let i = 0; i < 4; i++) await giveBack();
  await returned;
  assert.deepEqual(got.map(({ say }) => say), ["source", "blocks", "blocks", "blocks", "blocks", "source", "end"]);
  assert.deepEqual(lengths(), [8, 16, 24, 32]);
  assert.ok(handOver.idle());
  assert.notEqual(handOver.space(), undefined);
  close();
});

Deno.test("what a dissector gone wrong sends back does no harm", async () => {
  const { handOver, turn, giveBack, close } = slowDissector(1);
  for (const nonsense of [null, 5, { say: "spent" }, { say: "spent", buffer: new ArrayBuffer(5) }]) {
    await giveBack(nonsense ?? false);
    assert.equal(handOver.space()?.buffer.length, 1000);
  }
  handOver.filled(8);
  handOver.next();
  await turn();
  await giveBack({ say: "spent", buffer: new ArrayBuffer(3) });
  assert.equal(handOver.space()?.buffer.length, 1000, "a buffer of the wrong size is replaced");
  close();
});
