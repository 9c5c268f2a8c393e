/** The organisations that nearly every network talks to, known by their addresses, AS numbers and domains. */

import text from "../../../config/tables/organisations.tsv" with { type: "text" };
import { type Cidr, findRanges, parseCidr, type RangeTable, rangeTable } from "../../record/address-range.ts";
import { tableRows } from "./tsv.ts";

/** What is known of the other side of a connection. Any part may be missing. */
export interface Traits {
  readonly ip?: string | undefined;
  /** A name of the host: from DNS, SNI or a certificate; letter case and a final dot do not matter. */
  readonly domain?: string | undefined;
  /** Number of the autonomous system that announces the address. */
  readonly asn?: number | undefined;
}

const organisations: string[] = [];
const domains = new Map<string, string>();
const systems = new Map<number, string>();
const ranges = readTable();

function readTable(): RangeTable<string> {
  const blocks: [Cidr, string][] = [];
  for (const [organisation, kind, value] of tableRows("organisations.tsv", text, 4) as [string, string, string][]) {
    if (!organisations.includes(organisation)) organisations.push(organisation);
    const block = kind === "range" ? parseCidr(value) : undefined;
    if (block !== undefined) blocks.push([block, organisation]);
    else if (kind === "asn" && /^\d+$/.test(value)) systems.set(Number(value), organisation);
    else if (kind === "domain") domains.set(value, organisation);
    else throw new Error(`organisations.tsv: neither range, asn nor domain: ${kind} ${value}`);
  }
  return rangeTable(blocks);
}

/** All organisations in the table, in its order. */
export function organisationNames(): readonly string[] {
  return organisations;
}

/** Every organisation that any of the traits points to, in the order of the table. */
export function organisationsOf({ ip, domain, asn }: Traits): string[] {
  const found = new Set<string | undefined>(ip === undefined ? [] : findRanges(ranges, ip));
  if (asn !== undefined) found.add(systems.get(asn));
  if (domain !== undefined) found.add(ownerOfDomain(domain));
  return organisations.filter((organisation) => found.has(organisation));
}

/** The first organisation that any of the traits points to; see organisationsOf. */
export function organisationOf(traits: Traits): string | undefined {
  return organisationsOf(traits)[0];
}

/** Looks up the name and each name above it, so that a domain owns the hosts below it and "notgoogle.com" is nobody's. */
function ownerOfDomain(domain: string): string | undefined {
  let name = domain.toLowerCase();
  if (name.endsWith(".")) name = name.slice(0, -1);
  for (;;) {
    const owner = domains.get(name);
    if (owner !== undefined) return owner;
    const dot = name.indexOf(".");
    if (dot < 0) return undefined;
    name = name.slice(dot + 1);
  }
}
