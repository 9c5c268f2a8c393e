import assert from "node:assert/strict";
import { initialKeys, unprotect } from "../../../../../agent/dissect/protocol/quic/protection.ts";
import { parseLongPacket, variableInteger } from "../../../../../agent/dissect/protocol/quic/packet.ts";
import { quicVersion } from "../../../../../agent/dissect/protocol/quic/version.ts";
import {
  clientHello,
  concat,
  hex,
  noise,
  random,
  serverHello,
  u16,
  u32,
  u8,
  withLength8,
} from "../../../../craft/craft.ts";
import { ofKind, protocolNamed } from "../encrypted.ts";
import { damaged, type Heard, listen, START } from "../listen.ts";
import { cryptoFrame, initialPacket, longPacket, padding } from "./initial.ts";

/** The connection id of RFC 9001 appendix A. */
const RFC_ID = hex("8394c8f03e515708");
const SERVER_ID = hex("f067a5502a4262b5");
const CLIENT_ID = hex("c1c2c3c4");
const HELLO = clientHello({ serverName: "www.example.org", alpn: ["h3", "h3-29"], sessionId: new Uint8Array(0) });
const ANSWER = serverHello({ sessionId: new Uint8Array(0) });
const ACK = concat(u8(2), u8(0), u8(0), u8(0), u8(0));

const fromClient = { destination: RFC_ID, source: CLIENT_ID };
const fromServer = { destination: CLIENT_ID, source: SERVER_ID, keysFrom: RFC_ID, fromServer: true };
const short = concat(u8(0x41), noise(40, 1));

Deno.test("keys of the example in RFC 9001 appendix A.1 and of the one in RFC 9369 appendix A.1", () => {
  const first = initialKeys(quicVersion(1)!, RFC_ID);
  assert.deepEqual(Object.values(first.client).map((key) => key.toHex()), [
    "1f369613dd76d5467730efcbe3b1a22d",
    "fa044b2f42a3fd3b46fb255c",
    "9f50449e04a0e810283a1e9933adedd2",
  ]);
  assert.deepEqual(Object.values(first.server).map((key) => key.toHex()), [
    "cf3a5331653c364c88f0f379b6067e37",
    "0ac1493ca1905853b0bba03e",
    "c206b8d9b9f0f37644430b490eeaa314",
  ]);
  const second = initialKeys(quicVersion(0x6b3343cf)!, RFC_ID);
  assert.deepEqual(Object.values(second.client).map((key) => key.toHex()), [
    "8b1a0bc121284290a29e0971b5cd045d",
    "91f73e2351d8fa91660e909f",
    "45b95e15235d6f45a6b19cbcb0294ba9",
  ]);
});

Deno.test("the server's Initial packet of RFC 9001 appendix A.3 opens to an ACK and a ServerHello", () => {
  const packet = hex(
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb3" +
      "8cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84" +
      "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
  );
  const header = parseLongPacket(packet, 0, packet.length)!;
  const payload = unprotect(packet, header, initialKeys(quicVersion(1)!, RFC_ID).server)!;
  assert.equal(payload.subarray(0, 13).toHex(), "02000000000600405a02000056");
});

Deno.test("integers of all lengths, as RFC 9000 appendix A.1 shows them", () => {
  const value = (text: string) => variableInteger(hex(text), 0, hex(text).length)?.value;
  assert.deepEqual(["25", "4025", "7bbd", "9d7f3e7d", "c2197c5eff14e88c", "9d7f", ""].map(value), [
    37,
    37,
    15_293,
    494_878_333,
    151_288_809_941_952_652,
    undefined,
    undefined,
  ]);
});

