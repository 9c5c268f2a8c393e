// TLS over datagrams for the fuzzer: QUIC packets that can be opened, and DTLS.

import {
  certificateMessage,
  clientHello,
  concat,
  noise,
  selfSignedChain,
  serverHello,
  serverHelloDone,
  u16,
  u24,
  u32,
  u8,
  withLength16,
  withLength8,
} from "../../tests/craft/craft.ts";
import { cryptoFrame, initialPacket, longPacket, padding } from "../../tests/agent/dissect/protocol/quic/initial.ts";
import { type Saying, type Transcript, written } from "./transcript.ts";

const HTTPS = 443;
const QUIC_1 = 1, QUIC_2 = 0x6b3343cf;

/** Openings of QUIC: the hello whole and in pieces out of order, in versions 1 and 2, with the server's answer. */
export function quicSayings(): { port: number; sayings: readonly Saying[] }[] {
  const hello = clientHello({ serverName: "www.example.org", alpn: ["h3"], sessionId: new Uint8Array(0) });
  const destination = noise(8, 1), source = noise(4, 2), ours = noise(8, 3);
  const answer = serverHello({ sessionId: new Uint8Array(0) });
  const half = hello.length >> 1;
  const pieces = concat(cryptoFrame(half, hello.subarray(half)), cryptoFrame(0, hello.subarray(0, half)));
  return [QUIC_1, QUIC_2].flatMap((version) => {
    const ends = { version, destination, source };
    const reply = { version, destination: source, source: ours, keysFrom: destination, fromServer: true };
    const responses = [
      { fromClient: false, bytes: initialPacket(cryptoFrame(0, answer), reply) },
      { fromClient: true, bytes: longPacket(2, ours, source, version) },
      { fromClient: false, bytes: concat(u8(0x41), noise(60, 4)) },
    ];
    return [concat(cryptoFrame(0, hello), padding(600)), concat(pieces, padding(600))].map((frames) => ({
      port: HTTPS,
      sayings: [{ fromClient: true, bytes: initialPacket(frames, ends) }, ...responses],
    }));
  });
}

const DTLS_12 = 0xfefd, HANDSHAKE = 22, CHANGE_CIPHER_SPEC = 20;

function record(type: number, content: Uint8Array, epoch = 0): Uint8Array {
  return concat(u8(type), u16(DTLS_12), u16(epoch), u16(0), u32(1), withLength16(content));
}

/** A message of TLS as fragments of DTLS (RFC 6347 section 4.2.2). */
function fragments(message: Uint8Array, number: number, size: number): Uint8Array[] {
  const body = message.subarray(4);
  const list: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    const header = concat(u8(message[0]!), u24(body.length), u16(number), u24(at), u24(piece.length));
    list.push(record(HANDSHAKE, concat(header, piece)));
  }
  return list;
}

/** A handshake of DTLS 1.2. */
export function datagramTls(): Transcript {
  const asDtls = (message: Uint8Array, cookie: boolean): Uint8Array => {
    const body = message.slice(4);
    body.set(u16(DTLS_12), 0);
    const at = 35 + body[34]!;
    const whole = cookie ? concat(body.subarray(0, at), withLength8(noise(20, 1)), body.subarray(at)) : body;
    return concat(u8(message[0]!), u24(whole.length), whole);
  };
  const hello = asDtls(clientHello({ serverName: "call.example", versions: ["1.2"] }), true);
  const flight = [
    asDtls(serverHello({ version: "1.2" }), false),
    certificateMessage(selfSignedChain({ CN: "call.example" })),
    serverHelloDone(),
  ];
  return written("dtls", "udp", HTTPS, [
    ["C", fragments(hello, 0, 1_000)[0]!],
    ...flight.flatMap((message, i) => fragments(message, i, 300).map((piece) => ["S", piece] as const)),
    ["C", concat(record(CHANGE_CIPHER_SPEC, u8(1)), record(HANDSHAKE, noise(40, 1), 1))],
  ]);
}
