// Whether a finding is whitelisted, and by which entry. Both ends are looked at; where they disagree the more specific
// entry wins, and between equals an exception.

import { isAddress } from "../../record/address.ts";
import type { Finding, Party, WhitelistMark } from "../evidence.ts";
import { entryText } from "./entry.ts";
import type { End, Matcher, Verdict } from "./match.ts";

/** What is known of an address at the moment of the finding. */
export interface KnownOf {
  /** Names that are believed to be the host's. */
  names(ip: string): readonly string[];
  mac(ip: string): string | undefined;
  /** Number of the autonomous system that announces it, where a database is at hand. */
  asn(ip: string): number | undefined;
}

/** The mark of the entry that whitelists the finding; undefined when none does. */
export function whitelistMark(
  matcher: Matcher,
  { attacker, victim }: Pick<Finding, "attacker" | "victim">,
  known: KnownOf,
): WhitelistMark | undefined {
  const first = judgeParty(matcher, attacker, known);
  const second = victim === undefined ? undefined : judgeParty(matcher, victim, known);
  const winner = stronger(first, second);
  if (winner === undefined || !winner.passes) return undefined;
  const { entry, because } = winner;
  return { entry: entryText(entry), party: winner === first ? "attacker" : "victim", because };
}

/** Which of two ends' verdicts counts. */
export function stronger(a: Verdict | undefined, b: Verdict | undefined): Verdict | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.passes === b.passes) return a;
  if (a.specificity === b.specificity) return a.passes ? b : a;
  return b.specificity > a.specificity ? b : a;
}

function judgeParty(matcher: Matcher, party: Party, known: KnownOf): Verdict | undefined {
  const end = endOf(party, known);
  return end === undefined ? undefined : matcher.judge(end, "alerts");
}

/**
 * What is known of a party. Only addresses are looked at by name: a domain is judged by its own name alone, because
 * whoever owns it may let it lead to any address and any other name.
 */
function endOf({ kind, value, direction }: Party, known: KnownOf): End | undefined {
  switch (kind) {
    case "ip":
      return { direction, ip: value, names: known.names(value), mac: known.mac(value), asn: known.asn(value) };
    case "domain":
      return { direction, names: [nameOf(value)] };
    case "url": {
      const host = URL.parse(value)?.hostname.replace(/^\[|\]$/g, "") ?? "";
      if (host === "") return undefined;
      return isAddress(host)
        ? endOf({ kind: "ip", value: host, direction }, known)
        : { direction, names: [nameOf(host)] };
    }
    case "md5":
      return undefined;
  }
}

/** A name as entries have it. */
export function nameOf(text: string): string {
  const name = text.toLowerCase();
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
