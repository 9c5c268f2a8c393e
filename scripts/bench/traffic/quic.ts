// QUIC as it looks from outside: opening packets that can be read, then only noise behind short headers.

import {
  clientHello,
  fromClient,
  fromServer,
  type Random,
  serverHello,
  type Step,
} from "../../../tests/craft/craft.ts";
import { cryptoFrame, initialPacket, padding } from "../../../tests/agent/dissect/protocol/quic/initial.ts";

/** Size of a client's first datagram (RFC 9000 section 14.1). */
const FIRST_DATAGRAM_BYTES = 1_200;
/** What an Initial packet has beside its frames: header, packet number and authentication tag. */
const AROUND_FRAMES_BYTES = 60;
/** First byte of a packet with a short header. */
const SHORT_HEADER = 0x41;

/** A page over QUIC: large packets down, small ones up. */
export function quicSteps(serverName: string, chance: Random): Step[] {
  const destination = chance.bytes(8), source = chance.bytes(4), ours = chance.bytes(8);
  const hello = cryptoFrame(0, clientHello({ serverName, alpn: ["h3"], sessionId: new Uint8Array(0) }));
  const answer = cryptoFrame(0, serverHello({ sessionId: new Uint8Array(0) }));
  const filled = (frames: Uint8Array): Uint8Array => {
    const bytes = padding(FIRST_DATAGRAM_BYTES - AROUND_FRAMES_BYTES);
    bytes.set(frames);
    return bytes;
  };
  const short = (size: number): Uint8Array => {
    const bytes = chance.bytes(size);
    bytes[0] = SHORT_HEADER;
    return bytes;
  };
  const steps: Step[] = [
    fromClient(initialPacket(filled(hello), { destination, source })),
    fromServer(
      initialPacket(filled(answer), { destination: source, source: ours, keysFrom: destination, fromServer: true }),
    ),
    fromClient(short(70)),
  ];
  for (let left = chance.between(2, 24); left > 0; left--) {
    steps.push(fromServer(short(chance.below(3) === 0 ? 1_250 : chance.between(60, 300))));
    steps.push(fromClient(short(chance.between(34, 60))));
  }
  return steps;
}
