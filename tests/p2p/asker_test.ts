// Questions go out, answers stream in, and time ends what nobody answers.

import assert from "node:assert/strict";
import { createAsker, type Outcome } from "../../p2p/asker.ts";
import type { Indicator } from "../../p2p/indicator.ts";

const ip = (number: number): Indicator => ({ kind: "ip", value: `10.0.${number >> 8}.${number & 255}` });

function scene(peers: readonly string[]) {
  const sent: [string, number, string][] = [];
  const outcomes: Outcome[] = [];
  const asker = createAsker({
    peers: () => peers,
    send: (peer, request, { value }) => sent.push([peer, request, value]) > 0,
    done: (outcome) => outcomes.push(outcome),
  });
  return { asker, sent, outcomes };
}

Deno.test("when all have answered it is over, and who answered late or twice was not asked", async () => {
  const { asker, sent, outcomes } = scene(["a", "b"]);
  assert.equal(asker.ask(ip(1), 0), true);
  const [[, request]] = sent as [[string, number, string]];
  assert.deepEqual(asker.answered("a", request, 0.5), ip(1));
  assert.equal(asker.answered("a", request, 0.5), undefined, "twice");
  assert.equal(asker.answered("c", request, 0.5), undefined, "never asked");
  assert.deepEqual(asker.answered("b", request, 1), ip(1));
  await Promise.resolve();
  assert.deepEqual(outcomes, [{ indicator: ip(1), asked: 2, answered: 2, silent: [], took: 1 }]);
  assert.equal(asker.answered("b", request, 1), undefined, "it is over");
});

Deno.test("after three seconds it is over without the silent ones; who leaves is not silent", () => {
  const { asker, sent, outcomes } = scene(["a", "b", "c"]);
  asker.ask(ip(1), 0);
  asker.answered("a", sent[0]![1], 0.1);
  asker.gone("c");
  asker.tick(2.9);
  assert.equal(outcomes.length, 0);
  asker.tick(3);
  assert.deepEqual(outcomes, [{ indicator: ip(1), asked: 3, answered: 1, silent: ["b"], took: 0.1 }]);
});

Deno.test("the same is asked again after an hour, or when the user wants it", () => {
  const { asker, sent } = scene(["a"]);
  assert.equal(asker.ask(ip(1), 0), true);
  assert.equal(asker.ask(ip(1), 3599), false);
  assert.equal(asker.ask(ip(1), 3599, true), true);
  assert.equal(asker.ask(ip(1), 7200), true);
  assert.equal(sent.length, 3);
});

Deno.test("two hundred new addresses a second are all asked about, and a scan of thousands waits its turn", () => {
  const { asker, sent, outcomes } = scene(["a"]);
  let number = 0;
  for (let tenth = 0; tenth < 100; tenth++) {
    for (let i = 0; i < 20; i++) asker.ask(ip(number++), tenth / 10);
    for (const [peer, request] of sent.splice(0)) asker.answered(peer, request, tenth / 10);
    asker.tick(tenth / 10);
  }
  assert.deepEqual(asker.counters().asked, 2000);
  assert.equal(asker.counters().shed, 0);
  for (let i = 0; i < 4000; i++) asker.ask(ip(number++), 20);
  assert.ok(sent.length <= 600);
  for (let tenth = 200; tenth < 600; tenth++) {
    for (const [peer, request] of sent.splice(0)) asker.answered(peer, request, tenth / 10);
    asker.tick(tenth / 10);
  }
  assert.equal(asker.counters().asked, 6000);
  assert.equal(outcomes.length >= 0, true);
  for (let i = 0; i < 20_000; i++) asker.ask(ip(number++), 100);
  assert.ok(asker.counters().shed > 10_000, "beyond its bound it says what it did not ask");
});

Deno.test("a peer that comes later is asked what the others were, and nobody at all is no reason to wait", async () => {
  const { asker, sent, outcomes } = scene([]);
  asker.ask(ip(1), 0);
  asker.ask(ip(2), 1);
  assert.deepEqual(outcomes.map(({ asked }) => asked), [0, 0]);
  asker.welcome("late", 10);
  assert.deepEqual(sent.map(([peer, , value]) => [peer, value]), [["late", "10.0.0.2"], ["late", "10.0.0.1"]]);
  for (const [peer, request] of sent) asker.answered(peer, request, 10.2);
  await Promise.resolve();
  assert.deepEqual(outcomes.slice(2).map(({ answered }) => answered), [1, 1]);
});
