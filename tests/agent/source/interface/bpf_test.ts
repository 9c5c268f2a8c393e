// Filter programs: what passes, what is refused, and nonsense.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ACCEPT_EVERYTHING,
  createPacketFilter,
  instructionBytes,
  type Program,
  readInstructions,
  REFUSE_EVERYTHING,
  whatIsWrongWith,
} from "../../../../agent/source/interface/bpf.ts";
import { fromClient, network } from "../../../craft/craft.ts";

/** A program in the form that `tcpdump -dd` prints: code, jt, jf, k. */
function program(...instructions: [number, number, number, number][]): Program {
  return instructions.map(([code, jumpTrue, jumpFalse, operand]) => ({ code, jumpTrue, jumpFalse, operand }));
}

/** "tcp dst port 8080" for IPv4 on Ethernet. */
const PORT_8080 = program(
  [0x28, 0, 0, 12], // ldh [12]
  [0x15, 0, 8, 0x0800], // jeq #ETHERTYPE_IP
  [0x30, 0, 0, 23], // ldb [23]
  [0x15, 0, 6, 6], // jeq #IPPROTO_TCP
  [0x28, 0, 0, 20], // ldh [20]
  [0x45, 4, 0, 0x1fff], // jset #fragment offset
  [0xb1, 0, 0, 14], // ldxb 4*([14]&0xf)
  [0x48, 0, 0, 16], // ldh [x+16]
  [0x15, 0, 1, 8080], // jeq #8080
  [0x06, 0, 0, 262144], // ret #262144
  [0x06, 0, 0, 0], // ret #0
);

function frames(): Uint8Array[] {
  const net = network();
  const pc = net.host("pc", "192.168.1.23");
  const web = net.host("www.example.com", "93.184.216.34");
  net.arp(pc, "192.168.1.1");
  net.tcp(pc, web, 8080, { steps: [fromClient("hello")] });
  net.tcp(pc, web, 8081, { steps: [fromClient("hello")] });
  net.udp(pc, web, 8080, { steps: [fromClient("hello")] });
  return [...net.packets()].map(({ data }) => data);
}

/** The same question asked without a program. */
function isToPort8080(frame: Uint8Array): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  return view.getUint16(12) === 0x0800 && frame[23] === 6 && view.getUint16(36) === 8080;
}

Deno.test("a filter lets through what it is for and nothing else", () => {
  const passes = createPacketFilter(PORT_8080);
  const all = frames();
  const expected = all.map(isToPort8080);
  assert.deepEqual(all.map((frame) => passes(frame, 0, frame.length, frame.length)), expected);
  assert.ok(expected.filter(Boolean).length >= 3);
  // The same in the middle of a buffer.
  const buffer = new Uint8Array(4000).fill(8);
  for (const [i, frame] of all.entries()) {
    buffer.set(frame, 777);
    assert.equal(passes(buffer, 777, frame.length, frame.length), expected[i]);
  }
});

Deno.test("a packet that is too short for the question does not pass", () => {
  const passes = createPacketFilter(PORT_8080);
  const frame = frames().find(isToPort8080)!;
  // What stands behind the packet in the buffer is not the packet's.
  for (let length = 0; length < 38; length++) assert.equal(passes(frame, 0, length, frame.length), false);
  assert.equal(passes(frame, 0, 38, frame.length), true);
});

Deno.test("everything, nothing, and the length on the wire", () => {
  const frame = new Uint8Array(60);
  assert.equal(createPacketFilter(ACCEPT_EVERYTHING)(frame, 0, 60, 60), true);
  assert.equal(createPacketFilter(REFUSE_EVERYTHING)(frame, 0, 60, 60), false);
  // "greater 1000"
  const long = createPacketFilter(program([0x80, 0, 0, 0], [0x35, 0, 1, 1000], [0x06, 0, 0, 1], [0x06, 0, 0, 0]));
  assert.equal(long(frame, 0, 60, 999), false);
  assert.equal(long(frame, 0, 60, 1000), true);
});

/** Loads `a` and `x`, calculates with the operation, and says whether the result is `expected`. */
function calculates(code: number, a: number, x: number, expected: number): boolean {
  const passes = createPacketFilter(program(
    [0x01, 0, 0, x], // ldx #x
    [0x00, 0, 0, a], // ld #a
    [code, 0, 0, x],
    [0x15, 0, 1, expected],
    [0x06, 0, 0, 1],
    [0x06, 0, 0, 0],
  ));
  return passes(new Uint8Array(1), 0, 1, 1);
}

