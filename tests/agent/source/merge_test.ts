import assert from "node:assert/strict";
import type { RecordOf } from "../../../agent/record/schema.ts";
import { createMerger } from "../../../agent/source/merge.ts";

function weird(ts: number, name: string): RecordOf<"weird"> {
  return { kind: "weird", ts, name };
}

/** A merger of so many logs and what it handed on. */
function merging(count: number) {
  const out: string[] = [];
  const clocks: number[] = [];
  const merger = createMerger(count, (record, clock) => {
    out.push((record as RecordOf<"weird">).name);
    clocks.push(clock);
  });
  return { merger, out, clocks };
}

Deno.test("records come by the time of writing, as soon as every log has said what is next", () => {
  const { merger, out, clocks } = merging(2);
  assert.equal(merger.wants(), 0);
  merger.add(0, weird(0, "a"), 1);
  merger.add(0, weird(2, "c"), 3);
  merger.drain();
  assert.deepEqual([out, merger.wants()], [[], 1]);
  merger.add(1, weird(1, "b"), 2);
  merger.drain();
  assert.deepEqual([out, merger.wants()], [["a", "b"], 1]);
  merger.over(1);
  merger.drain();
  assert.deepEqual([out, clocks, merger.wants()], [["a", "b", "c"], [1, 2, 3], 0]);
  merger.over(0);
  assert.equal(merger.wants(), -1);
});

Deno.test("among equals, the first log is first", () => {
  const { merger, out } = merging(3);
  for (const log of [2, 1, 0]) merger.add(log, weird(5, `log ${log}`), 5);
  for (const log of [0, 1, 2]) merger.over(log);
  merger.drain();
  assert.deepEqual(out, ["log 0", "log 1", "log 2"]);
});

Deno.test("a log that somebody sorted by time stamp is merged by time stamp", () => {
  const { merger, out } = merging(2);
  // A connection of an hour, sorted to where it began.
  merger.add(0, weird(10, "long"), 3610);
  for (let ts = 11; ts < 14; ts++) merger.add(0, weird(ts, `short ${ts}`), ts + 1);
  for (let ts = 11; ts < 14; ts++) merger.add(1, weird(ts + 0.5, `name ${ts}`), ts + 0.5);
  merger.over(0);
  merger.over(1);
  merger.drain();
  assert.deepEqual(out, ["long", "short 11", "name 11", "short 12", "name 12", "short 13", "name 13"]);
});

Deno.test("a line is never written before the one above it, so the clock does not go back", () => {
  const { merger, out, clocks } = merging(2);
  merger.add(0, weird(9, "late"), 10);
  merger.add(0, weird(1, "old"), 2);
  merger.add(1, weird(5, "other"), 5);
  merger.over(0);
  merger.over(1);
  merger.drain();
  assert.deepEqual([out, clocks], [["other", "late", "old"], [5, 10, 10]]);
});

Deno.test("of one log, what comes after the first piece is handed on as soon as it is there, in the order found in that", () => {
  const { merger, out, clocks } = merging(1);
  // Sorted by time stamp: the hour-long connection does not take the clock to its end.
  merger.add(0, weird(10, "long"), 3610);
  merger.add(0, weird(11, "short"), 12);
  assert.deepEqual(out, []);
  merger.drain();
  merger.add(0, weird(12, "next"), 900);
  assert.deepEqual([out, clocks, merger.wants()], [["long", "short", "next"], [10, 11, 12], 0]);
});

Deno.test("a log that has nothing more for now holds up nobody, and counts again once it has", () => {
  const { merger, out } = merging(2);
  merger.add(0, weird(1, "a"), 1);
  merger.pause(1);
  merger.drain();
  assert.deepEqual([out, merger.wants()], [["a"], 0]);
  merger.resume(1);
  merger.add(1, weird(2, "b"), 2);
  merger.drain();
  assert.deepEqual([out, merger.wants()], [["a"], 0]);
});

Deno.test("a log that runs far ahead of the others is handed on before its time, and that is counted", () => {
  const { merger, out } = merging(2);
  for (let i = 0; i < 250_010; i++) merger.add(0, weird(i, ""), i);
  assert.deepEqual([out.length, merger.early()], [10, 10]);
});

Deno.test("where logs grow, a record waits for logs that have nothing more for now until it is released", () => {
  const out: string[] = [];
  const merger = createMerger(2, (record) => out.push((record as { name: string }).name), true);
  merger.piece(0);
  merger.add(0, weird(5, "conn"), 5);
  merger.pause(1);
  merger.drain();
  assert.deepEqual([out, merger.wants()], [[], -1]);
  // A line that was on its way comes first after all.
  merger.piece(1);
  merger.resume(1);
  merger.add(1, weird(4, "dns"), 4);
  merger.drain();
  assert.deepEqual([out, merger.wants()], [["dns"], 1]);
  merger.pause(1);
  merger.release(0);
  merger.drain();
  assert.deepEqual(out, ["dns", "conn"]);
  merger.open();
  assert.equal(merger.wants(), 0);
});
