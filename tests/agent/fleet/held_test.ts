// What a sensor holds of a partition: nothing is sent twice, nothing that was not judged is let go unless it must be.

import assert from "node:assert/strict";
import { createHeld, type Entry } from "../../../agent/fleet/sensor/held.ts";
import { createHolding } from "../../../agent/fleet/sensor/holding.ts";
import { batchOf } from "./batches.ts";

const batch = (serial: number, bytes = 100, clock = serial): Entry => ({
  id: `${serial}-0`,
  serial,
  field: "b",
  bytes: new Uint8Array(bytes),
  clock,
});
const ids = (entries: readonly Entry[]): string => entries.map(({ id }) => id).join(" ");

Deno.test("what was appended is not due any more; what a server that was restarted has lost is due again", () => {
  const held = createHeld();
  for (let serial = 1; serial <= 5; serial++) held.add(batch(serial));
  assert.equal(ids(held.due(250)), "1-0 2-0 3-0");
  held.appended(held.due(250));
  assert.equal(ids(held.due(1e6)), "4-0 5-0");
  held.appended(held.due(1e6));
  held.judgedUpTo(2);
  assert.equal(ids(held.due(1e6)), "");
  // It saved the first three only.
  held.streamEnds("3-0");
  assert.equal(ids(held.due(1e6)), "4-0 5-0");
  // All of it was there after all.
  held.streamEnds("5-0");
  assert.equal(ids(held.due(1e6)), "");
});

Deno.test("what changes between two batches keeps its place, also after a server was restarted", () => {
  const held = createHeld();
  held.add(batch(1));
  held.add({ ...batch(1), id: "1-2", field: "c" });
  held.add(batch(2));
  held.appended(held.due(1e6));
  held.streamEnds("1-0");
  assert.equal(ids(held.due(1e6)), "1-2 2-0");
  assert.equal(held.taken, 2);
});

Deno.test("the beginning is moved behind a part of the bytes, or behind what is too old", () => {
  const held = createHeld();
  for (let serial = 1; serial <= 10; serial++) held.add(batch(serial, 1000, 100 * serial));
  held.appended(held.due(1e6));
  const all = held.kept;
  assert(all > 10_000);
  const serial = held.serialAt(all / 4, -Infinity);
  assert.equal(serial, 3);
  held.cut(serial);
  assert.equal(held.oldest()?.serial, 4);
  assert(held.kept <= 3 * all / 4);
  // Older than 650: 4, 5 and 6.
  assert.equal(held.serialAt(0, 650), 6);
  // What was cut off counts as judged: it is given up.
  assert.equal(held.judged, 3);
});

Deno.test("batches that are given up before they could be sent are not sent", () => {
  const held = createHeld();
  for (let serial = 1; serial <= 4; serial++) held.add(batch(serial));
  const due = held.due(1e6);
  held.cut(2);
  held.appended(due.slice(0, 2));
  assert.equal(ids(held.due(1e6)), "3-0 4-0");
  assert.equal(held.bytes, 200);
});

Deno.test("memory is bounded by letting go of what is in the stream, but for the newest", () => {
  const held = createHeld();
  for (let serial = 1; serial <= 200; serial++) held.add(batch(serial));
  held.appended(held.due(1e6));
  held.add(batch(201));
  held.release();
  assert.equal(held.bytes, 65 * 100);
  assert.equal(ids(held.due(1e6)), "201-0");
  // They can be told again only as far as they are held.
  held.streamEnds("190-0");
  assert.equal(ids(held.due(1e6)).split(" ").length, 11);
});

Deno.test("a stream that is gone begins anew with what was not judged", () => {
  const held = createHeld();
  for (let serial = 1; serial <= 6; serial++) held.add(batch(serial));
  held.appended(held.due(1e6));
  held.judgedUpTo(4);
  held.anew();
  assert.equal(ids(held.due(1e6)), "5-0 6-0");
  assert.equal(held.kept, 0);
});

Deno.test("facts are held and sent before the shares that they belong to, however large each of them is", () => {
  const holding = createHolding(2);
  for (let serial = 1; serial <= 200; serial++) holding.take(batchOf(serial, { partitions: 2, bytes: 2000 }));
  for (const bytes of [500, 20_000, 3000]) {
    const due = holding.due(bytes);
    const [facts, ...shares] = due.map((entries) => entries.at(-1)?.serial ?? 0);
    assert(shares.every((serial) => serial <= facts!), `${facts} ${shares}`);
    holding.appended(due);
  }
  const [facts, ...shares] = holding.all;
  assert(facts!.sentUpTo > shares[0]!.sentUpTo);
  holding.release();
  // A server that has lost everything is sent all of it again, and nobody waits for facts that are gone.
  holding.anew();
  const first = holding.all.map((one) => one.due(1)[0]!.serial);
  assert(first[0]! <= Math.min(...first.slice(1)), `${first}`);
});

Deno.test("a batch is judged when all partitions have said so, each of them in order", () => {
  const holding = createHolding(2);
  for (let serial = 1; serial <= 3; serial++) holding.take(batchOf(serial, { partitions: 2 }));
  assert(holding.judgedNext(0, 1) && holding.judgedNext(0, 2));
  assert(!holding.judgedNext(0, 2) && !holding.judgedNext(1, 2) && !holding.judgedNext(2, 1));
  assert.equal(holding.judged, 0);
  assert(holding.judgedNext(1, 1));
  assert.equal(holding.judged, 1);
});

Deno.test("what changes after a batch that is still to come waits for it, and comes in no stream of facts", () => {
  const holding = createHolding(1);
  holding.change({ ...batch(1), id: "1-2", field: "c" });
  assert(!holding.isDue());
  holding.take(batchOf(1));
  holding.change({ ...batch(1), id: "1-3", field: "c" });
  assert.deepEqual(holding.due(1e6).map(ids), ["1-0", "1-0 1-2 1-3"]);
});
