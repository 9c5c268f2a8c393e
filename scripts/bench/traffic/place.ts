// Where the benchmark's traffic plays: a company of two hundred machines and the few thousand sites they talk to.

import { type Host, type Network, network, type Random, random } from "../../../tests/craft/craft.ts";

/** Tuesday, 12 March 2024, 08:00:00 UTC, in seconds since 1970. */
const START = 1_710_230_400;
/** Length of the capture, seconds: two and a half hours. */
export const LENGTH = 9_000;

const LOCAL_HOSTS = 200;
const SITES = 4_000;
const TOP_LEVEL_DOMAINS = ["com", "net", "org", "de", "io", "co.uk"] as const;

/** A site and how much it is visited. */
export interface Company {
  readonly net: Network;
  readonly chance: Random;
  readonly people: readonly Host[];
  readonly fileServer: Host;
  readonly database: Host;
  readonly mail: Host;
  readonly phoneServer: Host;
  /** Some of the people are infected; each does one thing. */
  readonly intruders: readonly Host[];
  /** One of the sites; few are visited often and most hardly ever. */
  site(): Host;
  /** An address that nobody has resolved and that may not even exist. */
  stranger(): Host;
}

/** Declares everybody. */
export function company(): Company {
  const net = network({
    start: START,
    seed: 600,
    gateway: { name: "router.example.com", ip: "10.20.0.1" },
    local: ["10.20.0.0/16"],
  });
  const chance = random(150);
  const people = Array.from(
    { length: LOCAL_HOSTS },
    (_, i) => net.host(`pc-${i + 1}`, `10.20.${1 + Math.floor(i / 100)}.${10 + (i % 100)}`),
  );
  const sites = Array.from({ length: SITES }, (_, i) => net.host(siteName(chance, i), publicAddress(chance)));
  const server = (name: string, last: number): Host => net.host(`${name}.example.com`, `10.20.0.${last}`);
  return {
    net,
    chance,
    people,
    fileServer: server("files", 10),
    database: server("database", 11),
    mail: server("mail", 12),
    phoneServer: server("phone", 13),
    intruders: people.slice(-4),
    site: () => sites[Math.floor(SITES * chance.fraction() ** 3)]!,
    stranger: () => net.host("", publicAddress(chance)),
  };
}

function siteName(chance: Random, index: number): string {
  const syllables = ["ba", "cor", "del", "fi", "gra", "ho", "lum", "mer", "no", "pix", "ra", "sol", "ti", "ven", "wa"];
  const word = Array.from({ length: chance.between(2, 4) }, () => chance.pick(syllables)).join("");
  const label = chance.pick(["www", "cdn", "api", "img", "static"]);
  return `${label}.${word}${index}.${chance.pick(TOP_LEVEL_DOMAINS)}`;
}

/** First octets whose networks are all public unicast addresses (IANA IPv4 Special-Purpose Address Registry). */
const PUBLIC_FIRST_OCTETS = [5, 23, 34, 45, 52, 63, 77, 81, 93, 104, 142, 151, 157, 185, 199, 208] as const;

function publicAddress(chance: Random): string {
  return [chance.pick(PUBLIC_FIRST_OCTETS), chance.between(2, 250), chance.below(256), chance.between(1, 254)].join(
    ".",
  );
}
