// XMPP (RFC 6120): both sides open a stream; TLS is agreed on in section 5.

import { ascii } from "./look.ts";
import { startTlsProtocol } from "./start-tls.ts";
import { xmpp } from "./text.ts";

export const XMPP = startTlsProtocol({
  name: "xmpp",
  ports: [5222, 5269],
  client: xmpp,
  server: xmpp,
  request: ascii("<starttls"),
  consent: ascii("<proceed"),
  patience: 16_384,
});
