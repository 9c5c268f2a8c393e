// A certificate for a server on this machine and the authority that vouches for it, made anew for each run of the tests.

import { sign } from "node:crypto";
import {
  concat,
  der,
  derBitString,
  derExplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
  u8,
} from "../../../craft/craft.ts";
import { issue, pem, type Signer, signer } from "../../dissect/protocol/x509/signed.ts";

const ECDSA_WITH_SHA256 = derSequence(derOid("1.2.840.10045.4.3.2"));
/** Context-specific tag of an IP address in a subjectAltName (RFC 5280 section 4.2.1.6). */
const IP_ADDRESS = 0x87;

function name(text: string): Uint8Array {
  return derSequence(derSet(derSequence(derOid("2.5.4.3"), derText(text))));
}

/** PEM texts: the server's certificate for 127.0.0.1 and its key, and the authority's certificate. */
export function localServer(): { cert: string; key: string; authority: string } {
  const root: Signer = signer("Test authority");
  const server = signer("127.0.0.1");
  const subjectAltName = derSequence(
    derOid("2.5.29.17"),
    derOctetString(derSequence(der(IP_ADDRESS, new Uint8Array([127, 0, 0, 1])))),
  );
  const body = derSequence(
    derExplicit(0, derInteger(2)),
    derInteger(concat(u8(1), u8(3))),
    ECDSA_WITH_SHA256,
    name(root.name),
    derSequence(derTime("2024-01-01T00:00:00Z"), derTime("2049-12-31T23:59:59Z")),
    name(server.name),
    server.publicKey,
    derExplicit(3, derSequence(subjectAltName)),
  );
  const signature = new Uint8Array(sign("sha256", body, root.privateKey));
  return {
    cert: pem(derSequence(body, ECDSA_WITH_SHA256, derBitString(signature))),
    key: server.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    authority: pem(issue(root, root, "2024-01-01T00:00:00Z", "2049-12-31T23:59:59Z")),
  };
}
