// Ties the certificates that logs hold as records of their own to the sessions in which they were shown: newer Zeek's
// ssl.log only names them. Where a session describes its certificate itself, as ours do, there is nothing to teach.

import type { RecordOf } from "../record/schema.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Fact } from "./facts.ts";

/** Certificates, and sessions that wait for theirs, remembered at a time. Own choice: they come within seconds. */
const CERTIFICATES_KEPT = 4096;

export interface CertificateLinks {
  /** Takes a certificate; the fact about it when a session waits for it. */
  certificate(record: RecordOf<"x509">): Fact | undefined;
  /** Takes a session; the fact about its server's certificate when it needs one and the certificate came first. */
  session(record: RecordOf<"ssl">): Fact | undefined;
}

/** Links of which none is known yet. */
export function createCertificateLinks(): CertificateLinks {
  const known = new BoundedMap<string, Fact>(CERTIFICATES_KEPT);
  const awaited = new BoundedMap<string, true>(CERTIFICATES_KEPT);
  return {
    certificate(record) {
      const fact: Fact = {
        fact: "certificate",
        fingerprint: record.fingerprint,
        subject: record["certificate.subject"],
        issuer: record["certificate.issuer"],
        names: record["san.dns"] ?? [],
      };
      known.set(record.fingerprint, fact);
      return awaited.has(record.fingerprint) ? fact : undefined;
    },
    session(record) {
      const fingerprint = record.cert_chain_fps?.[0];
      if (fingerprint === undefined || isDescribed(record)) return undefined;
      const fact = known.get(fingerprint);
      if (fact === undefined) awaited.set(fingerprint, true);
      return fact;
    },
  };
}

/** Whether the session says itself whose the certificate is and whether it is for the name that was asked for. */
function isDescribed({ subject, server_name, sni_matches_cert }: RecordOf<"ssl">): boolean {
  return subject !== undefined && (server_name === undefined || sni_matches_cert !== undefined);
}
