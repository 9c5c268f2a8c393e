// Whether a certificate is for a server name (RFC 6125, RFC 9525): alternative names first, the common name only without them.

import type { Certificate } from "./certificate.ts";

/** True when `name` is one that the certificate vouches for. */
export function matchesHostname(certificate: Certificate, name: string): boolean {
  const wanted = name.toLowerCase();
  if (wanted === "") return false;
  if (certificate.names?.ip.includes(wanted)) return true;
  const dns = certificate.names?.dns ?? [];
  if (dns.length > 0) return dns.some((pattern) => matchesPattern(pattern.toLowerCase(), wanted));
  return certificate.commonName !== undefined && matchesPattern(certificate.commonName.toLowerCase(), wanted);
}

/** One "*" may stand in the first label for a part of that label, with at least two labels behind it. */
function matchesPattern(pattern: string, name: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === name;
  const dot = pattern.indexOf(".");
  const domain = pattern.slice(dot);
  if (dot < star || pattern.indexOf("*", star + 1) >= 0 || domain.indexOf(".", 1) < 0) return false;
  const labelEnd = name.indexOf(".");
  if (labelEnd < 0 || name.slice(labelEnd) !== domain) return false;
  const label = name.slice(0, labelEnd);
  const before = pattern.slice(0, star), after = pattern.slice(star + 1, dot);
  return label.length > 0 && label.length >= before.length + after.length && label.startsWith(before) &&
    label.endsWith(after);
}
