// The benchmark's traffic: what a company's network carries in two and a half hours, with a few intruders in it. The
// numbers of conversations are chosen so that there are 1.5 million packets in 600 MB and more than 50,000 flows.

import {
  addressType,
  dialogue,
  fromClient,
  fromServer,
  type Host,
  type Packet,
  pause,
  random,
  siteChain,
  type Step,
} from "../../../tests/craft/craft.ts";
import { intrusion } from "./intrusion.ts";
import { type Company, company, LENGTH } from "./place.ts";
import { quicSteps } from "./quic.ts";
import { weather } from "./weather.ts";

/** How often each thing happens. */
const COUNTS: readonly (readonly [times: number, what: (at: Company, person: Host) => void])[] = [
  [17_000, visit],
  [5_000, plainVisit],
  [7_000, lookUpOnly],
  [2_600, quic],
  [1_500, query],
  [150, download],
  [130, fileShare],
  [112, call],
  [350, shell],
  [700, mail],
  [2_500, time],
  [1_200, ping],
  [2_000, unanswered],
  [1_500, refused],
  [9_000, resolution],
  [250, lease],
];

/** The packets in time order; the same every time. */
export function traffic(): Generator<Packet> {
  const at = company();
  for (const [times, what] of COUNTS) {
    for (let i = 0; i < times; i++) {
      // Conversations begin over the whole length but for a minute, in which the last ones come to their end.
      const start = at.chance.fraction() * (LENGTH - 60);
      at.net.later(start, () => what(at, at.chance.pick(at.people)));
    }
  }
  intrusion(at);
  return weather(at.net.packets(), random(42));
}

/** Asks for a site's address, as programs do before they connect; half of them for IPv6 too. */
function lookUp({ net, chance }: Company, person: Host, site: Host): void {
  const alias = { name: site.name, type: "CNAME", data: `edge.${site.name}` } as const;
  const address = { name: `edge.${site.name}`, type: addressType(site.ip), data: site.ip } as const;
  net.dns(person, site.name, {
    answers: chance.below(3) === 0 ? [alias, address] : [site.ip],
    roundTrip: chance.between(1, 40) / 1000,
  });
  if (chance.below(2) === 0) net.dns(person, site.name, { type: "AAAA" });
}

/** A page over TLS: a handful of requests, most answers small and some not. */
function visit(at: Company, person: Host): void {
  const { net, chance } = at, site = at.site();
  if (chance.below(3) > 0) lookUp(at, person, site);
  const exchanges = Array.from(
    { length: chance.between(1, 4) },
    () => [
      chance.between(80, 900),
      chance.below(25) === 0 ? chance.between(20_000, 90_000) : chance.between(80, 4_000),
    ],
  ) as [number, number][];
  net.tls(person, site, {
    version: chance.below(3) === 0 ? "1.2" : "1.3",
    alpn: ["h2", "http/1.1"],
    certificates: chainOf(site),
    resumed: chance.below(3) === 0,
    exchanges,
    think: chance.fraction() * 3,
  });
}

const chains = new Map<string, readonly Uint8Array[]>();

/** Made once for each site, because making them takes longer than everything else. */
function chainOf(site: Host): readonly Uint8Array[] {
  const known = chains.get(site.name);
  if (known !== undefined) return known;
  const made = siteChain(site.name);
  chains.set(site.name, made);
  return made;
}

/** A page in the clear. */
function plainVisit(at: Company, person: Host): void {
  const { net, chance } = at, site = at.site();
  lookUp(at, person, site);
  const types = ["text/html", "text/css", "image/png", "application/json"];
  net.http(person, site, {
    exchanges: Array.from({ length: chance.between(1, 4) }, (_, i) => ({
      uri: i === 0 ? "/" : `/part/${chance.below(1_000)}?v=${i}`,
      after: i * 0.05,
      response: {
        status: chance.pick([200, 200, 200, 304, 404]),
        contentType: chance.pick(types),
        body: chance.between(60, 6_000),
      },
    })),
  });
}

function lookUpOnly(at: Company, person: Host): void {
  const site = at.site();
  if (at.chance.below(12) === 0) at.net.dns(person, `old.${site.name}`, { rcode: "NXDOMAIN" });
  else lookUp(at, person, site);
}

