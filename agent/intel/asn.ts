// Which autonomous system announces an address: from a MaxMind DB file that the user points to (GeoLite2-ASN, DB-IP's
// and IPinfo's free ones have the same content under two sets of names).

import { type Mmdb, MmdbError, openMmdb } from "./mmdb.ts";
import { BoundedCache } from "./bounded-cache.ts";

export interface AutonomousSystem {
  readonly number: number;
  /** Who runs it, as the database spells it; empty when it does not say. */
  readonly organisation: string;
}

/** The autonomous system of an address; undefined when it is not known. */
export type AsnOf = (ip: string) => AutonomousSystem | undefined;

/** Answers remembered: the same few thousand addresses are asked for again and again. */
const ANSWERS_REMEMBERED = 16_384;

/**
 * Look-ups in the bytes of a database, which may be shared memory.
 * @throws {MmdbError} when they are none.
 */
export function openAsn(bytes: Uint8Array): AsnOf {
  const database = openMmdb(bytes);
  const answers = new BoundedCache<string, AutonomousSystem | null>(ANSWERS_REMEMBERED);
  return (ip) => {
    let answer = answers.get(ip);
    if (answer === undefined) answers.set(ip, answer = systemOf(database, ip) ?? null);
    return answer ?? undefined;
  };
}

function systemOf(database: Mmdb, ip: string): AutonomousSystem | undefined {
  let value;
  try {
    value = database.lookup(ip);
  } catch (error) {
    // A damaged entry is one address that nothing is known of.
    if (error instanceof MmdbError) return undefined;
    throw error;
  }
  if (typeof value !== "object" || value instanceof Uint8Array || Array.isArray(value)) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const number = Number(fields["autonomous_system_number"] ?? String(fields["asn"] ?? "").replace(/^AS/i, ""));
  if (!Number.isInteger(number) || number <= 0) return undefined;
  const organisation = fields["autonomous_system_organization"] ?? fields["as_name"] ?? fields["name"];
  return { number, organisation: typeof organisation === "string" ? organisation : "" };
}
