// LDAP over TCP (RFC 4511): both sides send messages; TLS is agreed on by an extended request that is answered with success
// (section 4.14).

import { ldapClient, ldapServer } from "./binary.ts";
import { ascii } from "./look.ts";
import { startTlsProtocol } from "./start-tls.ts";

export const LDAP_TCP = startTlsProtocol({
  name: "ldap_tcp",
  ports: [389, 3268],
  client: ldapClient,
  server: ldapServer,
  // The extension's object identifier as a string behind its tag and length, whose first byte does not come again.
  request: Uint8Array.of(0x80, 22, ...ascii("1.3.6.1.4.1.1466.20037")),
  // An extended response's result code 0.
  consent: Uint8Array.of(0x0a, 1, 0),
  patience: 4_096,
});
