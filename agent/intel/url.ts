// The canonical spelling of a URL, for comparing: host and path without the scheme, because a feed that names the page by
// https and a request for it by http mean the same page (RFC 3986 section 6.2.2 says what else is the same).

import { canonicalAddress } from "../record/address-text.ts";
import { canonicalDomain } from "./domain.ts";

/** Longer ones are no indicators: RFC 9110 section 4.1 asks programs to take 8,000, feeds stay far below. Bytes. */
export const LONGEST_URL = 2048;

const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const encoder = new TextEncoder();

/**
 * "http://WWW.Example.com:80/%7euser?q#top" gives "www.example.com/~user?q". The scheme may be missing. Undefined when the
 * text is no URL of http or https, or longer than `LONGEST_URL`.
 */
export function canonicalUrl(text: string): string | undefined {
  if (text.length > LONGEST_URL) return undefined;
  let from = 0;
  let standardPort = "";
  const scheme = text.indexOf("://");
  if (scheme >= 0 && scheme <= 5) {
    const name = text.slice(0, scheme).toLowerCase();
    if (name !== "http" && name !== "https") return undefined;
    standardPort = name === "http" ? "80" : "443";
    from = scheme + 3;
  }
  let end = text.length;
  const fragment = text.indexOf("#", from);
  if (fragment >= 0) end = fragment;
  let hostEnd = from;
  while (hostEnd < end && text[hostEnd] !== "/" && text[hostEnd] !== "?") hostEnd++;
  const authority = text.slice(
    text.lastIndexOf("@", hostEnd - 1) >= from ? text.lastIndexOf("@", hostEnd - 1) + 1 : from,
    hostEnd,
  );
  const host = canonicalHost(authority, standardPort);
  if (host === undefined) return undefined;
  const rest = text.slice(hostEnd, end);
  const url = host + (rest.startsWith("/") ? "" : "/") + canonicalPath(rest);
  return url.length > LONGEST_URL ? undefined : url;
}

function canonicalHost(authority: string, standardPort: string): string | undefined {
  let host = authority;
  let port = "";
  const bracket = authority.startsWith("[") ? authority.indexOf("]") : -1;
  const colon = authority.indexOf(":", Math.max(0, bracket));
  if (colon >= 0) {
    host = authority.slice(0, colon);
    port = authority.slice(colon + 1);
    if (!/^[0-9]{0,5}$/.test(port)) return undefined;
  }
  const name = bracket > 0 ? canonicalAddress(host.slice(1, bracket)) : canonicalAddress(host) ?? canonicalDomain(host);
  if (name === undefined) return undefined;
  const shown = bracket > 0 ? `[${name}]` : name;
  // Without a scheme it is a request that was seen in the clear, or an indicator written as Zeek does: port 80.
  return port === "" || port === (standardPort === "" ? "80" : standardPort) ? shown : `${shown}:${Number(port)}`;
}

/** Escapes what must be escaped, in capitals, and nothing that need not be. */
function canonicalPath(path: string): string {
  if (/^[!$&'()*+,\-./0-9:;=?@A-Z_a-z~]*$/.test(path)) return path;
  let out = "";
  for (const byte of encoder.encode(path)) {
    const character = String.fromCharCode(byte);
    out += byte > 0x20 && byte < 0x7f && character !== '"' && character !== "<" && character !== ">"
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out.replace(/%[0-9a-fA-F]{2}/g, (escape) => {
    const character = String.fromCharCode(parseInt(escape.slice(1), 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}
