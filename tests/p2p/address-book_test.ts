// Who dials whom, when, and who is remembered.

import assert from "node:assert/strict";
import { createAddressBook } from "../../p2p/address-book.ts";

const at = ["192.168.1.9"];
const due = (book: ReturnType<typeof createAddressBook>, now: number): string[] =>
  book.due(now, 10).map(({ peer }) => peer);

Deno.test("of two peers the one with the smaller id dials; the other only when that fails", () => {
  const book = createAddressBook({ self: "m", days: 30 });
  book.heard("a", at, 1, 1000, 0);
  book.heard("z", at, 1, 1000, 0);
  assert.deepEqual(due(book, 0), ["z"]);
  assert.deepEqual(due(book, 4), [], "z is being dialled, a is left to dial");
  assert.deepEqual(due(book, 5), ["a"], "a may sit behind a firewall");
});

Deno.test("who cannot be reached is tried ever more rarely, and at once when heard of elsewhere", () => {
  const book = createAddressBook({ self: "a", days: 30 });
  book.heard("z", at, 1, 1000, 0);
  const tries: number[] = [];
  for (let now = 0; now < 600; now++) {
    if (due(book, now).length === 0) continue;
    tries.push(now);
    book.failed("z", now);
  }
  assert.ok(tries.length > 8 && tries.length < 30, `${tries}`);
  // Pauses of about 2 and 4 seconds, each up to a quarter longer, in whole seconds.
  assert.ok(tries[2]! <= 8, `${tries}`);
  book.failed("z", 600);
  book.heard("z", ["192.168.1.10"], 1, 2000, 601);
  assert.deepEqual(due(book, 601), ["z"]);
});

Deno.test("a connection that ends is taken up again; after sleep everybody is dialled at once", () => {
  const book = createAddressBook({ self: "a", days: 30 });
  book.heard("z", at, 1, 1000, 0);
  assert.deepEqual(due(book, 0), ["z"]);
  book.connected("z", 1000);
  assert.deepEqual(due(book, 100), []);
  book.disconnected("z", 100);
  assert.deepEqual(due(book, 102), ["z"]);
  for (let i = 0; i < 10; i++) book.failed("z", 110);
  assert.deepEqual(due(book, 112), []);
  book.hurry(112);
  assert.deepEqual(due(book, 112), ["z"]);
});

Deno.test("peers are remembered for the days that were asked for, over restarts", () => {
  const book = createAddressBook({ self: "a", days: 30 });
  book.heard("z", at, 21_747, 1000, 0);
  const kept = JSON.parse(JSON.stringify(book.snapshot()));
  const later = createAddressBook({ self: "a", days: 30 });
  later.restore(kept, 1000 + 29 * 86_400, 0);
  assert.deepEqual(due(later, 2), ["z"]);
  const muchLater = createAddressBook({ self: "a", days: 30 });
  muchLater.restore(kept, 1000 + 31 * 86_400, 0);
  assert.deepEqual(muchLater.known(), []);
  muchLater.restore([1, null, { peer: "x" }, { ...kept[0], addresses: ["nonsense", 5] }], 1000, 0);
  assert.deepEqual(muchLater.known().map(({ addresses }) => addresses), [[]]);
});

Deno.test("however many announce themselves, a thousand are remembered, and those we talk to are among them", () => {
  const book = createAddressBook({ self: "a", days: 30 });
  book.heard("friend", at, 1, 0, 0);
  book.connected("friend", 0);
  for (let i = 0; i < 3000; i++) book.heard(`stranger ${i}`, at, 1, 10 + i, 0);
  const known = book.known();
  assert.equal(known.length, 1000);
  assert.ok(known.some(({ peer }) => peer === "friend"));
});
