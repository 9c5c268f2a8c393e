// Certificates that nobody but the server itself vouches for: devices at home have them, and most servers of malware.
//
// Told by the names: the issuer is the subject. Zeek says so too where it validates ("self signed certificate", with a
// hyphen since OpenSSL 3), and also when only the end of the chain is a certificate of that kind.

import { type Context, defineDetector } from "./contract.ts";
import {
  createWaiting,
  judgeCertificate,
  judgeWaiting,
  type Session,
  type ShownCertificate,
  type Waiting,
} from "./shown-certificate.ts";
import { cut, NAME_LENGTH } from "./shown.ts";

const SELF_SIGNED = /\bself[ -]signed\b/;

export const selfSignedCertificate = defineDetector({
  name: "self-signed-certificate",
  summary: "A server shows a certificate that only it itself vouches for",
  raises: {
    self_signed_certificate: {
      meaning:
        "A server showed a certificate that it made for itself and that nobody vouches for. Devices at home do " +
        "so, and so do most servers of malware, because it costs nothing and leaves no name.",
      threats: ["low"],
      techniques: ["T1573.002", "T1587.003"],
      falsePositives: "Routers, printers, cameras and servers of your own, test systems.",
      whatToDo:
        "If the server is a device of yours, nothing (or give it a certificate from your own authority). If it is " +
        "somewhere on the Internet, look up the address and the program that went there.",
    },
  },
  settings: {},
  memory: createWaiting,
  on: { ssl: (record, context) => judgeCertificate(record, context, judge) },
  timer: (note, context) => judgeWaiting(note, context, judge),
});

function judge(session: Session, certificate: ShownCertificate, context: Context<unknown, Waiting, undefined>): void {
  const { ts, uid, orig_h, orig_p, resp_h, resp_p, server_name, validation_status } = session;
  const { subject, issuer } = certificate;
  if (subject !== issuer && (validation_status === undefined || !SELF_SIGNED.test(validation_status))) return;
  const name = server_name === undefined ? "" : ` (${cut(server_name, NAME_LENGTH)})`;
  const common = {
    type: "self_signed_certificate",
    threat: "low",
    confidence: 0.5,
    timestamp: ts,
    uids: [uid],
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    description:
      `Self-signed certificate. ${orig_h} was shown "${cut(subject, NAME_LENGTH)}" by ${resp_h}${name}, which ` +
      `nobody else vouches for`,
    fold: `${resp_h} ${resp_p}`,
  } as const;
  context.raise(
    { ...common, attacker: { direction: "src", kind: "ip", value: orig_h } },
    { ...common, attacker: { direction: "dst", kind: "ip", value: resp_h }, profile: resp_h },
  );
}
