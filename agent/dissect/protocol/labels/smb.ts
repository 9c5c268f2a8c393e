// SMB, all versions (MS-CIFS, MS-SMB2) over TCP, with or without NetBIOS sessions (RFC 1002). Named with the server's first
// message; the words for how the client logs in follow as they are seen: gssapi (SPNEGO, RFC 4178), then ntlm or krb.

import type { Protocol } from "../../analyzer.ts";
import { judge, type Label, newFirstBytes, recogniseLabel } from "./label.ts";
import { ascii, indexOf, isAt, type Look, uint32 } from "./look.ts";

const SESSION_MESSAGE = 0x00, SESSION_REQUEST = 0x81, SESSION_RESPONSE = 0x82;
const DIALECTS = [0xff, 0xfe, 0xfd].map((first) => Uint8Array.of(first, ...ascii("SMB")));

/** A session message with one of SMB's three magic numbers, or, on NetBIOS's port, the session's own opening. */
function smb(opening: number): Look {
  return (bytes, start, end) => {
    if (bytes[start] === opening) {
      if (end - start < 4) return "more";
      // A request carries two names of 34 bytes, a response nothing.
      return uint32(bytes, start) === (opening << 24 | (opening === SESSION_REQUEST ? 68 : 0)) >>> 0 ? "yes" : "no";
    }
    if (bytes[start] !== SESSION_MESSAGE) return "no";
    if (end - start < 8) return "more";
    return DIALECTS.some((magic) => isAt(bytes, start + 4, end, magic) === "yes") ? "yes" : "no";
  };
}
const LOOKS: Pick<Label, "client" | "server" | "telling"> = {
  client: smb(SESSION_REQUEST),
  server: smb(SESSION_RESPONSE),
  telling: "both",
};

/** The object identifier of SPNEGO, 1.3.6.1.5.5.2, without its tag and length. */
const SPNEGO = Uint8Array.of(0x2b, 0x06, 0x01, 0x05, 0x05, 0x02);
const NTLM = ascii("NTLMSSP\0");
/** A Kerberos token (RFC 4121 section 4.1): its object identifier 1.2.840.113554.1.2.2, then an AP-REQ. */
const KERBEROS_REQUEST = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00);
/** A session's header, and the magic number behind it when the message is one of version 1. */
const SESSION_HEADER = 4;
const VERSION_1 = DIALECTS[0]!;
/** What opens remote procedure calls in a pipe (C706 section 12.6.4.3): version 5.0, bind, one fragment, little-endian. */
const BIND = Uint8Array.of(0x05, 0x00, 0x0b, 0x03, 0x10, 0x00, 0x00, 0x00);
/** Logging in comes first; bytes of either side in which it is looked for. */
const PATIENCE_BYTES = 16_384;

export const SMB: Protocol = {
  name: "smb",
  transport: "tcp",
  ports: [445, 139],
  recognise: (bytes, start, end, fromOrig) => recogniseLabel(LOOKS, bytes, start, end, fromOrig),
  analyze(flow, output) {
    const client = newFirstBytes(LOOKS.client);
    const server = newFirstBytes(LOOKS.server);
    let confirmed = false;
    let gssapi = false;
    let loggedIn = false;
    let version1 = false;
    let seen = 0;
    return {
      deliver(fromOrig, bytes, start, end) {
        if (judge(fromOrig ? client : server, bytes, start, end) === "no") return false;
        if (!confirmed && client.answer === "yes" && server.answer === "yes") {
          confirmed = true;
          output.service(flow, "smb");
        }
        if (!confirmed) return true;
        if (!gssapi && indexOf(bytes, start, end, SPNEGO) >= 0) {
          gssapi = true;
          output.service(flow, "gssapi");
        }
        const ntlm = !loggedIn && indexOf(bytes, start, end, NTLM) >= 0;
        if (ntlm || (!loggedIn && indexOf(bytes, start, end, KERBEROS_REQUEST) >= 0)) {
          output.service(flow, ntlm ? "ntlm" : "krb");
          loggedIn = true;
          seen = 0;
        }
        // A client begins with version 1 to ask for any; only the server's messages tell.
        version1 ||= !fromOrig && isAt(bytes, start + SESSION_HEADER, end, VERSION_1) === "yes";
        if (loggedIn && !version1) return false;
        if (version1 && indexOf(bytes, start, end, BIND) >= 0) {
          output.service(flow, "dce_rpc");
          return false;
        }
        seen += end - start;
        return seen < PATIENCE_BYTES;
      },
      gap: () => false,
      finish() {},
    };
  },
};