/** Both hellos and what follows them. */
function handshake(heard: Heard): Heard {
  heard.client(initialPacket(concat(cryptoFrame(0, HELLO), padding(600)), fromClient));
  heard.server(
    concat(initialPacket(concat(ACK, cryptoFrame(0, ANSWER)), fromServer), longPacket(2, CLIENT_ID, SERVER_ID)),
    1,
  );
  heard.client(concat(initialPacket(ACK, { ...fromClient, number: 1 }), longPacket(2, SERVER_ID, CLIENT_ID)), 2);
  for (let i = 0; i < 9; i++) heard.client(short, 3);
  for (let i = 0; i < 3; i++) heard.server(short, 3);
  return heard;
}

Deno.test("a connection of version 1: the quic record and the ssl record of its handshake", () => {
  const heard = handshake(listen(protocolNamed("quic"))).end();
  const ends = { ts: START, uid: "CTest1", orig_h: "10.0.0.5", orig_p: 40_000, resp_h: "10.0.0.1", resp_p: 443 };
  const [quic] = ofKind(heard.records, "quic"), [ssl] = ofKind(heard.records, "ssl");
  assert.deepEqual({ ...quic, ja4: quic?.ja4?.slice(0, 10) }, {
    kind: "quic",
    ...ends,
    version: "1",
    client_initial_dcid: "8394c8f03e515708",
    client_scid: "c1c2c3c4",
    server_scid: "f067a5502a4262b5",
    server_name: "www.example.org",
    client_protocol: "h3",
    history: "ISishIHOOOOoo",
    ja4: "q13d1511h3",
  });
  assert.deepEqual([ssl?.version, ssl?.cipher, ssl?.curve, ssl?.server_name, ssl?.ssl_history, ssl?.established], [
    "TLSv13",
    "TLS_AES_128_GCM_SHA256",
    "x25519",
    "www.example.org",
    "Cs",
    false,
  ]);
  assert.deepEqual([...new Set(heard.services)], ["quic", "ssl"]);
  assert.deepEqual(heard.weirds, ["QUIC_many_protocols: [h3, h3-29]"]);
});

Deno.test("version 2 numbers and protects its packets differently and is read just the same", () => {
  const version = 0x6b3343cf;
  const heard = listen(protocolNamed("quic")).client(initialPacket(cryptoFrame(0, HELLO), { ...fromClient, version }));
  heard.server(initialPacket(cryptoFrame(0, ANSWER), { ...fromServer, version })).end();
  const [quic] = ofKind(heard.records, "quic");
  assert.deepEqual([quic?.version, quic?.history, quic?.server_name], ["quicv2", "ISis", "www.example.org"]);
});

Deno.test("a hello in pieces of any size, in any order, over several datagrams, some of them twice", () => {
  const chance = random(5);
  for (let round = 0; round < 40; round++) {
    const pieces: Uint8Array[] = [];
    const size = chance.between(20, 200);
    for (let at = 0; at < HELLO.length; at += size) pieces.push(cryptoFrame(at, HELLO.slice(at, at + size)));
    pieces.push(pieces[0]!);
    pieces.sort(() => chance.fraction() - 0.5);
    const heard = listen(protocolNamed("quic"));
    pieces.forEach((piece, number) => heard.client(initialPacket(piece, { ...fromClient, number })));
    const [quic] = ofKind(heard.end().records, "quic");
    assert.equal(quic?.server_name, "www.example.org", `pieces of ${size}`);
  }
});

Deno.test("after a Retry the client starts over with new keys, in a record of its own", () => {
  const heard = listen(protocolNamed("quic")).client(initialPacket(cryptoFrame(0, HELLO), fromClient));
  heard.server(longPacket(3, CLIENT_ID, SERVER_ID), 1);
  const again = { destination: SERVER_ID, source: CLIENT_ID, token: noise(30, 1) };
  heard.client(initialPacket(cryptoFrame(0, HELLO), again), 2);
  const quic = ofKind(heard.end().records, "quic");
  assert.deepEqual(quic.map((each) => [each.history, each.client_initial_dcid, each.ts - START]), [
    ["ISr", "8394c8f03e515708", 0],
    ["IS", "f067a5502a4262b5", 2],
  ]);
  assert.equal(ofKind(heard.records, "ssl").length, 1);
});

