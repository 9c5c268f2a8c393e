import assert from "node:assert/strict";
import {
  certificateMessage,
  clientHello,
  clientKeyExchange,
  concat,
  noise,
  random,
  selfSignedChain,
  serverHello,
  serverHelloDone,
  serverKeyExchange,
  u16,
  u24,
  u32,
  u8,
  withLength16,
  withLength8,
} from "../../../../craft/craft.ts";
import { ofKind, protocolNamed } from "../encrypted.ts";
import { damaged, listen } from "../listen.ts";

const DTLS12 = 0xfefd;
const HANDSHAKE = 22, CHANGE_CIPHER_SPEC = 20, ALERT = 21;

function record(type: number, content: Uint8Array, epoch = 0): Uint8Array {
  return concat(u8(type), u16(DTLS12), u16(epoch), u16(0), u32(1), withLength16(content));
}

/** A message of TLS as fragments of DTLS, each in a record of its own. */
function fragments(message: Uint8Array, number: number, size = 60_000): Uint8Array[] {
  const body = message.subarray(4);
  const list: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    const header = concat(u8(message[0]!), u24(body.length), u16(number), u24(at), u24(piece.length));
    list.push(record(HANDSHAKE, concat(header, piece)));
  }
  return list;
}

/** A hello with DTLS's version, and a cookie behind the session when it is the client's. */
function asDtls(message: Uint8Array, cookie?: Uint8Array): Uint8Array {
  const body = message.slice(4);
  body.set(u16(DTLS12), 0);
  if (cookie === undefined) return concat(u8(message[0]!), u24(body.length), body);
  const at = 35 + body[34]!;
  const longer = concat(body.subarray(0, at), withLength8(cookie), body.subarray(at));
  return concat(u8(message[0]!), u24(longer.length), longer);
}

const HELLO = asDtls(clientHello({ serverName: "call.example", versions: ["1.2"] }), new Uint8Array(0));
const HELLO_AGAIN = asDtls(clientHello({ serverName: "call.example", versions: ["1.2"] }), noise(20, 1));
const VERIFY = concat(u8(3), u24(23), u16(DTLS12), withLength8(noise(20, 1)));
const FLIGHT = [
  asDtls(serverHello({ version: "1.2" })),
  certificateMessage(selfSignedChain({ CN: "call.example" })),
  serverKeyExchange(),
  serverHelloDone(),
];
const FINISHED = record(HANDSHAKE, noise(40, 1), 1);

Deno.test("a handshake of DTLS 1.2 with a cookie, its certificate in pieces that arrive in any order", () => {
  const heard = listen(protocolNamed("dtls")).client(fragments(HELLO, 0)[0]!).server(fragments(VERIFY, 0)[0]!);
  heard.client(fragments(HELLO_AGAIN, 1)[0]!, 1);
  FLIGHT.forEach((message, i) => fragments(message, i + 1, 200).reverse().forEach((piece) => heard.server(piece, 2)));
  heard.client(concat(...fragments(clientKeyExchange(), 2), record(CHANGE_CIPHER_SPEC, u8(1)), FINISHED), 3);
  heard.server(concat(record(CHANGE_CIPHER_SPEC, u8(1)), FINISHED), 4);
  const [ssl] = ofKind(heard.records, "ssl");
  assert.deepEqual([ssl?.version, ssl?.ssl_history, ssl?.established], ["DTLSv12", "CvCsxknGIi", true]);
  assert.deepEqual([ssl?.server_name, ssl?.subject], ["call.example", "CN=call.example"]);
  assert.match(ssl!.ja4!, /^dd2d/);
  assert.deepEqual([heard.services.at(-1), heard.wanting], ["dtls", false]);
});

Deno.test("DTLS 1.3 is known by its extension and established by its short records", () => {
  const hello = asDtls(serverHello({ version: "1.2", extensions: [[43, u16(0xfefc)], [51, concat(u16(29), u16(0))]] }));
  const short = concat(u8(0x2f), noise(60, 1));
  const heard = listen(protocolNamed("dtls")).client(fragments(HELLO, 0)[0]!);
  heard.server(concat(fragments(hello, 0)[0]!, short)).client(short);
  const [ssl] = ofKind(heard.records, "ssl");
  assert.deepEqual([ssl?.version, ssl?.curve, ssl?.ssl_history, ssl?.established], ["DTLSv13", "x25519", "Cs", true]);
});

Deno.test("STUN on the same flow is passed over; the caller may be the server, whose alert is a small letter", () => {
  const stun = concat(u16(1), u16(0), u32(0x2112a442), noise(12, 1));
  const heard = listen(protocolNamed("dtls")).client(stun).server(fragments(HELLO, 0)[0]!);
  heard.client(record(ALERT, Uint8Array.of(2, 40))).end();
  const [ssl] = ofKind(heard.records, "ssl");
  assert.deepEqual([ssl?.ssl_history, ssl?.last_alert], ["^Cl", "handshake_failure"]);
});

Deno.test("pieces that overlap, come twice and in any order make the message that was sent", () => {
  const body = HELLO.subarray(4);
  const piece = (from: number, to: number): Uint8Array => {
    const part = body.subarray(from, to);
    return record(HANDSHAKE, concat(u8(1), u24(body.length), u16(0), u24(from), u24(part.length), part));
  };
  const heard = listen(protocolNamed("dtls"));
  const { length } = body;
  for (const [from, to] of [[40, 60], [20, 50], [40, 60], [70, length - 1], [0, 1], [10, 80], [length - 2, length]]) {
    heard.client(piece(from!, to!));
  }
  heard.client(piece(1, 10)).end();
  assert.equal(ofKind(heard.records, "ssl")[0]?.server_name, "call.example");
});

Deno.test("a message in more pieces than any network makes of it is given up", () => {
  const body = new Uint8Array(5000);
  const heard = listen(protocolNamed("dtls")).client(fragments(HELLO, 0)[0]!);
  const crumbs = Array.from({ length: 1000 }, (_, at) => {
    const header = concat(u8(11), u24(body.length), u16(1), u24(5 * at), u24(1));
    return record(HANDSHAKE, concat(header, u8(0)));
  });
  for (const crumb of crumbs) heard.server(crumb);
  assert.ok(heard.wanting);
});

Deno.test("recognition takes a first ClientHello only", () => {
  const protocol = protocolNamed("dtls");
  const recognise = (bytes: Uint8Array): string => protocol.recognise(bytes, 0, bytes.length, true);
  assert.equal(recognise(fragments(HELLO, 0)[0]!), "yes");
  assert.equal(recognise(fragments(FLIGHT[0]!, 0)[0]!), "no");
  assert.equal(recognise(FINISHED), "no");
  assert.equal(recognise(new Uint8Array(60)), "no");
});

Deno.test("three thousand damaged datagrams: nothing thrown, one ssl record at most", () => {
  const chance = random(7);
  const protocol = protocolNamed("dtls");
  const datagrams = [HELLO, ...FLIGHT].flatMap((message, i) => fragments(message, i, 300));
  for (let i = 0; i < 3000; i++) {
    const heard = listen(protocol);
    for (const datagram of datagrams) {
      heard[chance.below(2) === 0 ? "client" : "server"](
        chance.fraction() < 0.4 ? damaged(datagram, chance) : datagram,
      );
    }
    assert.ok(ofKind(heard.end().records, "ssl").length <= 1);
  }
});
