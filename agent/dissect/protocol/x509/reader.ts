// Reads certificates with a memory: the same few come with most handshakes.

import { BoundedMap } from "../../../profile/bounded-map.ts";
import { type Certificate, fingerprintOf, parseCertificate } from "./certificate.ts";

/** Certificates remembered, their DER included (one to two kilobytes each); the oldest is forgotten first. */
const MAX_REMEMBERED = 4096;
/** Larger ones are read each time: no public authority signs any. */
const MAX_REMEMBERED_LENGTH = 16_384;

/** Reads the certificate in `bytes[start..end)`; undefined when it is none. Nothing of `bytes` is kept. */
export type CertificateReader = (bytes: Uint8Array, start: number, end: number) => Certificate | undefined;

/** A reader that remembers nothing yet. One for the whole run. */
export function createCertificateReader(): CertificateReader {
  const known = new BoundedMap<string, Certificate>(MAX_REMEMBERED);
  return (bytes, start, end) => {
    const der = bytes.subarray(start, end);
    const fingerprint = fingerprintOf(der);
    const remembered = known.get(fingerprint);
    if (remembered !== undefined) return remembered;
    const certificate = parseCertificate(new Uint8Array(der), fingerprint);
    if (certificate === undefined || der.length > MAX_REMEMBERED_LENGTH) return certificate;
    known.set(fingerprint, certificate);
    return certificate;
  };
}
