// What `smartshield whitelist` prints: which entry would match, and why; and what is wrong with a file.

import { canonicalAddress } from "../../record/address-text.ts";
import { InputError } from "../../errors.ts";
import { type Entry, type EntryKind, entryText, fitsDirection, ignores, readSubject } from "./entry.ts";
import { mistakeText } from "./file.ts";
import { compileWhitelist, type End } from "./match.ts";
import { readWhitelistText } from "./read.ts";

/** What the user asks about one end of the traffic. */
export interface Question {
  readonly ip?: string | undefined;
  readonly domain?: string | undefined;
  readonly mac?: string | undefined;
  readonly organisation?: string | undefined;
  readonly asn?: number | undefined;
  readonly direction: "src" | "dst";
  readonly ignore: "alerts" | "flows";
}

/**
 * Which entry would match, and why, as lines.
 * @throws {InputError} when nothing that can be looked up was asked for.
 */
export function explainMatch(entries: readonly Entry[], question: Question): string[] {
  const { direction, ignore } = question;
  const end = endOf(question);
  const matcher = compileWhitelist(entries);
  const found = matcher.matches(end);
  const what = ignore === "alerts" ? "Evidence" : "A flow";
  const whom = [end.ip, ...end.names, end.mac, end.organisation, end.asn === undefined ? undefined : `AS ${end.asn}`]
    .filter((each) => each !== undefined).join(", ");
  const where = direction === "src" ? "as its source" : "as its destination";
  if (found.length === 0) return [`${what} with ${whom} ${where} counts: no entry speaks of it.`];
  const verdict = matcher.judge(end, ignore);
  const lines = [
    verdict === undefined
      ? `${what} with ${whom} ${where} counts: the most specific entry is not about ${ignore} ${where}.`
      : verdict.passes
      ? `${what} with ${whom} ${where} is whitelisted by ${entryText(verdict.entry)}.`
      : `${what} with ${whom} ${where} counts: ${entryText(verdict.entry)} is an exception.`,
    "Entries that speak of it, the most specific first (it alone decides):",
  ];
  for (const { entries, because, specificity } of found) {
    for (const entry of entries) {
      const why = entry === verdict?.entry
        ? "decides"
        : specificity < found[0]!.specificity
        ? "a more specific one decides"
        : !fitsDirection(entry, direction)
        ? "for the other end"
        : entry.ignore !== "nothing" && !ignores(entry, ignore)
        ? `not about ${ignore}`
        : "another one decides";
      lines.push(`  ${entryText(entry)}, by ${because}: ${why}`);
    }
  }
  return lines;
}

function endOf({ ip, domain, mac, organisation, asn, direction }: Question): End {
  if ([ip, domain, mac, organisation, asn].every((each) => each === undefined)) {
    throw new InputError(
      "Nothing to look up: say --ip, --domain, --mac, --organisation or --asn (several describe one host).",
    );
  }
  const address = ip === undefined ? undefined : canonicalAddress(ip);
  if (ip !== undefined && address === undefined) {
    throw new InputError(`--ip is ${JSON.stringify(ip)}, which is no address; right would be one such as 192.0.2.7.`);
  }
  return {
    direction,
    ip: address,
    names: domain === undefined ? [] : [valueOf("domain", domain)],
    mac: mac === undefined ? undefined : valueOf("mac", mac),
    organisation: organisation === undefined ? undefined : valueOf("organisation", organisation),
    asn,
  };
}

function valueOf(kind: EntryKind, text: string): string {
  const subject = readSubject(kind, text);
  if ("wrong" in subject) throw new InputError(`--${kind}: ${subject.wrong}.`);
  return subject.value;
}

/** What there is to say of a file, and whether all of it can be used. */
export function checkWhitelist(text: string, file: string): { lines: string[]; sound: boolean } {
  const { entries, mistakes } = readWhitelistText(text, file);
  const good = entries.length === 1 ? "1 entry" : `${entries.length.toLocaleString("en-GB")} entries`;
  const bad = mistakes.length === 1 ? "1 place cannot be used" : `${mistakes.length} places cannot be used`;
  return {
    lines: [...mistakes.map(mistakeText), `${file}: ${good}${mistakes.length === 0 ? "" : `; ${bad}`}.`],
    sound: mistakes.length === 0,
  };
}
