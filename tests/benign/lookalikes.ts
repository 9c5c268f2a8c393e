// An hour of programs that look like scanners, guessers and malware and are none of it: each meets many hosts that are gone,
// for the best of reasons.

import { fromClient, fromServer, type Network, network, type Packet, pause, random } from "../craft/craft.ts";
import { SNAP_LENGTH } from "./surroundings.ts";

/** Tuesday, 12 March 2024, 07:00:00 UTC, in seconds since 1970. */
const START = 1_710_226_800;

interface Place {
  readonly net: Network;
  below(limit: number): number;
  /** A host somewhere on the Internet that was not met before. */
  somebody(): ReturnType<Network["host"]>;
}

/** The packets of the hour in time order; the same every time. */
export function lookalikes(): Generator<Packet> {
  const net = network({
    start: START,
    seed: 3,
    snapLength: SNAP_LENGTH,
    gateway: { name: "router", ip: "10.1.0.1" },
    local: ["10.1.0.0/16"],
  });
  const chance = random(7);
  const below = (limit: number) => chance.below(limit);
  const place: Place = {
    net,
    below,
    somebody: () =>
      net.host("", `${[5, 45, 62, 77, 93, 151, 178, 188][below(8)]}.${below(256)}.${below(256)}.${1 + below(254)}`),
  };
  for (const tell of [torrent, resolver, games, proxy, mailServer, updates, camera, monitor]) tell(place);
  return net.packets();
}

/** Half of the peers that it was told of have left. */
function torrent({ net, below, somebody }: Place): void {
  const pc = net.host("torrent", "10.1.0.20");
  const port = () => [6881, 6881, 51_413, 1024 + below(60_000), 20_000 + below(40_000)][below(5)]!;
  for (let i = 0; i < 400; i++) {
    const ping = fromClient("d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe");
    const answer = fromServer("d1:rd2:id20:bbbbbbbbbbbbbbbbbbbbe1:t2:aa1:y1:re");
    net.udp(pc, somebody(), port(), { at: 10 + i * 6, clientPort: 51_413, steps: i % 2 ? [ping, answer] : [ping] });
  }
  for (let i = 0; i < 150; i++) {
    const at = 20 + i * 15;
    const hello = `\x13BitTorrent protocol${"x".repeat(48)}`;
    if (i % 3 === 0) {
      net.tcp(pc, somebody(), port(), { at, steps: [fromClient(hello), fromServer(hello), fromServer(20_000)] });
    } else net.tcp(pc, somebody(), port(), { at, outcome: i % 3 === 1 ? "S0" : "REJ", attempts: 2 });
  }
}

/** It asks everybody's name servers, some of which are gone, and for names that are not there. */
function resolver({ net, below, somebody }: Place): void {
  const server = net.host("ns", "10.1.0.53");
  for (let i = 0; i < 1500; i++) {
    const to = { at: 1 + 2 * i, server: somebody() };
    const name = `h${i}.site${below(500)}.example.com`;
    if (i % 16 === 0) net.dns(server, name, { ...to, answered: false });
    else if (i % 7 === 0) net.dns(server, name, { ...to, rcode: "NXDOMAIN" });
    else net.dns(server, name, { ...to, answers: ["192.0.2.7"] });
  }
}

/** The list of servers of a game: a third are silent. */
function games({ net, below, somebody }: Place): void {
  const pc = net.host("gamer", "10.1.0.30");
  for (let i = 0; i < 300; i++) {
    const ask = fromClient(25);
    net.udp(pc, somebody(), 27_015 + below(3), {
      at: 3 + i / 10,
      clientPort: 40_000,
      steps: i % 3 === 0 ? [ask] : [ask, fromServer(150)],
    });
  }
}

function proxy({ net, somebody }: Place): void {
  const pc = net.host("proxy", "10.1.0.8");
  for (let i = 0; i < 500; i++) {
    const at = 1 + i * 6;
    const site = somebody();
    const name = `cdn${i}.example.net`;
    net.dns(pc, name, { at, answers: [site.ip] });
    if (i % 20 === 0) net.tcp(pc, site, 443, { at: at + 0.5, outcome: i % 40 === 0 ? "S0" : "REJ" });
    else net.tls(pc, site, { at: at + 0.5, serverName: name, exchanges: [[700, 3_000]] });
  }
}

/** It looks up everybody who knocks, and a third of those it writes to are gone. */
function mailServer({ net, somebody }: Place): void {
  const server = net.host("mx", "10.1.0.25");
  for (let i = 0; i < 300; i++) {
    const at = i * 10;
    const other = somebody();
    const reversed = other.ip.split(".").toReversed().join(".");
    for (const zone of ["in-addr.arpa", "zen.list.example.org", "bl.spam.example.net"]) {
      net.dns(server, `${reversed}.${zone}`, { at, rcode: "NXDOMAIN" });
    }
    if (i % 3 === 0) net.tcp(server, other, 25, { at: at + 1, outcome: i % 2 ? "S0" : "REJ", attempts: 2 });
    else net.smtp(server, other, { at: at + 1, from: "a@ours.example", to: ["b@x.example"], text: "Yes." });
  }
}

/** Windows asks its neighbours for updates, and the browser asks for words that are no names whenever it starts. */
function updates({ net, below }: Place): void {
  const pc = net.host("windows", "10.1.0.100");
  for (let i = 0; i < 40; i++) {
    net.tcp(pc, net.host("", `10.1.0.${110 + i}`), 7680, { at: 60 + i * 40, outcome: i % 2 ? "S0" : "REJ" });
  }
  for (let i = 0; i < 24; i++) {
    const word = Array.from({ length: 10 }, () => String.fromCharCode(97 + below(26))).join("");
    net.dns(pc, word, { at: 100 + i * 100, rcode: "NXDOMAIN" });
  }
}

/** It tells relays of its maker where it is; half of them are gone. */
function camera({ net, somebody }: Place): void {
  const one = net.host("camera", "10.1.0.90");
  for (let i = 0; i < 40; i++) {
    const knock = fromClient(40);
    net.udp(one, somebody(), 32_100, {
      at: 60 + i * 45,
      steps: i % 2 ? [knock, fromServer(40)] : [knock, pause(1), knock],
    });
  }
}

/** It looks every five minutes whether SSH answers, and leaves when it does. */
function monitor({ net }: Place): void {
  const one = net.host("nagios", "10.1.0.9");
  for (let round = 0; round < 11; round++) {
    for (let i = 0; i < 20; i++) {
      const server = net.host("", `10.1.1.${10 + i}`);
      const at = round * 300 + i * 3;
      net.ping(one, server, { at, count: 1, answered: i !== 7 });
      if (i === 7) net.tcp(one, server, 22, { at: at + 1, outcome: "S0", attempts: 2 });
      else net.tcp(one, server, 22, { at: at + 1, steps: [fromServer("SSH-2.0-OpenSSH_9.2p1\r\n")] });
    }
  }
}
