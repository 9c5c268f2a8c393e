// Messages on the wire: what goes out comes in the same, and no bytes whatever do harm.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Indicator } from "../../../p2p/indicator.ts";
import type { Message } from "../../../p2p/protocol/message.ts";
import { decode, encode, LONGEST_FRAME } from "../../../p2p/protocol/wire.ts";
import { createFrameReader } from "../../../p2p/protocol/frames.ts";

const plain = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(shape, { noNullPrototype: true }) as fc.Arbitrary<T>;
const hex = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(""));
const indicator: fc.Arbitrary<Indicator> = fc.oneof(
  fc.ipV4().map((value): Indicator => ({ kind: "ip", value })),
  fc.constantFrom("2001:db8::1", "fe80::1", "::", "fd77:0:0:1::ff").map((value): Indicator => ({ kind: "ip", value })),
  fc.domain().map((value): Indicator => ({ kind: "domain", value: value.toLowerCase() })),
  fc.webPath().map((path): Indicator => ({ kind: "url", value: `http://example.com${path}` })),
  fc.oneof(hex(32), hex(40), hex(64)).map((value): Indicator => ({ kind: "hash", value })),
);
const share = fc.integer({ min: 0, max: 0xffff }).map((part) => part / 0xffff);
const judgement = plain({ score: share, confidence: share, age: fc.nat({ max: 0xffffffff }) });
const number = fc.nat({ max: 0xffffffff });
const message: fc.Arbitrary<Message> = fc.oneof(
  plain({ type: fc.constant("request" as const), request: number, indicator }),
  plain({ type: fc.constant("answer" as const), request: number, judgement }),
  plain({ type: fc.constantFrom("report" as const, "blame" as const), indicator, judgement }),
  plain({ type: fc.constant("retract" as const), indicator }),
  fc.constant<Message>({ type: "goodbye" }),
  fc.constant<Message>({ type: "hello", version: 3, kinds: ["ip", "hash"] }),
);

Deno.test("every message comes out as it went in", () => {
  fc.assert(fc.property(message, number, (sent, sequence) => {
    const frame = encode(sent, sequence);
    assert.ok(frame.length <= LONGEST_FRAME);
    assert.deepEqual(decode(frame, 0, frame.length), { sequence, message: sent });
  }));
});

Deno.test("a message that is cut anywhere is malformed, and never an exception", () => {
  fc.assert(fc.property(message, fc.nat(), (sent, at) => {
    const frame = encode(sent, 1);
    const cut = at % frame.length;
    const { message: read } = decode(frame, 0, cut);
    assert.equal(read.type, "malformed", `${sent.type} cut at ${cut} of ${frame.length}`);
  }));
});

Deno.test("what a later minor version adds to the end of a message is passed over; so are its new types", () => {
  fc.assert(fc.property(message, fc.uint8Array({ minLength: 1, maxLength: 40 }), (sent, more) => {
    const frame = encode(sent, 7);
    const longer = new Uint8Array([...frame, ...more]);
    assert.deepEqual(decode(longer, 0, longer.length).message, sent);
  }));
  assert.deepEqual(decode(Uint8Array.of(0, 5, 0x80, 0, 0, 0, 1), 0, 7).message, { type: "unknown" });
  assert.equal(decode(Uint8Array.of(0, 5, 0x7f, 0, 0, 0, 1), 0, 7).message.type, "malformed");
});

Deno.test("no bytes make an exception, and what is read of them is within its bounds", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      // Types that there are, so that the bodies are read as well.
      if (bytes.length > 2) bytes[2] = bytes[2]! % 9;
      const { message: read } = decode(bytes, 0, bytes.length);
      if ("judgement" in read) {
        const { score, confidence } = read.judgement;
        assert.ok(score >= 0 && score <= 1 && confidence >= 0 && confidence <= 1);
      }
      if ("indicator" in read) assert.ok(read.indicator.value.length > 0);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("frames are found however the bytes are cut into pieces", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 50 })), (sent, cuts) => {
      const whole = new Uint8Array(sent.flatMap((one, at) => [...encode(one, at + 1)]));
      const reader = createFrameReader();
      const read: unknown[] = [];
      for (let at = 0, turn = 0; at < whole.length; turn++) {
        const next = Math.min(whole.length, at + (cuts[turn % Math.max(1, cuts.length)] ?? 1000));
        const goesOn = reader.push(whole.subarray(at, next), (bytes, from, to) => {
          read.push(decode(bytes, from, to).message);
          return true;
        });
        assert.ok(goesOn);
        at = next;
      }
      assert.deepEqual(read, sent);
    }),
  );
});

Deno.test("a frame that says it is longer than any message ends the reading at once", () => {
  const reader = createFrameReader();
  assert.equal(reader.push(Uint8Array.of(0xff, 0xff), () => true), false);
  assert.equal(reader.oversized(), true);
});

Deno.test("IPv4 hosts in IPv6 spelling, capital letters and names with a final dot mean the same as ever", () => {
  const mapped = new Uint8Array(encode({ type: "retract", indicator: { kind: "ip", value: "2001:db8::1" } }, 1));
  mapped.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1], mapped.length - 16);
  assert.deepEqual(decode(mapped, 0, mapped.length).message, {
    type: "retract",
    indicator: { kind: "ip", value: "10.0.0.1" },
  });
  const name = encode({ type: "retract", indicator: { kind: "domain", value: "WWW.Example.COM." } }, 1);
  assert.deepEqual(decode(name, 0, name.length).message, {
    type: "retract",
    indicator: { kind: "domain", value: "www.example.com" },
  });
});
