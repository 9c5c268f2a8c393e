// Text of addresses: what is read, what is refused, and the one canonical spelling.

import assert from "node:assert/strict";
import fc from "fast-check";
import { isIPv4, isIPv6 } from "node:net";
import {
  canonicalAddress,
  formatIPv4,
  formatIPv6,
  parseAddress,
  parseIPv4,
  parseIPv4Bytes,
  parseIPv6,
} from "../../../agent/record/address-text.ts";

const uint32 = fc.nat({ max: 0xffffffff });
const fourWords = fc.tuple(...Array.from({ length: 4 }, () => fc.oneof(uint32, fc.constantFrom(0, 1, 0xffff, 0x10000))))
  .map((words) => Uint32Array.from(words));

Deno.test("every IPv4 address survives writing and reading", () => {
  fc.assert(fc.property(uint32, (address) => parseIPv4(formatIPv4(address)) === address));
  assert.equal(parseIPv4("255.255.255.255"), 0xffffffff);
  assert.equal(parseIPv4("10.0.0.1"), 0x0a000001);
});

Deno.test("every IPv6 address survives writing and reading", () => {
  const into = new Uint32Array(4);
  fc.assert(fc.property(fourWords, (words) => {
    const text = formatIPv6(words);
    assert.ok(isIPv6(text), text);
    assert.ok(parseIPv6(text, into), text);
    assert.deepEqual(into, words, text);
  }));
});

Deno.test("the canonical spelling is that of the URL standard's RFC 5952 serialiser", () => {
  fc.assert(fc.property(fourWords, (words) => {
    const text = formatIPv6(words);
    if (text.includes(".")) return; // the URL standard writes mapped addresses in hex
    const full = Array.from(words, (word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`).join(":");
    assert.equal(`[${text}]`, new URL(`http://[${full}]/`).hostname);
  }));
});

Deno.test("the examples of RFC 5952 are written as it recommends", () => {
  const spellings: [string, string][] = [
    ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["::FFFF:192.0.2.1", "::ffff:192.0.2.1"],
    ["::ffff:c000:201", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["192.0.2.1", "192.0.2.1"],
  ];
  for (const [given, canonical] of spellings) assert.equal(canonicalAddress(given), canonical, given);
});

Deno.test("what node takes for an address we take too, and nothing else", () => {
  const into = new Uint32Array(4);
  const likeAnAddress = fc.array(
    fc.constantFrom("0", "1", "7", "25", "256", "00", "f", "Ab", "12345", ":", "::", ".", "g", "/", "-", " "),
    { maxLength: 17 },
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(likeAnAddress, (text) => {
      assert.equal(parseIPv4(text) >= 0, isIPv4(text), text);
      const bytes = new TextEncoder().encode(` ${text} `);
      assert.equal(parseIPv4Bytes(bytes, 1, bytes.length - 1), parseIPv4(text), text);
      assert.equal(parseIPv6(text, into), isIPv6(text), text);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("malformed text is refused", () => {
  const into = new Uint32Array(4);
  for (
    const text of ["", "1", "1.2.3", "1.2.3.4.", ".1.2.3.4", "1..2.3", "01.2.3.4", "1.2.3.00", "1.2.3.256", "+1.2.3.4"]
  ) {
    assert.equal(parseIPv4(text), -1, text);
  }
  const wrong = [":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::", "1:", ":1", "1:2:3:4:5:6:7::8", "12345::"];
  for (
    const text of [...wrong, "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "::g", "fe80::1%1", "0".repeat(60)]
  ) {
    assert.equal(parseIPv6(text, into), false, text);
    assert.deepEqual([...into], [0, 0, 0, 0], text);
  }
});

Deno.test("a mapped address is read as the IPv4 host it stands for", () => {
  const into = new Uint32Array(4);
  assert.equal(parseAddress("::ffff:10.0.0.1", into), 4);
  assert.equal(into[0], 0x0a000001);
  assert.equal(parseAddress("fe80::1", into), 6);
  assert.equal(parseAddress("router", into), 0);
});
