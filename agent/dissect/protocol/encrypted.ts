// The protocols that encrypt, as one run knows them: they share which certificates were logged and validated.

import type { Protocol } from "../analyzer.ts";
import { quicProtocol } from "./quic/quic.ts";
import { SSH } from "./ssh/ssh.ts";
import { dtlsProtocol } from "./tls/dtls.ts";
import { tlsProtocol } from "./tls/tls.ts";
import type { TlsContext } from "./tls/session.ts";
import { createCertificateLog } from "./x509/log.ts";
import { createValidator } from "./x509/validation.ts";

/** TLS, DTLS, QUIC and SSH for one run. */
export function createEncryptedProtocols(): readonly Protocol[] {
  const context: TlsContext = { certificates: createCertificateLog(), validator: createValidator() };
  return [tlsProtocol(context), dtlsProtocol(context), quicProtocol(context), SSH];
}
