// A denial of service as a capture: every packet is a connection of its own, so a program that keeps something for each
// has nothing to rest on. While it lasts a guesser goes on trying passwords, which must still be seen.
//
// Four waves, each for the same time: one bot at one port of one server, at all of its ports, at a whole network, and senders
// whose addresses are lies.

import {
  ethernet,
  frame,
  ipv4,
  type Layer,
  merge,
  network,
  type Packet,
  packetAt,
  pcapChunks,
  random,
  tcp,
  udp,
  writeFile,
} from "../../tests/craft/craft.ts";

const BOT = "192.168.1.66";
const SERVER = "192.168.1.10";
const GUESSER = "192.168.1.77";
const MACS = { from: "02:00:00:00:00:66", to: "02:00:00:00:00:10" };
const START = 1_700_000_000;
/** Seconds between two attempts of the guesser. */
const GUESS_INTERVAL = 2;

/** Writes the flood: `rate` connections a second for `seconds` seconds, and the guesser's conversations. */
export function writeFlood(path: string, rate: number, seconds: number): void {
  writeFile(path, pcapChunks(merge(flood(rate, seconds), guessing(seconds))));
}

function* flood(rate: number, seconds: number): Generator<Packet> {
  const count = rate * seconds;
  const chance = random(20);
  const any = (): string =>
    `${11 + chance.below(80)}.${chance.below(256)}.${chance.below(256)}.${1 + chance.below(254)}`;
  for (let i = 0; i < count; i++) {
    const port = 1024 + i % 64_000;
    const layers = [
      () => [ipv4({ from: BOT, to: SERVER }), tcp({ from: port, to: 80, flags: "S" })],
      () => [ipv4({ from: BOT, to: SERVER }), tcp({ from: 40_000 + (i >> 16), to: 1 + i % 65_535, flags: "S" })],
      () => [
        ipv4({ from: BOT, to: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` }),
        tcp({ from: port, to: 23, flags: "S" }),
      ],
      () => [ipv4({ from: any(), to: SERVER }), udp({ from: port, to: 53 })],
    ] as const satisfies Record<number, () => Layer[]>;
    const wave = Math.floor(i * layers.length / count);
    yield packetAt(START + i / rate, frame(ethernet(MACS), ...layers[wave]!()));
  }
}

/** The guesser's conversations. */
function* guessing(seconds: number): Generator<Packet> {
  const net = network({ start: START });
  const guesser = net.host("", GUESSER);
  const server = net.host("", SERVER);
  for (let at = 1; at < seconds - GUESS_INTERVAL; at += GUESS_INTERVAL) {
    net.later(at, () => net.ssh(guesser, server, { failures: 3, success: false }));
  }
  yield* net.packets();
}
