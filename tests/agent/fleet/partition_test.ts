// What was judged and told of a partition, when the server may forget.

import assert from "node:assert/strict";
import { nextToTell, openPartition, type Partition, wasTold } from "../../../agent/fleet/detect/partition.ts";

function partition(): Partition {
  const card = { id: "1", sensor: "s", input: "i", version: "1", format: "f", partitions: 1, lease: 1, hang: 1 };
  const keys = { card: "", state: "", facts: "", batches: () => "", judged: "", serials: "", leases: "", hung: "" };
  return openPartition({ number: 1, card, keys, partition: 0, judge: 0 });
}

const told = (...serials: number[]) => serials.map((serial) => ({ serial, text: `${serial}` }));
const serials = (list: readonly { serial: number }[]): number[] => list.map(({ serial }) => serial);

Deno.test("what was told is not told again", () => {
  const one = partition();
  one.toTell = told(1, 2, 3);
  assert(wasTold(one, nextToTell(one), 3));
  assert.deepEqual(one.toTell, []);
});

Deno.test("what others have told already is done with", () => {
  const one = partition();
  one.toTell = told(4, 5);
  assert(wasTold(one, nextToTell(one), 9));
  assert.deepEqual(one.toTell, []);
});

Deno.test("what a server that was restarted has forgotten is told again", () => {
  const one = partition();
  one.toTell = told(1, 2, 3);
  wasTold(one, nextToTell(one), 3);
  one.toTell = told(4);
  assert(wasTold(one, [], 1));
  assert.deepEqual(serials(one.toTell), [2, 3, 4]);
  assert(wasTold(one, nextToTell(one), 4));
  assert.deepEqual(one.toTell, []);
});

Deno.test("when it has forgotten more than is known here, the partition has to be judged anew", () => {
  const one = partition();
  one.toTell = told(7, 8);
  wasTold(one, nextToTell(one), 8);
  assert.equal(wasTold(one, [], 3), false);
});

Deno.test("what is long is told in several goes, but never nothing", () => {
  const one = partition();
  one.toTell = [1, 2, 3].map((serial) => ({ serial, text: "x".repeat(3_000_000) }));
  assert.deepEqual(serials(nextToTell(one)), [1]);
  one.toTell = [{ serial: 1, text: "x".repeat(9_000_000) }];
  assert.deepEqual(serials(nextToTell(one)), [1]);
});
