// Counting different things: exact while that is cheap, close beyond it, and never more memory than the bound.

import assert from "node:assert/strict";
import {
  addDistinct,
  countDistinct,
  type Distinct,
  EXACT_VALUES,
  scatter,
  scatterAddress,
  valuesKept,
} from "../../detectors/distinct.ts";

function countOf(values: Iterable<number>): Distinct {
  const distinct: Distinct = { few: [], many: undefined, level: 0 };
  for (const value of values) addDistinct(distinct, scatter(value));
  return distinct;
}

function* upTo(count: number): Iterable<number> {
  for (let n = 0; n < count; n++) yield n;
}

Deno.test("different values are counted exactly up to the bound, repeated ones once", () => {
  for (const count of [0, 1, 11, 12, 13, 100, 9999, 10_000, EXACT_VALUES]) {
    assert.equal(countDistinct(countOf(upTo(count))), count);
  }
  assert.equal(countDistinct(countOf([...upTo(50), ...upTo(50), ...upTo(40)])), 50);
});

Deno.test("adding says whether a value is new", () => {
  const distinct = countOf(upTo(20));
  assert.equal(addDistinct(distinct, scatter(19)), false);
  assert.equal(addDistinct(distinct, scatter(20)), true);
  assert.equal(addDistinct(distinct, scatter(20)), false);
});

Deno.test("a million values are estimated within three standard errors, in the memory of the bound", () => {
  const distinct = countOf(upTo(1_000_000));
  const error = 1.2 / Math.sqrt(EXACT_VALUES / 2);
  assert.ok(Math.abs(countDistinct(distinct) / 1_000_000 - 1) < 3 * error, String(countDistinct(distinct)));
  assert.ok(valuesKept(distinct) <= EXACT_VALUES);
});

Deno.test("scattering loses nothing: 100,000 neighbours stay different", () => {
  const scattered = new Set<number>();
  for (const value of upTo(100_000)) scattered.add(scatter(0x0a000000 + value));
  assert.equal(scattered.size, 100_000);
});

Deno.test("addresses of both families are told apart by each of their parts", () => {
  const addresses = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db9::1", "::1"];
  assert.equal(new Set(addresses.map(scatterAddress)).size, addresses.length);
  assert.equal(scatterAddress("2001:db8::1"), scatterAddress("2001:0DB8:0::1"));
});
