// What peers talk about: an address, a domain, a URL or the hash of a file, always in one canonical form, so that two
// peers that mean the same say the same.

import { canonicalAddress } from "../agent/record/address-text.ts";

/** The kinds, in the order of their numbers on the wire. */
export const INDICATOR_KINDS = ["ip", "domain", "url", "hash"] as const;

export type IndicatorKind = typeof INDICATOR_KINDS[number];

export interface Indicator {
  readonly kind: IndicatorKind;
  /** Canonical text: RFC 5952 for IPv6; domains, schemes and hashes in lower case. */
  readonly value: string;
}

/** Longest domain name as text (RFC 1035 section 2.3.4: 255 octets on the wire, length bytes included). */
const LONGEST_DOMAIN = 253;
/** Longest URL taken. Own choice: what practically all programs accept (RFC 9110 section 4.1 asks for 8000). */
export const LONGEST_URL = 2000;
/** Hexadecimal digits of MD5, SHA-1 and SHA-256. */
const HASH_DIGITS: readonly number[] = [32, 40, 64];

/** The canonical indicator, or undefined when `text` is none of that kind. O(length). */
export function readIndicator(kind: IndicatorKind, text: string): Indicator | undefined {
  const value = canonical(kind, text);
  return value === undefined ? undefined : { kind, value };
}

function canonical(kind: IndicatorKind, text: string): string | undefined {
  switch (kind) {
    case "ip": {
      const ip = canonicalAddress(text);
      // On the wire ::ffff:1.2.3.4 is the host 1.2.3.4.
      return ip?.startsWith("::ffff:") && ip.includes(".") ? ip.slice(7) : ip;
    }
    case "domain": {
      const domain = text.endsWith(".") ? text.slice(0, -1) : text;
      return domain.length > 0 && domain.length <= LONGEST_DOMAIN && /^[\x21-\x7e]+$/.test(domain)
        ? domain.toLowerCase()
        : undefined;
    }
    case "url": {
      if (text.length > LONGEST_URL || !/^[\x21-\x7e]+$/.test(text)) return undefined;
      const scheme = text.indexOf("://");
      return scheme <= 0 ? undefined : text.slice(0, scheme).toLowerCase() + text.slice(scheme);
    }
    case "hash":
      return HASH_DIGITS.includes(text.length) && /^[0-9a-fA-F]+$/.test(text) ? text.toLowerCase() : undefined;
  }
}

/** One string for each indicator, as a key. */
export function indicatorKey({ kind, value }: Indicator): string {
  return `${kind} ${value}`;
}
