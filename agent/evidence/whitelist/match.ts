// Finds the entries that speak of one end of the traffic, the most specific first, in microseconds for any number of
// entries: addresses in a table of nested blocks, names and MACs in hash maps that are asked once per label.
//
// The most specific entry decides, and it alone, as in a routing table: where 10.0.0.0/8 is ignored and 10.0.0.5 has an
// entry of its own, only that one counts for 10.0.0.5.

import { organisationsOf } from "../../intel/tables/organisations.ts";
import { type Cidr, findRanges, parseCidr, type RangeTable, rangeTable } from "../../record/address-range.ts";
import { type Entry, fitsDirection, ignores, subjectText } from "./entry.ts";

/** What is known of one end of the traffic. */
export interface End {
  readonly direction: "src" | "dst";
  readonly ip?: string | undefined;
  /** Names that are believed to be its, in lower case. */
  readonly names: readonly string[];
  readonly mac?: string | undefined;
  /** Number of the autonomous system that announces the address, where known. */
  readonly asn?: number | undefined;
  /** Where only the organisation is known. */
  readonly organisation?: string | undefined;
}

/** Entries that speak equally specifically of an end. */
export interface Match {
  readonly entries: readonly Entry[];
  /** The higher the more specific. */
  readonly specificity: number;
  /** What of the end matched: "name www.example.com". */
  readonly because: string;
}

/** What was decided about an end. */
export interface Verdict {
  readonly entry: Entry;
  readonly because: string;
  readonly specificity: number;
  /** False for an exception. */
  readonly passes: boolean;
}

/** Entries ready to be looked up. */
export interface Matcher {
  /** The entries that speak of the end, the most specific first, whatever they let be ignored. */
  matches(end: End): Match[];
  /** The verdict of the most specific of them; undefined when it says nothing on this. */
  judge(end: End, what: "alerts" | "flows"): Verdict | undefined;
  readonly size: number;
}

// How specific kinds are: one address, one interface and one name come before groups of them. Own order.
const ADDRESS = 1000;
const MAC = 900;
const NAME = 800;
/** Plus the labels of the name, at most 127 (RFC 1035: 253 characters). */
const NAMES_BELOW = 600;
/** Plus the length of the prefix, at most 127. */
const BLOCK = 400;
const ORGANISATION = 300;
const LISTED = 0;

