// What a day at home and a day at the office have in common: hosts outside, looking names up, reading pages, and the time.

import {
  addressType,
  fromClient,
  fromServer,
  type Host,
  type Network,
  pause,
  type Random,
  random,
  siteChain,
  type Step,
} from "../craft/craft.ts";
import { quicSteps } from "../../scripts/bench/traffic/quic.ts";

/** A network and the world around it. */
export interface Surroundings {
  readonly net: Network;
  readonly chance: Random;
  /** Who answers look-ups. */
  readonly resolver: Host;
  /** Length of the day in seconds. */
  readonly length: number;
  /** Sites of the world; a few are visited often and most hardly ever. */
  site(): Host;
  /** A named host outside, always the same for a name. */
  outside(name: string): Host;
}

/**
 * Bytes kept of each packet. Ordinary frames fit; the 64 KiB segments of large transfers, as a capture with segmentation
 * offload sees them, are cut.
 */
export const SNAP_LENGTH = 1_600;

/** First octets whose networks are all public unicast addresses (IANA IPv4 Special-Purpose Address Registry). */
const PUBLIC_FIRST_OCTETS = [5, 23, 34, 45, 52, 63, 77, 81, 93, 104, 142, 151, 157, 185, 199, 208] as const;
const SYLLABLES = ["ba", "cor", "del", "fi", "gra", "ho", "lum", "mer", "no", "pix", "ra", "sol", "ti", "ven", "wa"];
const SITES = 1_500;

/** The world around a network. */
export function surroundings(net: Network, resolver: Host, seed: number, length: number): Surroundings {
  const chance = random(seed);
  const address = (): string =>
    [chance.pick(PUBLIC_FIRST_OCTETS), chance.between(2, 250), chance.below(256), chance.between(1, 254)].join(".");
  const word = (): string => Array.from({ length: chance.between(2, 4) }, () => chance.pick(SYLLABLES)).join("");
  const sites = Array.from({ length: SITES }, (_, i) => {
    const label = chance.pick(["www", "cdn", "api", "img", "static"]);
    return net.host(`${label}.${word()}${i}.${chance.pick(["com", "net", "org", "de", "io"])}`, address());
  });
  const named = new Map<string, Host>();
  return {
    net,
    chance,
    resolver,
    length,
    site: () => sites[Math.floor(SITES * chance.fraction() ** 3)]!,
    outside(name) {
      const host = named.get(name) ?? net.host(name, address());
      named.set(name, host);
      return host;
    },
  };
}

/** Does something again and again between two times, about every `interval` seconds. */
export function every(
  at: Surroundings,
  interval: number,
  work: () => void,
  { from = 0, to = at.length - 60, jitter = 0.2 }: { from?: number; to?: number; jitter?: number } = {},
): void {
  const next = (time: number): void => {
    if (time >= to) return;
    at.net.later(time, () => {
      work();
      next(time + interval * (1 - jitter / 2 + jitter * at.chance.fraction()));
    });
  };
  next(from + interval * at.chance.fraction());
}

/** Does something `times` times at any moment between two times. */
export function sometimes(
  at: Surroundings,
  times: number,
  work: () => void,
  { from = 0, to = at.length - 120 }: { from?: number; to?: number } = {},
): void {
  for (let i = 0; i < times; i++) at.net.later(from + (to - from) * at.chance.fraction(), work);
}

/** Asks for an address, as programs do before they connect; now and then for the IPv6 one as well. */
export function lookUp({ net, chance, resolver }: Surroundings, who: Host, whom: Host): void {
  const edge = `edge-${chance.below(9)}.${whom.name}`;
  const address = { type: addressType(whom.ip), data: whom.ip } as const;
  net.dns(who, whom.name, {
    server: resolver,
    answers: chance.below(4) === 0
      ? [{ name: whom.name, type: "CNAME", data: edge }, { name: edge, ...address }]
      : [whom.ip],
    roundTrip: chance.between(1, 40) / 1000,
  });
  if (chance.below(3) === 0) net.dns(who, whom.name, { server: resolver, type: "AAAA" });
}

const chains = new Map<string, readonly Uint8Array[]>();

/** A site's certificates, made once, because making them takes longer than everything else. */
export function chainOf(site: Host): readonly Uint8Array[] {
  const known = chains.get(site.name) ?? siteChain(site.name);
  chains.set(site.name, known);
  return known;
}

/** One connection to a site over TLS: so many bytes up and down. */
export function secure(
  at: Surroundings,
  who: Host,
  whom: Host,
  exchanges: readonly (readonly [number, number])[],
): void {
  const { net, chance } = at;
  lookUp(at, who, whom);
  net.tls(who, whom, {
    version: chance.below(4) === 0 ? "1.2" : "1.3",
    alpn: ["h2", "http/1.1"],
    certificates: chainOf(whom),
    resumed: chance.below(3) === 0,
    exchanges,
    think: chance.fraction() * 3,
  });
}

/** A page: itself, and what it needs from other hosts, over TLS or QUIC; rarely in the clear. */
export function page(at: Surroundings, who: Host, userAgent: string): void {
  const { net, chance } = at;
  for (let parts = chance.between(2, 6); parts > 0; parts--) {
    const site = at.site();
    const kind = chance.below(20);
    if (kind < 5) {
      lookUp(at, who, site);
      net.udp(who, site, 443, { steps: quicSteps(site.name, chance).slice(0, 15) });
    } else if (kind === 5) {
      lookUp(at, who, site);
      net.http(who, site, {
        userAgent,
        exchanges: [{ uri: `/part/${chance.below(1000)}`, response: { status: 200, body: chance.between(200, 4000) } }],
      });
    } else secure(at, who, site, [[chance.between(200, 900), chance.between(500, 9_000)]]);
  }
}

/** Small messages to and fro over a long time, as of programs that keep a connection open. */
export function keptOpen({ chance }: Surroundings, seconds: number, interval: number, bytes = 60): Step[] {
  const steps: Step[] = [];
  for (let left = seconds; left > 0; left -= interval) {
    steps.push(fromClient(bytes), fromServer(bytes), pause(interval * (0.9 + 0.2 * chance.fraction())));
  }
  return steps;
}
