// Batches on their way to a detector worker: what arrives is what was sent.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Step } from "../../../agent/profile/batch.ts";
import type { Fact } from "../../../agent/profile/facts.ts";
import { createBatchWriter, readBatch, takeBatch, writeStep } from "../../../agent/profile/flat/batch.ts";
import { packBatch, PackedError, unpackBatch } from "../../../agent/profile/flat/packed.ts";
import { type AnyRecord, fieldsOf, type FieldType, type Kind, KINDS } from "../../../agent/record/schema.ts";

const numbers = fc.oneof(
  fc.nat(),
  fc.constantFrom(2 ** 32 - 3, 2 ** 32 - 2, 2 ** 32, 0.1, -1, 1e300),
  fc.double({ noNaN: true }),
)
  .map((number) => number + 0);
const texts = fc.oneof(fc.constantFrom("", "tcp", "10.0.0.1", 'quo"te', "\u0000"), fc.string({ unit: "binary" }));

function valuesOf(type: FieldType): fc.Arbitrary<unknown> {
  switch (type) {
    case "bool":
      return fc.boolean();
    case "string":
    case "addr":
    case "enum":
      return texts;
    case "vector[interval]":
      return fc.array(numbers, { maxLength: 4 });
    case "vector[string]":
    case "vector[addr]":
    case "set[string]":
    case "set[enum]":
      return fc.array(texts, { maxLength: 4 });
  }
  return numbers;
}

function recordsOf(kind: Kind): fc.Arbitrary<AnyRecord> {
  const fields = fieldsOf(kind).map(({ name, type, required }) => [
    name,
    required ? valuesOf(type) : fc.option(valuesOf(type), { nil: undefined }),
  ]);
  return fc.record({ kind: fc.constant(kind), ...Object.fromEntries(fields) }) as fc.Arbitrary<AnyRecord>;
}

const place = { clock: fc.constantFrom(1, 1.5, 1_700_000_000.123456), position: fc.maxSafeNat() };

const recordSteps: fc.Arbitrary<Step> = fc.record({
  ...place,
  record: fc.oneof(...KINDS.map(recordsOf)),
  profile: texts,
  role: fc.constantFrom("client", "server"),
});

const text = texts;
const facts: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    fact: fc.constant("resolved" as const),
    ts: numbers,
    uid: text,
    client: text,
    query: text,
    addresses: fc.array(text),
    aliases: fc.array(text),
  }),
  fc.record({ fact: fc.constant("mac" as const), ts: numbers, ip: text, mac: text }),
  fc.record({
    fact: fc.constantFrom("hostname" as const, "claimed_name" as const, "server_name" as const),
    ip: text,
    name: text,
  }),
  fc.record({ fact: fc.constant("dhcp_server" as const), ip: text }),
  fc.record({ fact: fc.constant("gateway" as const), ip: fc.option(text, { nil: undefined }), mac: text }),
  fc.record({ fact: fc.constant("local_network" as const), cidr: text }),
  fc.record({
    fact: fc.constant("certificate" as const),
    fingerprint: text,
    subject: fc.option(text, { nil: undefined }),
    issuer: fc.constant(undefined),
    names: fc.array(text),
  }),
  fc.record({ fact: fc.constant("ftp_data" as const), ip: text, port: fc.nat(65535) }),
  fc.record({ fact: fc.constant("forget" as const), profile: text }),
);

const steps = fc.oneof(recordSteps, fc.record({ ...place, fact: facts }) as fc.Arbitrary<Step>);

Deno.test("every field of every kind of record and fact arrives as it was sent, message after message", () => {
  const writer = createBatchWriter();
  let serial = 0;
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 30 }), (sent) => {
      for (const step of sent) writeStep(writer, step);
      const batch = { serial: ++serial, origin: 1, clock: 2, last: false };
      const message = takeBatch(writer, batch);
      // A clone, because fast-check makes objects without a prototype.
      const expected = { ...batch, steps: structuredClone(sent) };
      assert.deepEqual(readBatch(structuredClone(message)), expected);
      assert.deepEqual(readBatch(unpackBatch(packBatch(message))), expected);
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("a batch before the first record and without any step arrives as well", () => {
  const batch = { serial: 1, origin: NaN, clock: -Infinity, last: true };
  const message = takeBatch(createBatchWriter(), batch);
  assert.deepEqual(readBatch(message), { ...batch, steps: [] });
  assert.deepEqual(readBatch(unpackBatch(packBatch(message))), { ...batch, steps: [] });
});

Deno.test("more names, addresses and records in one batch than there is room for at first all arrive", () => {
  const writer = createBatchWriter();
  const sent = Array.from({ length: 20_000 }, (_, position): Step => ({
    clock: position / 7,
    position,
    fact: { fact: "server_name", ip: `10.1.${position >> 8}.${position & 255}`, name: `host-${position}.example` },
  }));
  for (let round = 0; round < 2; round++) {
    for (const step of sent) writeStep(writer, step);
    assert.deepEqual(readBatch(takeBatch(writer, { serial: 1, origin: 0, clock: 1, last: false })).steps, sent);
  }
});

Deno.test("what is no packed batch, or was cut off, is refused", () => {
  const writer = createBatchWriter();
  for (let port = 0; port < 50; port++) {
    writeStep(writer, { clock: 1, position: port, fact: { fact: "ftp_data", ip: "192.0.2.1", port } });
  }
  const packed = packBatch(takeBatch(writer, { serial: 1, origin: 0, clock: 1, last: false }));
  for (const bytes of [new Uint8Array(0), new Uint8Array(100), packed.subarray(0, packed.length - 5)]) {
    assert.throws(() => unpackBatch(bytes), PackedError);
  }
});
