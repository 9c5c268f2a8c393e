// The authorities that are trusted: Mozilla's list, as the runtime carries it (no file is read).

import { rootCertificates } from "node:tls";
import { type Certificate, parseCertificate } from "./certificate.ts";
import type { Element } from "./der.ts";

/** Trusted certificates by the bytes of their subject's name; two may share one. */
export type Roots = ReadonlyMap<string, readonly Certificate[]>;

/** The bytes of a name as a key, compared as they are. */
export function nameKey(certificate: Certificate, name: Element): string {
  return certificate.der.subarray(name.at, name.end).toBase64();
}

/** Reads the trusted certificates. Takes some milliseconds: to be called once, and only when needed. */
export function readRoots(texts: readonly string[] = rootCertificates): Roots {
  const roots = new Map<string, Certificate[]>();
  for (const text of texts) {
    const base64 = text.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
    const certificate = parseCertificate(Uint8Array.fromBase64(base64));
    if (certificate === undefined) continue;
    const key = nameKey(certificate, certificate.subjectName);
    const known = roots.get(key);
    if (known === undefined) roots.set(key, [certificate]);
    else known.push(certificate);
  }
  return roots;
}
