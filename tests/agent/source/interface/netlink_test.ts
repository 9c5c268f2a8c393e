// What the kernel says about its network, byte by byte, and what is made of it.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Answer, dumpRequest, readAnswers, RTM_GETLINK } from "../../../../agent/source/interface/netlink.ts";
import { localPicture, pictureOf } from "../../../../agent/source/interface/system.ts";
import { concat, hex, ipBytes, macBytes } from "../../../craft/craft.ts";

function le(bytes: 2 | 4, value: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => value >>> (8 * i));
}

function padded(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array((4 - bytes.length % 4) % 4));
}

function attribute(type: number, value: Uint8Array): Uint8Array {
  return padded(concat(le(2, 4 + value.length), le(2, type), value));
}

function message(type: number, sequence: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return padded(concat(le(4, 16 + body.length), le(2, type), le(2, 2), le(4, sequence), le(4, 0), body));
}

function read(...messages: Uint8Array[]): { answers: Answer[]; more: boolean } {
  const bytes = Uint8Array.from(concat(...messages));
  const answers: Answer[] = [];
  const more = readAnswers(bytes, bytes.length, 5, (answer) => answers.push(answer));
  return { answers, more };
}

const link = message(
  16,
  5,
  hex("00000100"),
  le(4, 2),
  le(4, 0x1043),
  le(4, 0),
  attribute(3, concat("eth0\0")),
  attribute(1, macBytes("02:00:00:00:00:01")),
  attribute(4, le(4, 1500)),
);
const address = message(
  20,
  5,
  hex("02180000"),
  le(4, 2),
  attribute(1, ipBytes("192.168.1.5")),
  attribute(2, ipBytes("192.168.1.5")),
);
const address6 = message(20, 5, hex("0a400000"), le(4, 2), attribute(1, ipBytes("2001:db8::5")));
const linkLocal = message(20, 5, hex("0a4080fd"), le(4, 2), attribute(1, ipBytes("fe80::5")));
/** family, destination bits, source bits, service, table, protocol, scope, type, flags. */
const route = message(
  24,
  5,
  hex("02000000fe030001"),
  le(4, 0),
  attribute(5, ipBytes("192.168.1.1")),
  attribute(4, le(4, 2)),
  attribute(6, le(4, 100)),
);
const neighbour = message(
  28,
  5,
  hex("02000000"),
  le(4, 2),
  hex("02000001"),
  attribute(1, ipBytes("192.168.1.1")),
  attribute(2, macBytes("02:00:00:00:00:ff")),
);
const done = message(3, 5, le(4, 0));

Deno.test("interfaces, addresses, the way out and who stands there", () => {
  const { answers, more } = read(link, address, address6, linkLocal, route, neighbour, done);
  assert.equal(more, false);
  assert.deepEqual(answers, [
    {
      kind: "link",
      index: 2,
      name: "eth0",
      hardwareType: 1,
      mac: "02:00:00:00:00:01",
      mtu: 1500,
      up: true,
      running: true,
    },
    { kind: "address", index: 2, ip: "192.168.1.5", prefixLength: 24, network: "192.168.1.0/24" },
    { kind: "address", index: 2, ip: "2001:db8::5", prefixLength: 64, network: "2001:db8::/64" },
    { kind: "address", index: 2, ip: "fe80::5", prefixLength: 64, network: "fe80::/64" },
    { kind: "route", index: 2, gateway: "192.168.1.1", metric: 100 },
    { kind: "neighbour", index: 2, ip: "192.168.1.1", mac: "02:00:00:00:00:ff" },
  ]);
  const of = <Kind extends Answer["kind"]>(kind: Kind): Extract<Answer, { kind: Kind }>[] =>
    answers.filter((answer) => answer.kind === kind) as Extract<Answer, { kind: Kind }>[];
  const picture = pictureOf({
    links: of("link"),
    addresses: of("address"),
    routes: of("route"),
    neighbours: of("neighbour"),
  });
  assert.deepEqual(localPicture(picture, ["eth0"]), {
    own: ["192.168.1.5", "2001:db8::5", "fe80::5"],
    networks: ["192.168.1.0/24", "2001:db8::/64"],
    gateway: { interface: "eth0", ip: "192.168.1.1", mac: "02:00:00:00:00:ff" },
  });
  assert.deepEqual(localPicture(picture, ["eth1"]), { own: [], networks: [], gateway: undefined });
});

Deno.test("on a point-to-point link the local address is ours, not the other side's", () => {
  const { answers } = read(
    message(20, 5, hex("02200000"), le(4, 9), attribute(1, ipBytes("10.0.0.2")), attribute(2, ipBytes("10.0.0.1"))),
  );
  assert.deepEqual(answers, [{ kind: "address", index: 9, ip: "10.0.0.1", prefixLength: 32, network: "10.0.0.1/32" }]);
});

Deno.test("several gateways for one route are all told", () => {
  const hop = (index: number, ip: string): Uint8Array => {
    const gateway = attribute(5, ipBytes(ip));
    return concat(le(2, 8 + gateway.length), hex("0000"), le(4, index), gateway);
  };
  const several = message(
    24,
    5,
    hex("02000000fe030001"),
    le(4, 0),
    attribute(9, concat(hop(2, "10.0.0.1"), hop(3, "10.1.0.1"))),
  );
  assert.deepEqual(read(several).answers, [
    { kind: "route", index: 2, gateway: "10.0.0.1", metric: 0 },
    { kind: "route", index: 3, gateway: "10.1.0.1", metric: 0 },
  ]);
});

Deno.test("routes to somewhere, of other tables, or into nothing are no ways out", () => {
  for (const fixed of ["02080000fe030001", "02000000ff030001", "02000000fe030006"]) {
    assert.deepEqual(
      read(message(24, 5, hex(fixed), le(4, 0), attribute(5, ipBytes("10.0.0.1")), attribute(4, le(4, 2)))).answers,
      [],
    );
  }
});

Deno.test("answers to other questions are passed over, and the end is noticed", () => {
  assert.deepEqual(read(message(16, 4, new Uint8Array(16)), message(3, 4, le(4, 0))), { answers: [], more: true });
  assert.equal(read(message(2, 5, le(4, -1))).more, false);
});

Deno.test("the question is as long as it must be", () => {
  const request = dumpRequest(RTM_GETLINK, 7);
  assert.deepEqual([...request.subarray(0, 12)], [32, 0, 0, 0, 18, 0, 1, 3, 7, 0, 0, 0]);
  assert.equal(request.length, 32);
});

Deno.test("answers cut or changed anywhere are survived", () => {
  const whole = concat(link, address, address6, route, neighbour, done);
  for (let cut = 0; cut < whole.length; cut++) read(whole.subarray(0, cut));
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), (writes) => {
    const bytes = Uint8Array.from(whole);
    for (const [at, value] of writes) bytes[at] = value;
    read(bytes);
  }));
});
