// Marks findings that main itself makes, about hosts of which nothing is known but the address.

import type { Finding, WhitelistMark } from "./evidence/evidence.ts";
import { type KnownOf, whitelistMark } from "./evidence/whitelist/judge.ts";
import { compileWhitelist, type Matcher } from "./evidence/whitelist/match.ts";
import { type PackedEntries, unpackEntries } from "./evidence/whitelist/pack.ts";
import type { Whitelist } from "./evidence/whitelist/whitelist.ts";

const NOTHING_KNOWN: KnownOf = { names: () => [], mac: () => undefined, asn: () => undefined };

/** A marker by the whitelist that is in force when it is called. */
export function createWhitelistMarker(current: () => Whitelist): (finding: Finding) => WhitelistMark | undefined {
  let entries: PackedEntries | undefined;
  let matcher: Matcher | undefined;
  return (finding) => {
    const { alerts } = current();
    if (alerts !== entries) {
      entries = alerts;
      matcher = alerts === undefined ? undefined : compileWhitelist(unpackEntries(alerts));
    }
    return matcher === undefined ? undefined : whitelistMark(matcher, finding, NOTHING_KNOWN);
  };
}
