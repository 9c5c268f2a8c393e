// What the intruders do in the benchmark's traffic: enough of it that the detectors have work, as little as it really is.

import { random } from "../../../tests/craft/craft.ts";
import type { Company } from "./place.ts";

/** Everything the intruders do. */
export function intrusion(at: Company): void {
  const { net, intruders: [sweeper, prober, guesser, beacon], people, fileServer } = at;
  const chance = random(7);
  // Somebody knocks at port 445 of half the house.
  for (let i = 0; i < 5_000; i++) {
    net.later(
      1_200 + i * 0.3,
      () => net.tcp(sweeper!, net.host("", `10.20.${i >> 8}.${i & 0xff}`), 445, { outcome: "S0" }),
    );
  }
  // Somebody tries the ports of the file server.
  for (let port = 1; port <= 4_000; port++) {
    net.later(2_500 + port * 0.05, () => net.tcp(prober!, fileServer, port, { outcome: "REJ" }));
  }
  // Somebody guesses passwords.
  for (let i = 0; i < 120; i++) {
    net.later(4_000 + i * 15, () => net.ssh(guesser!, fileServer, { failures: 3, success: false }));
  }
  // Somebody looks for a master under generated names, then calls one by its address.
  for (let i = 0; i < 600; i++) {
    net.later(600 + i * 13, () => {
      const name = Array.from({ length: 16 }, () => String.fromCharCode(97 + chance.below(26))).join("");
      net.dns(beacon!, `${name}.com`, { rcode: "NXDOMAIN" });
    });
    if (i % 5 === 0) net.later(900 + i * 13, () => net.http(beacon!, net.host("", "185.99.12.7"), { port: 8_880 }));
  }
  // Somebody from outside looks for Telnet.
  const outside = net.host("", "45.140.17.9");
  people.forEach((person, i) => net.later(6_000 + i, () => net.tcp(outside, person, 23, { outcome: "S0" })));
}
