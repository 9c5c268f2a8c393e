// Marks findings that the user's whitelist covers. It is asked where findings are made, before repeats are folded, so that
// what is whitelisted and what is not never become one piece of evidence; and because only there the names and MACs that
// were known at that moment are at hand, the same in every worker.

import type { Finding, WhitelistMark } from "../agent/evidence/evidence.ts";
import { whitelistMark } from "../agent/evidence/whitelist/judge.ts";
import { compileWhitelist } from "../agent/evidence/whitelist/match.ts";
import { type PackedEntries, unpackEntries } from "../agent/evidence/whitelist/pack.ts";
import { believedNames } from "../agent/profile/names.ts";
import type { NetworkPicture } from "../agent/profile/network.ts";

/** The mark of findings that are raised together: they are one finding, so what covers one end's telling covers all. */
export type Marker = (findings: readonly Finding[]) => WhitelistMark | undefined;

/** A marker by these entries. `asnOf` gives the AS number of an address, where a database is at hand. */
export function createMarker(
  entries: PackedEntries,
  picture: NetworkPicture,
  asnOf: (ip: string) => number | undefined,
): Marker {
  const matcher = compileWhitelist(unpackEntries(entries));
  const known = {
    names: (ip: string) => believedNames(picture, ip),
    mac: (ip: string) => picture.macOf(ip),
    asn: asnOf,
  };
  return (findings) => {
    for (const finding of findings) {
      const mark = whitelistMark(matcher, finding, known);
      if (mark !== undefined) return mark;
    }
    return undefined;
  };
}