Deno.test("arithmetic is that of unsigned 32-bit numbers", () => {
  const sums: [operation: number, a: number, b: number, result: number][] = [
    [0x00, 0xffffffff, 2, 1],
    [0x10, 1, 2, 0xffffffff],
    [0x20, 0x10001, 0x10001, 0x20001],
    [0x30, 0xffffffff, 2, 0x7fffffff],
    [0x40, 0x80000000, 1, 0x80000001],
    [0x50, 0xffffffff, 0x80000000, 0x80000000],
    [0x60, 1, 31, 0x80000000],
    [0x60, 1, 32, 0],
    [0x70, 0x80000000, 31, 1],
    [0x70, 0x80000000, 32, 0],
    [0x90, 0xffffffff, 10, 5],
    [0xa0, 0xffffffff, 0x0f0f0f0f, 0xf0f0f0f0],
  ];
  for (const [operation, a, b, result] of sums) {
    assert.ok(calculates(0x04 | operation, a, b, result), `operand: ${operation.toString(16)}`);
    assert.ok(calculates(0x0c | operation, a, b, result), `register: ${operation.toString(16)}`);
  }
  assert.ok(calculates(0x84, 1, 0, 0xffffffff), "negation");
  assert.ok(!calculates(0x3c, 1, 0, 0), "a division by a register of zero refuses the packet");
});

Deno.test("memory keeps what was put there, for one packet only", () => {
  const passes = createPacketFilter(program(
    [0x60, 0, 0, 15], // ld M[15]
    [0x15, 0, 3, 0], // jeq #0
    [0x30, 0, 0, 0], // ldb [0]
    [0x02, 0, 0, 15], // st M[15]
    [0x06, 0, 0, 1],
    [0x06, 0, 0, 0],
  ));
  for (let i = 0; i < 2; i++) assert.equal(passes(Uint8Array.of(7), 0, 1, 1), true);
});

Deno.test("a program that is not sound is refused with the reason", () => {
  const wrong: [Program, RegExp][] = [
    [[], /0 instructions/],
    [Array.from({ length: 4097 }, () => ACCEPT_EVERYTHING[0]!), /4097 instructions/],
    [program([0x00, 0, 0, 1]), /does not end with a return/],
    [program([0xff, 0, 0, 1], [0x06, 0, 0, 1]), /unknown operation 0xff/],
    [program([0x15, 1, 0, 1], [0x06, 0, 0, 1]), /instruction 0 jumps beyond the end/],
    [program([0x15, 0, 255, 1], [0x06, 0, 0, 1]), /jumps beyond/],
    [program([0x05, 0, 0, 0xffffffff], [0x06, 0, 0, 1]), /jumps beyond/],
    [program([0x34, 0, 0, 0], [0x06, 0, 0, 1]), /divides by zero/],
    [program([0x02, 0, 0, 16], [0x06, 0, 0, 1]), /memory that is not there/],
  ];
  for (const [one, reason] of wrong) {
    assert.match(whatIsWrongWith(one) ?? "", reason);
    assert.throws(() => createPacketFilter(one), RangeError);
  }
});

Deno.test("programs go through the form that C has and back", () => {
  assert.deepEqual(readInstructions(instructionBytes(PORT_8080)), PORT_8080);
});

Deno.test("every sound program ends on every packet", () => {
  const codes = [
    ...[
      0x20,
      0x28,
      0x30,
      0x80,
      0x00,
      0x60,
      0x40,
      0x48,
      0x50,
      0x01,
      0x81,
      0x61,
      0xb1,
      0x02,
      0x03,
      0x05,
      0x15,
      0x1d,
      0x25,
    ],
    ...[
      0x2d,
      0x35,
      0x3d,
      0x45,
      0x4d,
      0x06,
      0x16,
      0x07,
      0x87,
      0x04,
      0x0c,
      0x34,
      0x3c,
      0x94,
      0x9c,
      0x24,
      0x64,
      0x6c,
      0x84,
    ],
  ];
  const instruction = fc.record({
    code: fc.constantFrom(...codes),
    jumpTrue: fc.nat(4),
    jumpFalse: fc.nat(4),
    operand: fc.oneof(fc.nat(20), fc.constantFrom(0xffffffff, 0xfffff000, 0x80000000)),
  });
  fc.assert(fc.property(fc.array(instruction, { maxLength: 12 }), fc.uint8Array({ maxLength: 40 }), (start, packet) => {
    const one = [...start, ...Array.from({ length: 5 }, () => ACCEPT_EVERYTHING[0]!)];
    if (whatIsWrongWith(one) === undefined) createPacketFilter(one)(packet, 0, packet.length, packet.length);
  }));
});