function quic(at: Company, person: Host): void {
  const { net, chance } = at, site = at.site();
  lookUp(at, person, site);
  net.udp(person, site, 443, { steps: quicSteps(site.name, chance) });
}

/** Many small questions to the database over one connection. */
function query({ net, chance, database }: Company, person: Host): void {
  const steps: Step[] = [];
  for (let left = chance.between(10, 60); left > 0; left--) {
    steps.push(fromClient(chance.between(40, 200)), fromServer(chance.between(60, 900)), pause(chance.fraction()));
  }
  net.tcp(person, database, 5432, { steps, rate: 100e6 });
}

/** A large file from outside. */
function download(at: Company, person: Host): void {
  const { net, chance } = at, site = at.site();
  lookUp(at, person, site);
  net.tls(person, site, {
    version: "1.3",
    certificates: chainOf(site),
    rate: chance.between(1, 10) * 1e6,
    exchanges: [[500, chance.between(100_000, 900_000)]],
  });
}

/** Files to and from the server in the house. */
function fileShare({ net, chance, fileServer }: Company, person: Host): void {
  const steps: Step[] = [];
  for (let left = chance.between(2, 8); left > 0; left--) {
    steps.push(fromClient(120), fromServer(chance.between(4_000, 120_000)), pause(chance.fraction() * 20));
  }
  net.tcp(person, fileServer, 445, { steps, rate: 100e6 });
}

/** Packets of a telephone call a second and way, and bytes in each (G.711: 20 ms in 160 bytes, RTP 12 more). */
const CALL_RATE = 50, CALL_BYTES = 172;

function call({ net, chance, phoneServer }: Company, person: Host): void {
  const seconds = chance.between(10, 60), interval = 1 / CALL_RATE;
  const steps = Array.from(
    { length: seconds * CALL_RATE },
    (): Step[] => [fromClient(CALL_BYTES), fromServer(CALL_BYTES), pause(interval)],
  ).flat();
  net.udp(person, phoneServer, chance.between(5_000, 15_000) * 2, { steps, roundTrip: 0.001 });
}

/** Somebody types: small packets, each answered. */
function shell(at: Company, person: Host): void {
  const { net, chance } = at, outside = chance.below(4) === 0, server = outside ? at.site() : at.fileServer;
  if (outside) lookUp(at, person, server);
  const session = Array.from(
    { length: chance.between(20, 90) },
    () => [36, chance.below(6) === 0 ? chance.between(200, 3_000) : 36] as const,
  );
  net.ssh(person, server, { failures: chance.below(10) === 0 ? 1 : 0, session });
}

function mail({ net, chance, mail }: Company, person: Host): void {
  if (chance.below(3) === 0) {
    net.smtp(person, mail, {
      from: `${person.name}@example.com`,
      to: [`pc-${chance.between(1, 200)}@example.com`],
      subject: `Report ${chance.below(1_000)}`,
      text: "All is well.\r\n".repeat(chance.between(1, 300)),
      startTls: chance.below(2) === 0,
    });
    return;
  }
  net.tcp(person, mail, 110, {
    steps: dialogue([["S", "+OK ready"], ["C", `USER ${person.name}`], ["S", "+OK"], ["C", "QUIT"], ["S", "+OK bye"]]),
    closedBy: "server",
  });
}

function time(at: Company, person: Host): void {
  const server = at.site();
  lookUp(at, person, server);
  at.net.ntp(person, server);
}

function ping(at: Company, person: Host): void {
  const count = at.chance.between(1, 5);
  at.net.ping(person, at.chance.below(2) === 0 ? at.fileServer : at.site(), {
    count,
    answered: at.chance.below(9) > 0,
  });
}

function unanswered(at: Company, person: Host): void {
  at.net.tcp(person, at.stranger(), at.chance.pick([80, 443, 8_080, 5_222]), { outcome: "S0", attempts: 3 });
}

function refused(at: Company, person: Host): void {
  at.net.tcp(person, at.site(), at.chance.pick([443, 8_443, 993]), { outcome: "REJ" });
}

function resolution(at: Company, person: Host): void {
  at.net.arp(person, at.chance.below(2) === 0 ? at.net.gateway : at.chance.pick(at.people));
}

function lease({ net }: Company, person: Host): void {
  net.dhcp(person, { messages: ["request", "ack"] });
}
