// Mail addresses and IP addresses in the text of commands and header fields.

import { canonicalAddress } from "../../../record/address-text.ts";

const LOCAL_STOPS = "<,: \t@";
const DOMAIN_STOPS = ">,; \t";
/** A host name is at most 255 bytes (RFC 1035), a local part 64 (RFC 5321); more is not looked through for an address. */
const PART_LIMIT = 512;

/** The mail addresses in `text`, in order, each once. */
export function mailAddresses(text: string): string[] {
  const found = new Set<string>();
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > 0 && at - start < PART_LIMIT && !LOCAL_STOPS.includes(text[start - 1]!)) start--;
    let end = at + 1;
    while (end < text.length && end - at < PART_LIMIT && !DOMAIN_STOPS.includes(text[end]!)) end++;
    if (start < at && end > at + 1) found.add(text.slice(start, end).replace(/[<>,:; \t]/g, ""));
  }
  return [...found];
}

/** The entries of an address list (RFC 5322 section 3.4), display names included; a comma in quotes does not part them. */
export function addressList(text: string): string[] {
  const entries = new Set<string>();
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    // A quote that is never closed does not swallow the list.
    if (i < text.length && (text[i] !== "," || (quoted && text.indexOf('"', i) >= 0))) continue;
    const entry = text.slice(start, i).trim();
    if (entry !== "") entries.add(entry);
    start = i + 1;
    quoted = false;
  }
  return [...entries];
}

const WRAPPINGS = ["[]", "()", "{}", "  "];

/**
 * The IP addresses in `text`, in order. With `wrapped` only those in brackets or between blanks, since the numbers of
 * a `Received` field often look like addresses.
 */
export function ipAddresses(text: string, wrapped: boolean): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/[0-9A-Fa-f:.]{2,45}/g)) {
    const run = match[0].replace(/\.$/, "");
    const around = (text[match.index - 1] ?? "") + (text[match.index + match[0].length] ?? "");
    if (wrapped && !WRAPPINGS.includes(around)) continue;
    const address = canonicalAddress(run);
    if (address !== undefined) found.push(address);
  }
  return found;
}
