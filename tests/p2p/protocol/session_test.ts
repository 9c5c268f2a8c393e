// One conversation: hello first, one number after the other, not too much; everything else is charged.

import assert from "node:assert/strict";
import { createManners } from "../../../p2p/protocol/manners.ts";
import type { Message } from "../../../p2p/protocol/message.ts";
import { createSession, type Offence, type Session } from "../../../p2p/protocol/session.ts";
import { encode } from "../../../p2p/protocol/wire.ts";

interface Heard {
  session: Session;
  sent: Uint8Array[];
  messages: Message[];
  offences: Offence[];
  opened: number;
}

function talk(forgiving = false): Heard {
  const heard: Heard = { session: undefined as unknown as Session, sent: [], messages: [], offences: [], opened: 0 };
  heard.session = createSession({ send: (bytes) => heard.sent.push(bytes) < 1000 }, {
    opened: () => heard.opened++,
    message: (message) => heard.messages.push(message),
    offence(offence) {
      heard.offences.push(offence);
      return forgiving;
    },
  });
  return heard;
}

const HELLO: Message = { type: "hello", version: 0, kinds: ["ip"] };
const REPORT: Message = {
  type: "report",
  indicator: { kind: "ip", value: "10.0.0.9" },
  judgement: { score: 1, confidence: 1, age: 0 },
};

Deno.test("after the hello, messages are heard in their order", () => {
  const { session, messages, offences } = talk();
  assert.equal(session.open, false);
  session.receive(encode(HELLO, 1), 0);
  session.receive(encode(REPORT, 2), 0);
  session.receive(encode({ type: "goodbye" }, 3), 0);
  assert.equal(session.open, true);
  assert.deepEqual(messages.map(({ type }) => type), ["report", "goodbye"]);
  assert.deepEqual(offences, []);
});

Deno.test("a message before the hello, a message once more, a gap and a second hello are offences that end it", () => {
  const cases: [Offence, Uint8Array[]][] = [
    ["early", [encode(REPORT, 1)]],
    ["replayed", [encode(HELLO, 1), encode(REPORT, 2), encode(REPORT, 2)]],
    ["malformed", [encode(HELLO, 1), encode(REPORT, 3)]],
    ["replayed", [encode(HELLO, 1), encode(HELLO, 2)]],
    ["oversized", [encode(HELLO, 1), Uint8Array.of(0xff, 0xff)]],
    ["malformed", [Uint8Array.of(0, 5, 99, 0, 0, 0, 1)]],
  ];
  for (const [offence, pieces] of cases) {
    const { session, offences, messages } = talk();
    for (const piece of pieces) session.receive(piece, 0);
    assert.deepEqual(offences, [offence]);
    const before = messages.length;
    assert.equal(session.receive(encode(REPORT, 4), 0), false, "nothing more is heard");
    assert.equal(messages.length, before);
  }
});

Deno.test("more messages than the rate allows are not heard, and charged; answers are not counted", () => {
  const { session, messages, offences } = talk(true);
  session.receive(encode(HELLO, 1), 0);
  for (let sequence = 2; sequence < 3002; sequence++) session.receive(encode(REPORT, sequence), 0);
  assert.equal(messages.length, 700);
  assert.equal(offences.length, 2300);
  assert.ok(offences.every((offence) => offence === "flood"));
  const answer: Message = { type: "answer", request: 1, judgement: { score: 0, confidence: 0, age: 0 } };
  session.receive(encode(answer, 3002), 0);
  assert.equal(messages.at(-1)?.type, "answer");
  session.receive(encode(REPORT, 3003), 1);
  assert.equal(messages.at(-1)?.type, "report", "a second later there is room again");
});

Deno.test("what is said in one go leaves as one piece, and a peer that takes nothing costs a bounded queue", async () => {
  const { session, sent } = talk();
  session.receive(encode(HELLO, 1), 0);
  for (let i = 0; i < 100; i++) session.send(REPORT);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(sent.length, 1, "hello and a hundred reports");

  let taken = 0;
  const slow = createSession({
    send(bytes) {
      taken += bytes.length;
      return false;
    },
  }, { opened() {}, message() {}, offence: () => false });
  slow.receive(encode(HELLO, 1), 0);
  await Promise.resolve();
  for (let i = 0; i < 100_000; i++) slow.send(REPORT);
  await Promise.resolve();
  const { notSent } = slow.counters();
  assert.ok(notSent > 80_000, `${notSent}`);
  assert.ok(taken < 300_000, `${taken}`);
});

Deno.test("a peer is not asked about kinds of indicators that it does not know", () => {
  const { session } = talk();
  session.receive(encode(HELLO, 1), 0);
  assert.equal(session.send({ type: "retract", indicator: { kind: "ip", value: "10.0.0.9" } }), true);
  assert.equal(session.send({ type: "retract", indicator: { kind: "domain", value: "example.com" } }), false);
});

Deno.test("who breaks the stream is sent away at once, each time for longer, and its host with it", () => {
  const manners = createManners();
  assert.equal(manners.offend(["peer", "10.0.0.9"], "malformed", 0), true);
  assert.equal(manners.exile("peer", 0), 10);
  assert.equal(manners.exile("10.0.0.9", 4), 6);
  assert.equal(manners.exile("another", 0), 0);
  assert.equal(manners.offend(["peer"], "oversized", 20), true);
  assert.equal(manners.exile("peer", 20), 40);
  for (let time = 100; time < 80_000; time += 4000) manners.offend(["peer"], "malformed", time);
  assert.equal(manners.exile("peer", 76_100), 3600, "an hour at most");
});

Deno.test("small offences add up, and are forgotten in time", () => {
  const manners = createManners();
  for (let i = 0; i < 99; i++) assert.equal(manners.offend(["hasty"], "flood", 0), false);
  assert.equal(manners.offend(["hasty"], "flood", 0), true);
  for (let i = 0; i < 1000; i++) assert.equal(manners.offend(["slow"], "flood", i * 60), false, `${i}`);
  assert.ok(manners.charge("slow", 1000 * 60 + 6000) < 0.01);
});
