// What other programs call our types of evidence: the upper-case names that Slips writes, so that its users find theirs.

import { EVIDENCE_TYPES, type EvidenceType, OUR_TYPES } from "../agent/evidence/evidence.ts";

/** Those that are not simply ours in capitals. */
const DIFFERENT: { readonly [Type in EvidenceType]?: string } = {
  arp_outside_local_network: "ARP_OUTSIDE_LOCALNET",
  different_local_network: "DIFFERENT_LOCALNET",
};

/** Types that nobody but us has. */
const OURS: ReadonlySet<EvidenceType> = new Set<EvidenceType>(OUR_TYPES);

/** The upper-case name of a type; undefined for our own. */
export function aliasOf(type: EvidenceType): string | undefined {
  return OURS.has(type) ? undefined : DIFFERENT[type] ?? type.toUpperCase();
}

/** The type that a user means: our name or the upper-case one, in any letter case, with "-" or " " for "_". */
export function typeNamed(name: string): EvidenceType | undefined {
  const wanted = name.trim().toLowerCase().replaceAll(/[- ]/g, "_");
  return EVIDENCE_TYPES.find((type) => type === wanted || aliasOf(type)?.toLowerCase() === wanted);
}
