// Threat intelligence as detectors see it: questions about what a record shows, answered from the compiled table and the
// database of autonomous systems. Answers are the same in every thread, and depend on nothing but the question.

import { type AsnOf, type AutonomousSystem, openAsn } from "./asn.ts";
import { type CountryOf, openCountry } from "./country.ts";
import { canonicalDomain } from "./domain.ts";
import type { IndicatorKind } from "./indicator.ts";
import { type IntelTable, openTable } from "./table/read.ts";
import type { Match } from "./table/verdict.ts";
import { canonicalUrl } from "./url.ts";

export type { AutonomousSystem } from "./asn.ts";
export type { Match } from "./table/verdict.ts";

/** What can be asked. Nothing that is not listed costs more than a look into a few words of memory. */
export interface Intel {
  /** Whether newer intelligence may arrive while the run goes on: only then is it worth remembering what was asked. */
  readonly mayChange: boolean;
  /** Different indicators of a kind. */
  count(kind: IndicatorKind): number;
  /** An IP address of either family: itself, else the smallest network listed that holds it. */
  address(ip: string): Match | undefined;
  /** The autonomous system that announces an address; undefined when it is not known, or no database was given. */
  asnOf(ip: string): AutonomousSystem | undefined;
  asn(number: number): Match | undefined;
  /** The country of an address (ISO 3166-1, two letters), where a database was given. */
  countryOf(ip: string): string | undefined;
  /** A name, in any letter case: itself, else the nearest listed domain above it. */
  domain(name: string): Match | undefined;
  /** A URL, with or without its scheme. */
  url(url: string): Match | undefined;
  /** A file by one of its hashes, lower-case hexadecimal. */
  file(hash: "md5" | "sha1" | "sha256", value: string): Match | undefined;
  /** Whether a file is known to be harmless. */
  isKnownGood(md5: string): boolean;
  /** A TLS program by how it speaks, lower-case. */
  fingerprint(kind: "ja3" | "ja3s" | "ja4" | "jarm", value: string): Match | undefined;
  /** A certificate by the SHA-1 of its DER, lower-case hexadecimal. */
  certificate(sha1: string): Match | undefined;
  /** Whether traffic of the Tor network comes out at this address. */
  torExit(ip: string): Match | undefined;
}

/** What threads are given to look things up in: shared memory. */
export interface IntelImages {
  readonly table: SharedArrayBuffer | undefined;
  /** A MaxMind DB with AS numbers. */
  readonly asn: SharedArrayBuffer | undefined;
  /** A MaxMind DB with countries. */
  readonly country?: SharedArrayBuffer | undefined;
  readonly mayChange: boolean;
}

/** Nothing is known. */
export const NO_INTEL: Intel = {
  mayChange: false,
  count: () => 0,
  address: () => undefined,
  asnOf: () => undefined,
  asn: () => undefined,
  countryOf: () => undefined,
  domain: () => undefined,
  url: () => undefined,
  file: () => undefined,
  isKnownGood: () => false,
  fingerprint: () => undefined,
  certificate: () => undefined,
  torExit: () => undefined,
};

/** Opens what main has read and checked. */
export function openIntel({ table, asn, country, mayChange }: IntelImages): Intel {
  const asnOf: AsnOf = asn === undefined ? () => undefined : openAsn(new Uint8Array(asn));
  const countryOf: CountryOf = country === undefined ? () => undefined : openCountry(new Uint8Array(country));
  if (table === undefined) return { ...NO_INTEL, asnOf, countryOf, mayChange };
  return intelOf(openTable(table, { check: false }), asnOf, mayChange, countryOf);
}

/** Intelligence from a table. */
export function intelOf(
  table: IntelTable,
  asnOf: AsnOf,
  mayChange: boolean,
  countryOf: CountryOf = () => undefined,
): Intel {
  const count = (kind: IndicatorKind): number => table.facts.kinds[kind] ?? 0;
  // Most tables lack most kinds: what cannot be found is not looked for.
  const has = Object.fromEntries(Object.keys(table.facts.kinds).map((kind) => [kind, true])) as Partial<
    Record<IndicatorKind, true>
  >;
  return {
    mayChange,
    count,
    address: (ip) => table.address(ip),
    asnOf,
    countryOf,
    asn: (number) => has.asn ? table.find("asn", String(number)) : undefined,
    domain(name) {
      const domain = has.domain ? canonicalDomain(name) : undefined;
      return domain === undefined ? undefined : table.domain(domain);
    },
    url(text) {
      const url = has.url ? canonicalUrl(text) : undefined;
      return url === undefined ? undefined : table.find("url", url);
    },
    file: (hash, value) => has[hash] ? table.find(hash, value) : undefined,
    isKnownGood: (md5) => has.known_good === true && table.find("known_good", md5) !== undefined,
    fingerprint: (kind, value) => has[kind] ? table.find(kind, value) : undefined,
    certificate: (sha1) => has.certificate ? table.find("certificate", sha1) : undefined,
    torExit: (ip) => has.tor_exit ? table.find("tor_exit", ip) : undefined,
  };
}
