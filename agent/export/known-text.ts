// What is known of the other host of a finding, in a few words: "45.155.204.87: files.example, AS64496 Example Ltd, DE".

import type { Evidence, HostContext } from "../evidence/evidence.ts";
import type { OtherHost } from "../evidence/account.ts";
import { plainText } from "./text.ts";

/** The words; undefined when nothing is known but what the finding itself says. */
export function knownText({ value, context }: OtherHost): string | undefined {
  const { names, reverse_dns, asn, as_organisation, country, lists } = context;
  const words = [
    names?.at(-1) ?? reverse_dns,
    asn === undefined ? undefined : `AS${asn}${as_organisation === undefined ? "" : ` ${as_organisation}`}`,
    country,
    ...lists ?? [],
  ].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : plainText(`${value}: ${words.join(", ")}`);
}

/** Whether more is known than the traffic itself shows. */
function isFromOutside({ reverse_dns, asn, country, lists }: HostContext): boolean {
  return (reverse_dns ?? asn ?? country ?? lists) !== undefined;
}

/** The end of a line of evidence, where databases or services know more than the traffic shows; else nothing. */
export function knownTail(evidence: Evidence): string {
  const { attacker, victim, profile, context } = evidence;
  for (const [party, known] of [[victim, context?.victim], [attacker, context?.attacker]] as const) {
    if (party === undefined || known === undefined || party.value === profile || !isFromOutside(known)) continue;
    const text = knownText({ value: party.value, context: known });
    if (text !== undefined) return ` known: ${text}.`;
  }
  return "";
}
