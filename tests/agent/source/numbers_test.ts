import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressOf,
  decimalOf,
  plainDecimalOf,
  plainIPv4Of,
  timeOfNumber,
  writtenTime,
} from "../../../agent/source/numbers.ts";

Deno.test("a decimal number is exactly what the runtime makes of it", () => {
  const digits = fc.stringMatching(/^[0-9]{1,20}$/);
  fc.assert(fc.property(digits, fc.option(digits), (whole, decimals) => {
    const text = decimals === null ? whole : `${whole}.${decimals}`;
    assert.equal(decimalOf(text, 0, text.length), Number(text));
  }));
  for (const text of ["1655071198.444458", "-1.5", "1e-05", "+3", "5."]) {
    assert.equal(decimalOf(`x${text}y`, 1, 1 + text.length), Number(text));
  }
});

Deno.test("what is no decimal number is none", () => {
  for (const text of ["", "-", ".", ".5", "1.2.3", "0x50", "1 2", "Infinity", "NaN", "1e", "9".repeat(50) + "e"]) {
    assert.equal(decimalOf(text, 0, text.length), NaN, text);
  }
});

Deno.test("from bytes come the same numbers and addresses as from text, or none that text would not give", () => {
  const parts = fc.constantFrom(
    "0",
    "1",
    "9",
    "10",
    "255",
    "256",
    "00",
    ".",
    ".",
    ".",
    "-",
    "e5",
    "+",
    "1655071198.444458",
    "x",
  );
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 9 }).map((list) => list.join("")), (text) => {
      // In the middle of a line.
      const bytes = encoder.encode(`7${text}.7`);
      const end = 1 + text.length;
      const plain = plainDecimalOf(bytes, 1, end);
      assert.ok(plain === -1 || plain === decimalOf(text, 0, text.length), `${text} is ${plain}`);
      assert.equal(plainIPv4Of(bytes, 1, end), addressOf(text));
    }),
    { numRuns: 2000 },
  );
  const common = ["0", "443", "1709280000.037068", "0.000001", "9007199254740991", "123456.7"];
  for (const text of common) {
    assert.equal(
      plainDecimalOf(encoder.encode(text), 0, text.length),
      Number(text),
      "the common form is read from bytes",
    );
  }
  for (const text of ["9007199254740993", "12345678901234567.5"]) {
    assert.equal(plainDecimalOf(encoder.encode(text), 0, text.length), -1, "a double does not hold these digits");
  }
});

Deno.test("a written time equals the same time as a decimal number", () => {
  const micros = fc.integer({ min: 0, max: 4_000_000_000_000_000 });
  fc.assert(fc.property(micros, (time) => {
    const seconds = new Date(Math.floor(time / 1e6) * 1000).toISOString().slice(0, 19);
    const fraction = String(time % 1_000_000).padStart(6, "0");
    assert.equal(writtenTime(`${seconds}.${fraction}Z`), time / 1e6);
    assert.equal(writtenTime(`${seconds.replace("T", " ").replaceAll("-", "/")}.${fraction}`), time / 1e6);
  }));
});

Deno.test("times have offsets in three spellings, or none, which is UTC", () => {
  const noon = Date.UTC(2021, 5, 6, 12) / 1000;
  for (
    const text of [
      "2021-06-06T14:00:00+0200",
      "2021-06-06T14:00:00+02:00",
      "2021-06-06T07:00:00.000-05",
      "2021-06-06T12:00:00",
    ]
  ) assert.equal(writtenTime(text), noon, text);
});

Deno.test("what is no time is none", () => {
  for (
    const text of [
      "",
      "2021-06-06",
      "2021-02-30T00:00:00",
      "2021-13-01T00:00:00",
      "2021-06-06T24:00:00",
      "2021-06-06T12:61:00",
      "2021-06-06T12:00:00+0x00",
      "2021-06-06T12:00:00 UTC",
      "1821-06-06T12:00:00",
      "T".repeat(100),
    ]
  ) assert.equal(writtenTime(text), NaN, text);
});

Deno.test("milliseconds are told from seconds, and neither is before 1970 or after 2106", () => {
  assert.equal(timeOfNumber(1664462456755), 1664462456.755);
  assert.equal(timeOfNumber(22.335172), 22.335172);
  for (const value of [-1, 5e9, 9e15, NaN, Infinity]) assert.equal(timeOfNumber(value), NaN);
});

Deno.test("addresses come out in their one canonical form", () => {
  assert.equal(addressOf("10.0.0.1"), "10.0.0.1");
  assert.equal(addressOf("2001:0DB8:0:0:0:0:0:1"), "2001:db8::1");
  assert.equal(addressOf("2001:0DB8:0:0:0:0:0:1"), "2001:db8::1");
  for (const text of ["", "10.0.0", "10.0.0.256", "fe80::1%eth0", "00:11:22:33:44:55"]) {
    assert.equal(addressOf(text), undefined);
  }
});
