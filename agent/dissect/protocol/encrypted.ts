// The protocols that encrypt, as one run knows them: they share which certificates were logged and validated.

import type { Protocol } from "../analyzer.ts";
import type { SoftwareRegister } from "../software.ts";
import { quicProtocol } from "./quic/quic.ts";
import { sshProtocol } from "./ssh/ssh.ts";
import { dtlsProtocol } from "./tls/dtls.ts";
import { tlsProtocol } from "./tls/tls.ts";
import { createFingerprints } from "./tls/fingerprints.ts";
import type { TlsContext } from "./tls/session.ts";
import { createCertificateLog } from "./x509/log.ts";
import { createCertificateReader } from "./x509/reader.ts";
import { createValidator } from "./x509/validation.ts";

/** What is done with certificates besides reading them. */
export interface CertificateSettings {
  /** Their chains are validated. */
  readonly validates: boolean;
  /** The SHA-1 of each peer's own is worked out. */
  readonly hashes: boolean;
}

/** TLS, DTLS, QUIC and SSH for one run; what SSH's banners name goes to its register of `software`. */
export function createEncryptedProtocols(
  software: SoftwareRegister,
  { validates, hashes }: CertificateSettings,
): readonly Protocol[] {
  const context: TlsContext = {
    readCertificate: createCertificateReader(),
    certificates: createCertificateLog(),
    hashes,
    validator: validates ? createValidator() : undefined,
    fingerprints: createFingerprints(),
  };
  return [tlsProtocol(context), dtlsProtocol(context), quicProtocol(context), sshProtocol(software)];
}
