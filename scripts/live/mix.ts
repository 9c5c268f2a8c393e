// Packets of mixed sizes for the load on a live wire: downloads, calls and look-ups, about as many packets to a connection as
// networks carry on average.

import {
  fromClient,
  fromServer,
  network,
  pause,
  pcapChunks,
  random,
  siteChain,
  type Step,
  writeFile,
} from "../../tests/craft/craft.ts";

const DOWNLOADS = 500;
const CALLS = 300;
const LOOK_UPS = 2_000;
/** Seconds in which all of it begins. */
const LENGTH = 10;

/** Writes the capture. */
export function writeMix(path: string): void {
  const net = network({ start: 1_700_000_000, local: ["192.168.0.0/16"] });
  const chance = random(3);
  const chain = siteChain("www.example.com");
  const person = () => net.host("", `192.168.${chance.below(4)}.${chance.between(10, 250)}`);
  const site = () => net.host("www.example.com", `93.184.${chance.below(20)}.${chance.between(1, 250)}`);
  for (let i = 0; i < DOWNLOADS; i++) {
    net.later(chance.fraction() * LENGTH, () => {
      net.tls(person(), site(), {
        version: "1.3",
        certificates: chain,
        exchanges: [[600, chance.between(100_000, 900_000)]],
      });
    });
  }
  for (let i = 0; i < CALLS; i++) {
    net.later(chance.fraction() * LENGTH, () => {
      const steps: Step[] = [];
      for (let left = 150; left > 0; left--) steps.push(fromClient(172), fromServer(172), pause(0.02));
      net.udp(person(), site(), chance.between(5_000, 15_000) * 2, { steps });
    });
  }
  for (let i = 0; i < LOOK_UPS; i++) {
    net.later(
      chance.fraction() * LENGTH,
      () => net.dns(person(), `host${i % 400}.example.com`, { answers: ["93.184.1.1"] }),
    );
  }
  writeFile(path, pcapChunks(net.packets()));
}