/** Compiles entries. Of two about the same subject and direction the later one counts. */
export function compileWhitelist(entries: Iterable<Entry>): Matcher {
  const addresses = new Map<string, { block: Cidr; entries: Entry[] }>();
  const names = new Map<string, Entry[]>();
  const below = new Map<string, Entry[]>();
  const macs = new Map<string, Entry[]>();
  const organisations = new Map<string, Entry[]>();
  const listed = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.listed) {
      if (!listed.has(entry.value)) listed.set(entry.value, entry);
      continue;
    }
    switch (entry.kind) {
      case "ip":
      case "cidr": {
        const block = parseCidr(unmapped(entry.value))!;
        const key = `${block.words} ${block.bits}`;
        const slot = addresses.get(key) ?? { block, entries: [] };
        addresses.set(key, slot);
        put(slot.entries, entry);
        break;
      }
      case "domain":
        if (entry.subdomains !== "only") put(slotOf(names, entry.value), entry);
        if (entry.subdomains !== "no") put(slotOf(below, entry.value), entry);
        break;
      case "mac":
        put(slotOf(macs, entry.value), entry);
        break;
      case "organisation":
        put(slotOf(organisations, entry.value), entry);
        break;
    }
  }
  const ranges: RangeTable<{ block: Cidr; entries: Entry[] }> = rangeTable(
    [...addresses.values()].map((slot) => [slot.block, slot] as const),
  );
  const size = sizeOf(names, below, macs, organisations) + listed.size +
    [...addresses.values()].reduce((sum, slot) => sum + slot.entries.length, 0);

  function addName(found: Match[], name: string): void {
    const exact = names.get(name);
    if (exact !== undefined) found.push({ entries: exact, specificity: NAME, because: `name ${name}` });
    const popular = listed.get(name);
    if (popular !== undefined) found.push({ entries: [popular], specificity: LISTED, because: `name ${name}` });
    if (below.size === 0) return;
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      const entries = below.get(name.slice(dot + 1));
      if (entries === undefined) continue;
      const specificity = NAMES_BELOW + entries[0]!.value.split(".").length;
      found.push({ entries, specificity, because: `name ${name}` });
    }
  }

  function addOrganisations(found: Match[], { ip, names, asn, organisation }: End): void {
    const seen = new Set<string>();
    const add = (owners: readonly string[], because: string): void => {
      for (const owner of owners) {
        const entries = organisations.get(owner);
        if (entries === undefined || seen.has(owner)) continue;
        seen.add(owner);
        found.push({ entries, specificity: ORGANISATION, because });
      }
    };
    if (organisation !== undefined) add([organisation], `organisation ${organisation}`);
    if (ip !== undefined) add(organisationsOf({ ip }), `address ${ip} of its networks`);
    if (asn !== undefined) add(organisationsOf({ asn }), `AS ${asn}`);
    for (const name of names) add(organisationsOf({ domain: name }), `name ${name}`);
  }

  function matches(end: End): Match[] {
    const found: Match[] = [];
    if (end.ip !== undefined && addresses.size > 0) {
      for (const { block, entries } of findRanges(ranges, end.ip)) {
        const single = block.bits === block.words.length * 32;
        found.push({ entries, specificity: single ? ADDRESS : BLOCK + block.bits, because: `address ${end.ip}` });
      }
    }
    if (end.mac !== undefined) {
      const entries = macs.get(end.mac);
      if (entries !== undefined) found.push({ entries, specificity: MAC, because: `MAC ${end.mac}` });
    }
    if (names.size + below.size + listed.size > 0) { for (const name of end.names) addName(found, name); }
    if (organisations.size > 0) addOrganisations(found, end);
    // Stable: equals stay in the order of the end's names.
    return found.sort((a, b) => b.specificity - a.specificity);
  }

  return {
    matches,
    judge(end, what) {
      const found = matches(end);
      if (found.length === 0) return undefined;
      const { specificity } = found[0]!;
      let pass: Verdict | undefined;
      for (const match of found) {
        if (match.specificity < specificity) break;
        for (const entry of match.entries) {
          if (!fitsDirection(entry, end.direction)) continue;
          const verdict = { entry, because: match.because, specificity };
          // Among equals the exception counts: better one alert too many.
          if (entry.ignore === "nothing") return { ...verdict, passes: false };
          if (ignores(entry, what)) pass ??= { ...verdict, passes: true };
        }
      }
      return pass;
    },
    size,
  };
}

/** IPv4-mapped IPv6 addresses are the IPv4 hosts that they stand for, as in every look-up. */
function unmapped(value: string): string {
  return /^::ffff:[0-9.]+$/.test(value) ? value.slice("::ffff:".length) : value;
}

function slotOf(map: Map<string, Entry[]>, value: string): Entry[] {
  let slot = map.get(value);
  if (slot === undefined) map.set(value, slot = []);
  return slot;
}

/** Adds an entry; it takes the place of one with the same direction. */
function put(slot: Entry[], entry: Entry): void {
  const at = slot.findIndex((other) =>
    other.direction === entry.direction && subjectText(other) === subjectText(entry)
  );
  if (at < 0) slot.push(entry);
  else slot[at] = entry;
}

function sizeOf(...maps: readonly Map<string, Entry[]>[]): number {
  const distinct = new Set<Entry>();
  for (const map of maps) for (const entries of map.values()) for (const entry of entries) distinct.add(entry);
  return distinct.size;
}
