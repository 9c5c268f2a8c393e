// The old protocol's lines: what the peers of Slips 1.1 send and understand.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCidr } from "../../../agent/record/address-range.ts";
import { readMdns } from "../../../p2p/discovery/mdns.ts";
import { asksForLegacy, legacyAnswer, legacyPeer, legacyQuestion } from "../../../p2p/slips/discovery.ts";
import { readLegacy, writeLegacy } from "../../../p2p/slips/message.ts";

const MESSAGE = {
  message_type: "report",
  key_type: "ip",
  key: "1.2.3.4",
  evaluation_type: "score_confidence",
  evaluation: { score: 0.9, confidence: 0.6 },
};
const line = (changes: Record<string, unknown> = {}): string => btoa(JSON.stringify({ ...MESSAGE, ...changes }));

Deno.test("hello, ping and goodbye are words; the rest is JSON in base64", () => {
  assert.deepEqual(readLegacy("hello version1"), { type: "hello", version: "version1" });
  assert.deepEqual(readLegacy("ping"), { type: "ping" });
  assert.deepEqual(readLegacy("goodbye"), { type: "goodbye" });
  assert.deepEqual(readLegacy(line()), {
    type: "report",
    ip: "1.2.3.4",
    judgement: { score: 0.95, confidence: 0.6, age: 0 },
  });
  assert.deepEqual(readLegacy(line({ message_type: "request", evaluation: undefined })), {
    type: "request",
    ip: "1.2.3.4",
  });
});

Deno.test("what their own tests refuse is refused, and what they take is taken", () => {
  const refused = [
    "hello",
    "hello version1 again",
    "",
    "not base64!",
    btoa("not JSON"),
    btoa("[1]"),
    btoa("null"),
    line({ key: undefined }),
    line({ key_type: "domain" }),
    line({ key: "example.com" }),
    line({ evaluation_type: "score" }),
    line({ evaluation: { score: "0.5", confidence: 1 } }),
    line({ evaluation: { score: 1.00001, confidence: 1 } }),
    line({ evaluation: { score: 1, confidence: -3 } }),
    line({ evaluation: [1, 1] }),
    line({ message_type: "praise" }),
  ];
  for (const one of refused) assert.equal(readLegacy(one).type, "malformed", one);
  const taken = [
    line({ evaluation: null }),
    line({ more: 1 }),
    line({ key: "2001:db8::1" }),
    line({ message_type: "blame" }),
  ];
  for (const one of taken) assert.notEqual(readLegacy(one).type, "malformed", one);
});

Deno.test("no line makes an exception; our own are read back", () => {
  fc.assert(fc.property(fc.string(), (text) => void readLegacy(text)));
  fc.assert(fc.property(fc.json(), (text) => void readLegacy(btoa(unescape(encodeURIComponent(text))))));
  const written = writeLegacy({ type: "blame", ip: "1.2.3.4", judgement: { score: 0.9, confidence: 0.5, age: 7 } });
  assert.deepEqual(readLegacy(written), {
    type: "blame",
    ip: "1.2.3.4",
    judgement: { score: 0.9, confidence: 0.5, age: 0 },
  });
  assert.equal(written.at(-1), "\n");
});

Deno.test("old peers are found, and find us, by their own records", () => {
  assert.ok(asksForLegacy(readMdns(legacyQuestion()!)!));
  const peer = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";
  const here = [{
    name: "eth0",
    addresses: [{ ip: "192.168.1.5", cidr: "192.168.1.5/24", network: parseCidr("192.168.1.5/24")! }],
  }];
  const message = readMdns(legacyAnswer(peer, 32_768, here[0]!)!)!;
  assert.deepEqual(legacyPeer(message, here), { peer, addresses: ["192.168.1.5"], port: 32_768 });
  const outside = {
    ...message,
    records: message.records.map((one) => one.type === "A" ? { ...one, ip: "8.8.8.8" } : one),
  };
  assert.equal(legacyPeer(outside, here), undefined);
});
