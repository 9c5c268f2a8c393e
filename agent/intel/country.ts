// In which country an address is registered: from a MaxMind DB file that the user points to (GeoLite2-Country or -City,
// DB-IP's and IPinfo's free ones).

import { BoundedCache } from "./bounded-cache.ts";
import { type Mmdb, MmdbError, type MmdbValue, openMmdb } from "./mmdb.ts";

/** The two-letter code (ISO 3166-1) of the country of an address; undefined when it is not known. */
export type CountryOf = (ip: string) => string | undefined;

/** Answers remembered: the same few thousand addresses are asked for again and again. */
const ANSWERS_REMEMBERED = 16_384;

/**
 * Look-ups in the bytes of a database, which may be shared memory.
 * @throws {MmdbError} when they are none.
 */
export function openCountry(bytes: Uint8Array): CountryOf {
  const database = openMmdb(bytes);
  const answers = new BoundedCache<string, string>(ANSWERS_REMEMBERED);
  return (ip) => {
    let answer = answers.get(ip);
    if (answer === undefined) answers.set(ip, answer = codeOf(database, ip) ?? "");
    return answer === "" ? undefined : answer;
  };
}

function codeOf(database: Mmdb, ip: string): string | undefined {
  try {
    const found = database.lookup(ip);
    // MaxMind and DB-IP: {country: {iso_code}}, for networks without one where they are registered; IPinfo: {country} or
    // {country_code}.
    const country = member(found, "country") ?? member(found, "registered_country");
    const code = typeof country === "string" ? country : member(country, "iso_code") ?? member(found, "country_code");
    return typeof code === "string" && /^[A-Z]{2}$/.test(code) ? code : undefined;
  } catch (error) {
    // A damaged entry is one address that nothing is known of.
    if (error instanceof MmdbError) return undefined;
    throw error;
  }
}

function member(value: MmdbValue | undefined, name: string): MmdbValue | undefined {
  if (typeof value !== "object" || Array.isArray(value) || value instanceof Uint8Array) return undefined;
  return (value as { readonly [key: string]: MmdbValue })[name];
}
