// The dissector's end of the search for leaks: what is out has a bound, and whoever waits never waits for a thread that is
// gone.

import assert from "node:assert/strict";
import type { ScanBatch, Scanned } from "../../../../agent/dissect/leaks/messages.ts";
import type { Batch, Piece } from "../../../../agent/dissect/leaks/pieces.ts";
import { BATCHES_OUT, countingLeaks, createLeakSearch } from "../../../../agent/dissect/leaks/search.ts";
import { createDissector, DEFAULT_SETTINGS } from "../../../../agent/dissect/dissector.ts";
import { until } from "../../../until.ts";

/** A batch of two pieces, the first of which is the batch's own number. */
function batchOf(number: number): Batch {
  const origin = { orig_h: "192.168.1.23", orig_p: 1, resp_h: "93.184.216.34", resp_p: 21, proto: "tcp" } as const;
  const piece = (start: number): Piece => ({
    ...origin,
    uid: `C${number}-${start}`,
    fromOrig: true,
    fuid: undefined,
    ts: number,
    start,
    end: start + 1,
  });
  return { bytes: new Uint8Array(1024).fill(number, 0, 1), length: 4, pieces: [piece(0), piece(2)] };
}

/** A search with somebody at the other end, who finds something in the first piece of a batch when told to answer. */
function search() {
  const channels: MessageChannel[] = [];
  const said: string[] = [];
  function other(): { near: MessagePort; got: ScanBatch[]; answer(at: number): void } {
    const channel = new MessageChannel();
    const got: ScanBatch[] = [];
    channels.push(channel);
    channel.port1.onmessage = ({ data }) => got.push(data);
    return {
      near: channel.port2,
      got,
      answer(at) {
        const hits = [{ piece: 0, rule: "secret", metadata: {}, excerpt: "x" }];
        channel.port1.postMessage({ serial: got[at]!.serial, hits, notScanned: 0 } satisfies Scanned);
      },
    };
  }
  const first = other();
  const leaks = createLeakSearch(first.near, (record) => {
    if (record.kind === "notice") said.push(record.uid!);
  });
  const close = (): void => channels.forEach(({ port1, port2 }) => (port1.close(), port2.close()));
  return { leaks, first, other, said, close };
}

Deno.test("a thread that is slower than the wire gets no more than it can hold, and the rest is counted", async () => {
  const { leaks, first, said, close } = search();
  for (let i = 0; i < BATCHES_OUT + 5; i++) leaks.scan(batchOf(i));
  await until(() => first.got.length === BATCHES_OUT);
  assert.equal(leaks.notScanned(), 10);
  first.answer(0);
  await until(() => (leaks.collect(), said.length === 1));
  leaks.scan(batchOf(200));
  await until(() => first.got.length === BATCHES_OUT + 1);
  assert.equal(leaks.notScanned(), 10, "there is room again");
  const counters = createDissector({ settings: DEFAULT_SETTINGS, emit() {} }).counters();
  assert.equal(countingLeaks(counters, leaks).dropped["leak_pieces_not_scanned"], 10);
  close();
});

Deno.test("another thread is sent what the one before it has not answered, and what it found stays in its place", async () => {
  const { leaks, first, other, said, close } = search();
  for (let i = 1; i <= 3; i++) leaks.scan(batchOf(i));
  await until(() => first.got.length === 3);
  first.answer(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const second = other();
  leaks.moved(second.near);
  await until(() => second.got.length === 2);
  assert.deepEqual(second.got.map(({ buffer }) => [...new Uint8Array(buffer)]), [[1, 0, 0, 0], [3, 0, 0, 0]]);
  second.answer(1);
  second.answer(0);
  await leaks.settle(0);
  assert.deepEqual(said, ["C1-0", "C2-0", "C3-0"]);
  assert.equal(leaks.notScanned(), 0);
  close();
});

Deno.test("when nobody looks any more, whoever waits goes on at once, and every piece is counted", async () => {
  const { leaks, first, said, close } = search();
  leaks.scan(batchOf(1));
  leaks.scan(batchOf(2));
  await until(() => first.got.length === 2);
  first.answer(0);
  const settled = leaks.settle(0);
  await until(() => said.length === 1);
  leaks.moved(undefined);
  await settled;
  leaks.scan(batchOf(3));
  await leaks.settle(0);
  assert.deepEqual(said, ["C1-0"]);
  assert.equal(leaks.notScanned(), 4);
  close();
});