Deno.test("a refusal in the server's Initial packet closes the record", () => {
  const close = concat(u8(0x1c), u16(0x4128), u8(6), u8(2), "no");
  const heard = listen(protocolNamed("quic")).client(initialPacket(cryptoFrame(0, HELLO), fromClient));
  heard.server(initialPacket(concat(ACK, close), fromServer), 1);
  assert.deepEqual(ofKind(heard.records, "quic").map((each) => each.history), ["ISic"]);
  assert.equal(ofKind(heard.end().records, "quic").length, 1);
});

Deno.test("early data, greased bits and foreign versions are noted", () => {
  const heard = listen(protocolNamed("quic"));
  heard.client(concat(initialPacket(cryptoFrame(0, HELLO), fromClient), longPacket(1, RFC_ID, CLIENT_ID)));
  heard.client(concat(u8(0x01), noise(40, 1))).end();
  assert.equal(ofKind(heard.records, "quic")[0]?.history, "ISZX");
  const foreign = concat(u8(0xc3), u32(0xbabababa), withLength8(RFC_ID), withLength8(CLIENT_ID), noise(30, 1));
  const unknown = listen(protocolNamed("quic")).client(foreign);
  assert.deepEqual(ofKind(unknown.records, "quic").map((each) => [each.version, each.history]), [[
    "unknown-babababa",
    "U",
  ]]);
});

Deno.test("a packet whose seal is broken ends the reading and takes the name back", () => {
  const broken = initialPacket(cryptoFrame(0, HELLO), fromClient);
  broken[broken.length - 1]! ^= 1;
  const heard = listen(protocolNamed("quic")).client(broken);
  assert.deepEqual([heard.wanting, heard.services], [false, []]);
  assert.equal(ofKind(heard.end().records, "quic")[0]?.history, "I");
});

Deno.test("frames that reach beyond any hello are refused", () => {
  const far = initialPacket(cryptoFrame(16_000, noise(100, 1)), fromClient);
  assert.equal(listen(protocolNamed("quic")).client(far).wanting, false);
  const long = concat(u8(1), u8(0), u16(0x7fff), noise(100, 1));
  assert.equal(listen(protocolNamed("quic")).client(initialPacket(cryptoFrame(0, long), fromClient)).wanting, false);
});

Deno.test("recognition takes Initial packets of known versions from the client, whole ones only", () => {
  const protocol = protocolNamed("quic");
  const recognise = (bytes: Uint8Array, fromOrig = true): string =>
    protocol.recognise(bytes, 0, bytes.length, fromOrig);
  const packet = initialPacket(cryptoFrame(0, HELLO), fromClient);
  assert.equal(recognise(packet), "yes");
  assert.equal(recognise(packet, false), "no");
  assert.equal(recognise(packet.subarray(0, 100)), "no");
  assert.equal(recognise(longPacket(2, RFC_ID, CLIENT_ID)), "no");
  assert.equal(recognise(short), "no");
  assert.equal(recognise(longPacket(0, RFC_ID, CLIENT_ID, 0x0a0a0a0a)), "no");
});

Deno.test("five thousand damaged conversations, some damaged before they were sealed: nothing thrown", () => {
  const chance = random(9);
  const protocol = protocolNamed("quic");
  for (let i = 0; i < 5000; i++) {
    const heard = listen(protocol);
    const hello = chance.fraction() < 0.5 ? damaged(HELLO, chance) : HELLO;
    const frames = damaged(concat(ACK, cryptoFrame(0, hello.subarray(0, 1200))), chance);
    const sealed = initialPacket(frames, fromClient);
    heard.client(chance.fraction() < 0.3 ? damaged(sealed, chance) : sealed);
    heard.server(damaged(initialPacket(cryptoFrame(0, ANSWER), fromServer), chance));
    for (const record of ofKind(heard.end().records, "quic")) assert.ok(record.history!.length <= 100);
  }
});
