// The two sides of a scan stay within their memory, whatever is thrown at them.

import assert from "node:assert/strict";
import { scatter } from "../../detectors/distinct.ts";
import { answer, ANSWERS_KEPT, createSpreads, SPREADS_KEPT, VALUES_KEPT, widen } from "../../detectors/spread.ts";

const FLOW = { ts: 0, uid: "C1" };
const REPORT = { early: 0, first: 10, factor: 10 };

function sum<Key>(spreads: ReturnType<typeof createSpreads<Key>>): number {
  let values = 0;
  for (const spread of spreads.each.values()) {
    for (const counted of [spread, spread.answered]) values += (counted?.few.length ?? 0) + (counted?.many?.size ?? 0);
  }
  return values;
}

Deno.test("a flood to a million hosts keeps only the newest", () => {
  const ports = createSpreads<number>();
  for (let host = 0; host < 1_000_000; host++) {
    widen(ports, host, scatter(80), FLOW, 1, REPORT);
    if (ports.each.size > SPREADS_KEPT) assert.fail(`${ports.each.size} hosts kept`);
  }
  assert.ok(ports.each.has(999_999) && ports.each.has(1_000_000 - SPREADS_KEPT / 2));
  assert.equal(ports.values, sum(ports));
});

Deno.test("all ports of many hosts keep within the values", () => {
  const ports = createSpreads<number>();
  for (let port = 0; port < 65_536; port += 8) {
    for (let host = 0; host < 32; host++) widen(ports, host, scatter(port), FLOW, 1, REPORT);
    if (ports.values > VALUES_KEPT) assert.fail(`${ports.values} values kept`);
  }
  assert.equal(ports.values, sum(ports));
});

Deno.test("a host that is still being tried outlives those that no longer are", () => {
  const ports = createSpreads<string>();
  const reports: number[] = [];
  for (let port = 0; port < 100; port++) {
    const due = widen(ports, "tried", scatter(port), FLOW, 1, REPORT);
    if (due !== undefined) reports.push(port + 1);
    for (let other = 0; other < 1000; other++) widen(ports, `${port} ${other}`, scatter(80), FLOW, 1, REPORT);
  }
  assert.deepEqual(reports, [10, 100]);
});

Deno.test("what answered is kept within the values, too, and forgotten with the rest", () => {
  const ports = createSpreads<number>();
  for (let port = 0; port < 300; port++) {
    answer(ports, port, scatter(1), 1);
    assert.equal(ports.each.has(port), false, "what never failed is not remembered");
    widen(ports, port, scatter(0), FLOW, 1, REPORT);
    for (let host = 0; host < 2 * ANSWERS_KEPT; host++) answer(ports, port, scatter(host), 1);
  }
  assert.equal(ports.values, sum(ports));
  assert.ok(ports.values <= VALUES_KEPT && ports.each.has(299) && !ports.each.has(0));
});
