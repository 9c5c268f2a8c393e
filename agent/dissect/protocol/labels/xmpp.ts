// XMPP (RFC 6120): named once both sides have opened a stream, and listened to until they turn to TLS (section 5).

import type { Protocol } from "../../analyzer.ts";
import { judge, newFirstBytes, recogniseLabel } from "./label.ts";
import { ascii, indexOf } from "./look.ts";
import { xmpp } from "./text.ts";

const LOOKS = { client: xmpp, server: xmpp, telling: "both" } as const;
const REQUEST = ascii("<starttls");
const AGREEMENT = ascii("<proceed");
/** A client that has said so much without asking for TLS no longer will. */
const PATIENCE_BYTES = 16_384;

export const XMPP: Protocol = {
  name: "xmpp",
  transport: "tcp",
  ports: [5222, 5269],
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
          output.service(flow, "xmpp");
        }
        if (fromOrig) {
          said += end - start;
          asked ||= indexOf(bytes, start, end, REQUEST) >= 0;
          return said < PATIENCE_BYTES;
        }
        // The client speaks first in TLS, so nothing of it can be behind the server's last word.
        const agreed = asked && indexOf(bytes, start, end, AGREEMENT) >= 0;
        if (agreed) output.upgrade(flow, "ssl");
        return !agreed;
      },
      gap: () => false,
      finish() {},
    };
  },
};
