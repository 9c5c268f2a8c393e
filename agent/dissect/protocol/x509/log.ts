// Turns certificates into `x509` records, each certificate once a day in each role, as Zeek does it.

import { BoundedMap } from "../../../profile/bounded-map.ts";
import type { RecordOf } from "../../../record/schema.ts";
import type { Output } from "../../analyzer.ts";
import type { Certificate } from "./certificate.ts";

/** Zeek logs a certificate again after a day (X509::relog_known_certificates_after). Seconds. */
const LOG_AGAIN_AFTER = 86_400;
/** Certificates remembered; the oldest are forgotten first and would then be logged once more. */
const MAX_REMEMBERED = 65_536;

/** Whose certificate it was: of the server itself, of the client itself, or of an authority further up a chain. */
export type CertificateRole = "host" | "client" | "authority";

/** Writes certificates down. One for the whole run, because it remembers what it wrote. */
export interface CertificateLog {
  write(output: Output, certificate: Certificate, role: CertificateRole): void;
}

/** A log that has written nothing yet. */
export function createCertificateLog(): CertificateLog {
  const written = new BoundedMap<string, number>(MAX_REMEMBERED);
  return {
    write(output, certificate, role) {
      const key = `${role} ${certificate.fingerprint}`;
      const last = written.get(key);
      if (last !== undefined && output.now - last < LOG_AGAIN_AFTER) return;
      written.set(key, output.now);
      output.emit(certificateRecord(certificate, role, output.now));
    },
  };
}

/** The record of a certificate seen at `ts`. */
export function certificateRecord(certificate: Certificate, role: CertificateRole, ts: number): RecordOf<"x509"> {
  const { key, names, constraints } = certificate;
  const listed = (list: readonly string[] | undefined) => list === undefined || list.length === 0 ? undefined : list;
  return {
    kind: "x509",
    ts,
    fingerprint: certificate.fingerprint,
    "certificate.version": certificate.version,
    "certificate.serial": certificate.serial,
    "certificate.subject": certificate.subject,
    "certificate.issuer": certificate.issuer,
    "certificate.not_valid_before": certificate.notBefore,
    "certificate.not_valid_after": certificate.notAfter,
    "certificate.key_alg": key?.algorithm,
    "certificate.sig_alg": certificate.signatureAlgorithm,
    "certificate.key_type": key?.type,
    "certificate.key_length": key?.length,
    "certificate.exponent": key?.exponent,
    "certificate.curve": key?.curve,
    "san.dns": listed(names?.dns),
    "san.uri": listed(names?.uri),
    "san.email": listed(names?.email),
    "san.ip": listed(names?.ip),
    "basic_constraints.ca": constraints?.ca,
    "basic_constraints.path_len": constraints?.pathLength,
    host_cert: role === "host",
    client_cert: role === "client",
  };
}
