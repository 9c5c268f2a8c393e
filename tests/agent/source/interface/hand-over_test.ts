// Buffers that go round between the capture thread and the dissector.

import assert from "node:assert/strict";
import { createHandOver } from "../../../../agent/source/interface/hand-over.ts";
import type { ToIntake } from "../../../../agent/source/interface/messages.ts";
import { until } from "../../../until.ts";

/** A dissector that takes its time: it gives buffers back when told to. */
function slowDissector(maximumBuffers: number) {
  const { port1, port2 } = new MessageChannel();
  const got: ToIntake[] = [];
  port2.onmessage = ({ data }) => got.push(data);
  const blocks = () => got.filter((message) => message.say === "blocks");
  let given = 0;
  return {
    handOver: createHandOver(port1, maximumBuffers, 1000),
    got,
    lengths: () => blocks().map(({ length }) => length),
    giveBack: () => port2.postMessage({ say: "spent", buffer: blocks()[given++]!.buffer }),
    say: (nonsense: unknown) => port2.postMessage(nonsense),
    close() {
      port1.close();
      port2.close();
    },
  };
}

Deno.test("small blocks go at once while the dissector is idle, and together while it is not", async () => {
  const { handOver, lengths, giveBack, close } = slowDissector(8);
  for (const bytes of [100, 100, 100, 101, 100]) {
    handOver.space();
    handOver.filled(bytes);
    handOver.flush();
  }
  await until(() => lengths().length === 2);
  giveBack();
  await until(() => lengths().length === 3);
  assert.deepEqual(lengths(), [104, 104, 312], "the three that waited, each aligned");
  close();
});

Deno.test("there are never more buffers than allowed, and what waits keeps its order", async () => {
  const { handOver, got, lengths, giveBack, close } = slowDissector(4);
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
  const returned = handOver.returned();
  for (let i = 1; i <= 4; i++) {
    await until(() => lengths().length === Math.min(4, i + 1));
    giveBack();
    await until(() => lengths().length === Math.min(4, i + 2));
  }
  await returned;
  await until(() => handOver.idle());
  assert.deepEqual(got.map(({ say }) => say), ["source", "blocks", "blocks", "blocks", "blocks", "source", "end"]);
  assert.deepEqual(lengths(), [8, 16, 24, 32]);
  assert.notEqual(handOver.space(), undefined);
  close();
});

Deno.test("what a dissector gone wrong sends back does no harm", async () => {
  const { handOver, lengths, say, close } = slowDissector(1);
  const fill = (): void => {
    assert.equal(handOver.space()?.buffer.length, 1000);
    handOver.filled(8);
    handOver.next();
  };
  fill();
  await until(() => lengths().length === 1);
  for (const nonsense of [null, 5, { say: "spent" }, { say: "else", buffer: new ArrayBuffer(5) }]) say(nonsense);
  say({ say: "spent", buffer: new ArrayBuffer(3) });
  await until(() => handOver.space() !== undefined);
  // A buffer of the wrong size was replaced.
  fill();
  await until(() => lengths().length === 2);
  assert.equal(handOver.space(), undefined, "and there are no more of them than before");
  close();
});
