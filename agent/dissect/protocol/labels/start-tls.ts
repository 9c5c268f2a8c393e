// Protocols that are named once both sides have spoken, and listened to until they turn to TLS: the client asks for it, the
// server agrees, and the rest of the stream is TLS's.

import type { Protocol } from "../../analyzer.ts";
import { judge, newFirstBytes, recogniseLabel } from "./label.ts";
import { indexOf, type Look } from "./look.ts";

export interface StartTls {
  /** The word in `service`. */
  readonly name: string;
  readonly ports: readonly number[];
  /** What either side says first. */
  readonly client: Look;
  readonly server: Look;
  /** What is in the client's wish for TLS, and in the server's consent. */
  readonly request: Uint8Array;
  readonly consent: Uint8Array;
  /** A client that has said so many bytes without asking no longer will. */
  readonly patience: number;
}

/** The protocol for it. */
export function startTlsProtocol({ name, ports, client, server, request, consent, patience }: StartTls): Protocol {
  const looks = { client, server, telling: "both" } as const;
  return {
    name,
    transport: "tcp",
    ports,
    recognise: (bytes, start, end, fromOrig) => recogniseLabel(looks, bytes, start, end, fromOrig),
    analyze(flow, output) {
      const fromClient = newFirstBytes(client);
      const fromServer = newFirstBytes(server);
      let confirmed = false;
      let asked = false;
      let said = 0;
      return {
        deliver(fromOrig, bytes, start, end) {
          if (judge(fromOrig ? fromClient : fromServer, bytes, start, end) === "no") return false;
          if (!confirmed && fromClient.answer === "yes" && fromServer.answer === "yes") {
            confirmed = true;
            output.service(flow, name);
          }
          if (fromOrig) {
            said += end - start;
            asked ||= indexOf(bytes, start, end, request) >= 0;
            return said < patience;
          }
          // The client speaks first in TLS, so nothing of it can be behind the server's consent.
          const agreed = asked && indexOf(bytes, start, end, consent) >= 0;
          if (agreed) output.upgrade(flow, "ssl");
          return !agreed;
        },
        gap: () => false,
        finish() {},
      };
    },
  };
}
