// What threat intelligence is made of: indicators, each of one kind, in one canonical spelling, so that two feeds that
// write the same thing differently name the same indicator, and traffic is looked up in the same spelling.

import { isGlobal, isIgnored } from "../record/address.ts";
import { canonicalAddress, formatIPv4, formatIPv6, parseAddress } from "../record/address-text.ts";
import { parseCidr } from "../record/address-range.ts";
import { canonicalDomain } from "./domain.ts";
import { canonicalUrl } from "./url.ts";

/** The kinds of indicators. `known_good` is the MD5 of a file that is harmless whatever a list says. */
export const INDICATOR_KINDS = [
  "ip",
  "range",
  "asn",
  "domain",
  "url",
  "md5",
  "sha1",
  "sha256",
  "ja3",
  "ja3s",
  "ja4",
  "jarm",
  "certificate",
  "tor_exit",
  "known_good",
] as const;

export type IndicatorKind = typeof INDICATOR_KINDS[number];

/** How bad it is to meet an indicator, the least first: the words of the evidence. */
export const LEVELS = ["info", "low", "medium", "high", "critical"] as const;

export type Level = typeof LEVELS[number];

/** An indicator as a feed names it. */
export interface Indicator {
  readonly kind: IndicatorKind;
  /** Canonical. */
  readonly value: string;
  /** What the feed says about it. */
  readonly description?: string | undefined;
  /** The feed's level unless said otherwise. */
  readonly level?: Level | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Hexadecimal digits of the kinds that are hashes. JARM is 62 (https://github.com/salesforce/jarm). */
export const HEX_DIGITS: Partial<Record<IndicatorKind, number>> = {
  md5: 32,
  sha1: 40,
  sha256: 64,
  ja3: 32,
  ja3s: 32,
  jarm: 62,
  certificate: 40,
  known_good: 32,
};

/** Shortest prefixes that are taken: a list that names more of the Internet at once is mistaken. Own choice. */
const SHORTEST_IPV4_PREFIX = 8;
const SHORTEST_IPV6_PREFIX = 19;

/** A JA4 fingerprint (https://github.com/FoxIO-LLC/ja4): ten letters and digits, then two hashes cut to twelve digits. */
const JA4 = /^[a-z][0-9a-z]{9}_[0-9a-f]{12}_[0-9a-f]{12}$/;
const HEX = /^[0-9a-f]+$/;
const AS_NUMBER = /^(?:as)?([0-9]{1,10})$/;
const LARGEST_AS_NUMBER = 2 ** 32 - 1;

/** What a text stands for; or, as a sentence without a full stop, why it cannot be used. */
export type Read = { kind: IndicatorKind; value: string } | { refused: string };

const NOT_AN_INDICATOR: Read = { refused: "it is no address, network, AS number, domain, URL, hash or fingerprint" };

/** Makes the spellings whole again that keep people from clicking: `hxxp://evil[.]example`. */
function refang(text: string): string {
  if (!text.includes("[") && !/^hxxp/i.test(text)) return text;
  return text.replaceAll("[.]", ".").replaceAll("[:]", ":").replace(/^hxxp/i, "http");
}

/** Reads an indicator of a given kind, or of the kind that it looks like: hashes of 32 and 40 digits like files'. */
export function readIndicator(text: string, kind?: IndicatorKind): Read {
  const plain = refang(text.trim());
  return kind === undefined ? guess(plain) : readAs(kind, plain);
}

function guess(text: string): Read {
  if (text.includes("://")) return readAs("url", text);
  const lower = text.toLowerCase();
  if (canonicalAddress(lower) !== undefined) return readAs("ip", lower);
  const slash = text.indexOf("/");
  if (slash > 0) return parseCidr(lower) === undefined ? readAs("url", text) : readAs("range", lower);
  if (lower.startsWith("as") && AS_NUMBER.test(lower)) return readAs("asn", lower);
  if (HEX.test(lower)) {
    for (const hash of ["md5", "sha1", "sha256", "jarm"] as const) {
      if (lower.length === HEX_DIGITS[hash]) return readAs(hash, lower);
    }
  }
  if (JA4.test(lower)) return readAs("ja4", lower);
  // Both are common beside real indicators: neither may pass for a domain.
  return text.includes("@") || text.includes(" ") ? NOT_AN_INDICATOR : readAs("domain", text);
}

function readAs(kind: IndicatorKind, text: string): Read {
  switch (kind) {
    case "ip":
    case "tor_exit":
      return readAddress(kind, text);
    case "range":
      return readRange(text);
    case "asn": {
      const number = Number(AS_NUMBER.exec(text.toLowerCase())?.[1] ?? NaN);
      return number >= 1 && number <= LARGEST_AS_NUMBER
        ? { kind, value: String(number) }
        : { refused: "it is no AS number" };
    }
    case "domain": {
      const domain = canonicalDomain(text);
      return domain === undefined ? { refused: "it is no domain" } : { kind, value: domain };
    }
    case "url": {
      const url = canonicalUrl(text);
      return url === undefined ? { refused: "it is no URL of HTTP" } : { kind, value: url };
    }
    case "ja4": {
      const lower = text.toLowerCase();
      return JA4.test(lower) ? { kind, value: lower } : { refused: "it is no JA4 fingerprint" };
    }
    default: {
      // Hashes are also written with colons, as certificates' are in browsers.
      const lower = text.toLowerCase().replaceAll(":", "");
      const digits = HEX_DIGITS[kind]!;
      return lower.length === digits && HEX.test(lower)
        ? { kind, value: lower }
        : { refused: `it does not have the ${digits} hexadecimal digits of ${kind}` };
    }
  }
}

const words = new Uint32Array(4);

function readAddress(kind: "ip" | "tor_exit", text: string): Read {
  const family = parseAddress(text, words);
  if (family === 0) return { refused: "it is no address" };
  const value = family === 4 ? formatIPv4(words[0]!) : formatIPv6(words);
  return isIgnored(value) ? { refused: "it is an address that nobody has on the Internet" } : { kind, value };
}

function readRange(text: string): Read {
  const block = parseCidr(text.toLowerCase());
  if (block === undefined) return { refused: "it is no network" };
  const { family, bits } = block;
  if (bits === block.words.length * 32) return readAddress("ip", text.slice(0, text.indexOf("/")));
  if (bits < (family === 4 ? SHORTEST_IPV4_PREFIX : SHORTEST_IPV6_PREFIX)) {
    return { refused: "it holds too much of the Internet" };
  }
  const write = family === 4 ? (at: Uint32Array) => formatIPv4(at[0]!) : formatIPv6;
  const first = write(block.words);
  const last = write(block.words.map((word, i) => (word | ~block.masks[i]!) >>> 0));
  if (!isGlobal(first) || !isGlobal(last)) return { refused: "it holds addresses that nobody has on the Internet" };
  return { kind: "range", value: `${first}/${bits}` };
}
