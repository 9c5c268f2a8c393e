// LDAP over TCP (RFC 4511): named once both sides have sent a message, and listened to until they turn to TLS (section
// 4.14: an extended request, answered with success).

import type { Protocol } from "../../analyzer.ts";
import { ldapClient, ldapServer } from "./binary.ts";
import { judge, newFirstBytes, recogniseLabel } from "./label.ts";
import { ascii, indexOf } from "./look.ts";

const LOOKS = { client: ldapClient, server: ldapServer, telling: "both" } as const;
/** The extension's object identifier as a string behind its tag and length, whose first byte does not come again. */
const STARTTLS = Uint8Array.of(0x80, 22, ...ascii("1.3.6.1.4.1.1466.20037"));
/** An extended response's result code 0. */
const SUCCESS = Uint8Array.of(0x0a, 1, 0);
/** A client that has said so much without asking for TLS no longer will. */
const PATIENCE_BYTES = 4_096;

export const LDAP_TCP: Protocol = {
  name: "ldap_tcp",
  transport: "tcp",
  ports: [389, 3268],
  recognise: (bytes, start, end, fromOrig) => recogniseLabel(LOOKS, bytes, start, end, fromOrig),
  analyze(flow, output) {
    const client = newFirstBytes(LOOKS.client);
    const server = newFirstBytes(LOOKS.server);
    let confirmed = false;
    let asked = false;
    let said = 0;
    return {
      deliver(fromOrig, bytes, start, end) {
        if (judge(fromOrig ? client : server, bytes, start, end) === "no") return false;
        if (!confirmed && client.answer === "yes" && server.answer === "yes") {
          confirmed = true;
          output.service(flow, "ldap_tcp");
        }
        if (fromOrig) {
          said += end - start;
          asked ||= indexOf(bytes, start, end, STARTTLS) >= 0;
          return said < PATIENCE_BYTES;
        }
        const agreed = asked && indexOf(bytes, start, end, SUCCESS) >= 0;
        if (agreed) output.upgrade(flow, "ssl");
        return !agreed;
      },
      gap: () => false,
      finish() {},
    };
  },
};
