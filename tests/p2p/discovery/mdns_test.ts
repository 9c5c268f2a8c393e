// Multicast DNS as far as peers need it.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type MdnsMessage, readMdns, writeMdns } from "../../../p2p/discovery/mdns.ts";

const ANSWER: MdnsMessage = {
  response: true,
  questions: [],
  records: [
    { type: "PTR", name: "_x._tcp.local", target: "abc._x._tcp.local" },
    { type: "SRV", name: "abc._x._tcp.local", port: 4001, target: "host.local" },
    { type: "TXT", name: "abc._x._tcp.local", strings: [Uint8Array.of(1, 2, 3), Uint8Array.of()] },
    { type: "A", name: "host.local", ip: "10.0.0.7" },
    { type: "AAAA", name: "host.local", ip: "fd00::7" },
  ],
};

Deno.test("questions and answers are read as they were written", () => {
  assert.deepEqual(readMdns(writeMdns(ANSWER)!), ANSWER);
  const question: MdnsMessage = { response: false, questions: ["slips.local"], records: [] };
  assert.deepEqual(readMdns(writeMdns(question)!), question);
});

Deno.test("what other programs write is read too: shortened names, other types, answers wanted by one alone", () => {
  const bytes = [
    ...[0, 0, 0x84, 0, 0, 1, 0, 2, 0, 0, 0, 0],
    // slips.local, any type, for the asker alone
    ...[5, 0x73, 0x6c, 0x69, 0x70, 0x73, 5, 0x6c, 0x6f, 0x63, 0x61, 0x6c, 0, 0, 255, 0x80, 1],
    // a HINFO record, then a PTR whose owner and target point back
    ...[0xc0, 12, 0, 13, 0, 1, 0, 0, 0, 9, 0, 2, 1, 0x61],
    ...[0xc0, 12, 0, 12, 0x80, 1, 0, 0, 0, 9, 0, 4, 1, 0x51, 0xc0, 18],
  ];
  assert.deepEqual(readMdns(Uint8Array.from(bytes)), {
    response: true,
    questions: ["slips.local"],
    records: [{ type: "PTR", name: "slips.local", target: "Q.local" }],
  });
});

Deno.test("a name that points at itself or ahead, and a packet with too many records, are not read", () => {
  const loop = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 12, 0, 1];
  assert.equal(readMdns(Uint8Array.from(loop)), undefined);
  assert.equal(readMdns(Uint8Array.from(loop.with(13, 14))), undefined);
  assert.equal(readMdns(Uint8Array.from([0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0])), undefined);
});

Deno.test("no packet makes an exception, however it is changed or cut", () => {
  const whole = writeMdns(ANSWER)!;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }))),
      fc.nat(),
      (changes, end) => {
        const bytes = whole.slice(0, end % (whole.length + 1));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        readMdns(bytes);
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("what does not fit into a packet is not written", () => {
  const strings = Array.from({ length: 8 }, () => new Uint8Array(200));
  assert.equal(
    writeMdns({ response: true, questions: [], records: [{ type: "TXT", name: "a.local", strings }] }),
    undefined,
  );
  const name = `${"a".repeat(64)}.local`;
  assert.equal(writeMdns({ response: true, questions: [name], records: [] }), undefined);
});
