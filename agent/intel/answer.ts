// What the table knows of a text that a person gives: everything that the text may be is looked up, and told in words.

import { InputError } from "../errors.ts";
import type { AsnOf } from "./asn.ts";
import { type IndicatorKind, readIndicator } from "./indicator.ts";
import type { IntelTable } from "./table/read.ts";
import type { Match } from "./table/verdict.ts";

/**
 * Everything that a text may be, looked up.
 * @throws {InputError} when it is nothing that can be.
 */
export function lookUp(table: IntelTable, text: string, asnOf: AsnOf | undefined): Match[] {
  const read = readIndicator(text);
  if ("refused" in read) throw new InputError(`${text} cannot be looked up: ${read.refused}.`);
  const { kind, value } = read;
  const found = (one: Exclude<IndicatorKind, "ip" | "range">): Match | undefined => table.find(one, value);
  const system = kind === "ip" ? asnOf?.(value) : undefined;
  const matches: (Match | undefined)[] = kind === "ip"
    ? [
      table.address(value),
      table.find("tor_exit", value),
      system === undefined ? undefined : table.find("asn", String(system.number)),
    ]
    : kind === "range"
    ? [sameRange(table.address(value.split("/")[0]!), value)]
    : kind === "domain"
    ? [table.domain(value)]
    : kind === "url"
    ? [table.find("url", value), table.domain(value.split(/[:/]/, 1)[0]!)]
    : kind === "md5"
    ? [found("md5"), found("ja3"), found("ja3s"), found("known_good")]
    : kind === "sha1"
    ? [found("sha1"), found("certificate")]
    : [found(kind)];
  return matches.filter((match) => match !== undefined);
}

/** A network is listed when it, or one around it, is. */
function sameRange(match: Match | undefined, range: string): Match | undefined {
  if (match === undefined || match.kind !== "range") return undefined;
  return Number(match.indicator.split("/")[1]) <= Number(range.split("/")[1]) ? match : undefined;
}

/** A match for people. */
export function matchLines(
  text: string,
  { kind, indicator, exact, level, confidence, feeds, tags, description }: Match,
): string[] {
  const way = exact && indicator === text ? "" : ` by way of ${indicator}`;
  return [
    `${text} is listed as ${KIND_WORDS[kind]}${way}: ${level}, confidence ${confidence}.`,
    `  Lists: ${feeds.join(", ")}${tags.length === 0 ? "" : `. Tags: ${tags.join(", ")}`}.`,
    ...description === "" ? [] : [`  They say: ${description}`],
  ];
}

/** Kinds in words. */
export const KIND_WORDS: Readonly<Record<IndicatorKind, string>> = {
  ip: "an address",
  range: "a network",
  asn: "an autonomous system",
  domain: "a domain",
  url: "a URL",
  md5: "a file (MD5)",
  sha1: "a file (SHA-1)",
  sha256: "a file (SHA-256)",
  ja3: "a TLS client (JA3)",
  ja3s: "a TLS server (JA3S)",
  ja4: "a TLS client (JA4)",
  jarm: "a TLS server (JARM)",
  certificate: "a certificate (SHA-1)",
  tor_exit: "an exit of the Tor network",
  known_good: "a harmless file",
};
