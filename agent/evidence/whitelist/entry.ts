// One entry of a whitelist: whom it is about, at which end of the traffic, and what is ignored of it. Plain data.

import { parseCidr } from "../../record/address-range.ts";
import { canonicalAddress } from "../../record/address-text.ts";
import { organisationNames } from "../../intel/tables/organisations.ts";

/** What an entry can be about. */
export const ENTRY_KINDS = ["ip", "cidr", "domain", "mac", "organisation"] as const;
export type EntryKind = typeof ENTRY_KINDS[number];

/** At which end of the traffic the entry counts: where it began, where it goes, or either. */
export const DIRECTIONS = ["src", "dst", "both"] as const;
export type EntryDirection = typeof DIRECTIONS[number];

/**
 * What is ignored: `alerts` (evidence is kept, marked and not scored), `flows` (records are logged and not judged), `both`,
 * or `nothing`: an exception from wider entries.
 */
export const IGNORES = ["alerts", "flows", "both", "nothing"] as const;
export type Ignore = typeof IGNORES[number];

/** One entry. */
export interface Entry {
  readonly kind: EntryKind;
  /** Canonical: addresses as RFC 5952 has them, names in lower case without a final dot, MACs with colons. */
  readonly value: string;
  /** With a domain: whether the names below it are meant as well, or they alone. */
  readonly subdomains: "no" | "also" | "only";
  readonly direction: EntryDirection;
  readonly ignore: Ignore;
  /** Where it stands. */
  readonly file: string;
  readonly line: number;
  /** From a list of popular domains: any entry that a user wrote comes before it. */
  readonly listed: boolean;
}

/** The subject of an entry as read; a sentence's end says what would be right where it could not be. */
export type Subject = Pick<Entry, "kind" | "value" | "subdomains"> | { readonly wrong: string };

/** Reads what an entry is about. `ip` and `cidr` both take a single address as well as a network. */
export function readSubject(kind: EntryKind, text: string): Subject {
  const value = text.trim();
  switch (kind) {
    case "ip":
    case "cidr":
      return readAddress(value);
    case "domain":
      return readDomain(value);
    case "mac":
      return readMac(value);
    case "organisation":
      return readOrganisation(value);
  }
}

function readAddress(value: string): Subject {
  const address = canonicalAddress(value);
  if (address !== undefined) return { kind: "ip", value: address, subdomains: "no" };
  const block = parseCidr(value);
  if (block === undefined) {
    return {
      wrong: `${quoted(value)} is no address; right would be one such as 192.0.2.7, 2001:db8::7 or 192.0.2.0/24`,
    };
  }
  const [first = "", bits] = value.split("/");
  return { kind: "cidr", value: `${canonicalAddress(first)}/${bits}`, subdomains: "no" };
}

/** A label of a host name: letters, digits, hyphens and, as many names in the wild have them, underscores (RFC 1035, RFC 2782). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Octets of the longest name in text form (RFC 1035 section 2.3.4, less the length octets at both ends). */
const LONGEST_NAME = 253;

/** "example.com"; ".example.com" for it and all below it; "*.example.com" for those below it alone. */
function readDomain(value: string): Subject {
  const subdomains = value.startsWith("*.") ? "only" : value.startsWith(".") ? "also" : "no";
  const name = asciiName(value.slice(subdomains === "only" ? 2 : subdomains === "also" ? 1 : 0));
  if (name === undefined) {
    return {
      wrong: `${quoted(value)} is no domain; right would be a name such as example.com, ` +
        "or .example.com for all names below it as well",
    };
  }
  return { kind: "domain", value: name, subdomains };
}

/** A name in lower case, without final dot, international ones as the DNS has them; undefined when it is none. */
function asciiName(text: string): string | undefined {
  let name = text.toLowerCase();
  if (name.endsWith(".")) name = name.slice(0, -1);
  // deno-lint-ignore no-control-regex
  if (!/^[\x00-\x7f]*$/.test(name)) name = URL.parse(`http://${name}/`)?.hostname ?? "";
  if (name === "" || name.length > LONGEST_NAME || canonicalAddress(name) !== undefined) return undefined;
  return name.split(".").every((label) => LABEL.test(label)) ? name : undefined;
}

function readMac(value: string): Subject {
  const digits = value.toLowerCase().replace(/[:.-]/g, "");
  if (!/^[0-9a-f]{12}$/.test(digits)) {
    return { wrong: `${quoted(value)} is no MAC address; right would be one such as 02:00:5e:10:00:01` };
  }
  return { kind: "mac", value: digits.match(/../g)!.join(":"), subdomains: "no" };
}

function readOrganisation(value: string): Subject {
  const name = value.toLowerCase();
  if (organisationNames().includes(name)) return { kind: "organisation", value: name, subdomains: "no" };
  return {
    wrong: `${quoted(value)} is no organisation that is known here; known are ${organisationNames().join(", ")}`,
  };
}

/** A word of a user's file in a sentence; long ones are cut. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 80 ? `${word.slice(0, 79)}…` : word);
}

/** An entry's subject as a person reads it: "domain example.com and below". */
export function subjectText({ kind, value, subdomains }: Pick<Entry, "kind" | "value" | "subdomains">): string {
  return `${kind} ${value}${subdomains === "also" ? " and below" : subdomains === "only" ? ", names below" : ""}`;
}

/** The whole entry in words, with its place. */
export function entryText(entry: Entry): string {
  const end = entry.direction === "both" ? "either end" : entry.direction === "src" ? "source" : "destination";
  return `${subjectText(entry)} (${end}, ${
    entry.ignore === "nothing" ? "exception" : entry.ignore
  }; ${entry.file}:${entry.line})`;
}

/** Whether the entry speaks of this end of the traffic. */
export function fitsDirection(entry: Entry, direction: "src" | "dst"): boolean {
  return entry.direction === "both" || entry.direction === direction;
}

/** Whether the entry lets this be ignored. */
export function ignores(entry: Entry, what: "alerts" | "flows"): boolean {
  return entry.ignore === what || entry.ignore === "both";
}
