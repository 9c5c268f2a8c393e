// Whether a certificate is for a server name (RFC 6125, RFC 9525): alternative names first, the common name only without them.

import { coversName } from "../../../record/certificate-name.ts";
import type { Certificate } from "./certificate.ts";

/** True when `name` is one that the certificate vouches for. */
export function matchesHostname(certificate: Certificate, name: string): boolean {
  const wanted = name.toLowerCase();
  if (wanted === "") return false;
  if (certificate.names?.ip.includes(wanted)) return true;
  const dns = certificate.names?.dns ?? [];
  if (dns.length > 0) return dns.some((pattern) => coversName(pattern.toLowerCase(), wanted));
  return certificate.commonName !== undefined && coversName(certificate.commonName.toLowerCase(), wanted);
}
