// Certificates with signatures that hold, for tests of chains.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  concat,
  derBitString,
  derExplicit,
  derInteger,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
  u8,
} from "../../../../craft/craft.ts";

/** Somebody who can sign. */
export interface Signer {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

/** A signer with a new key on P-256. */
export function signer(name: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { name, privateKey, publicKey: new Uint8Array(publicKey.export({ type: "spki", format: "der" })) };
}

const ECDSA_WITH_SHA256 = derSequence(derOid("1.2.840.10045.4.3.2"));

function commonName(name: string): Uint8Array {
  return derSequence(derSet(derSequence(derOid("2.5.4.3"), derText(name))));
}

/** The certificate of `subject`, signed by `issuer`, valid in 2024 unless told. */
export function issue(
  subject: Signer,
  issuer: Signer,
  notBefore = "2024-01-01T00:00:00Z",
  notAfter = "2024-12-31T23:59:59Z",
): Uint8Array {
  const body = derSequence(
    derExplicit(0, derInteger(2)),
    derInteger(concat(u8(1), u8(2))),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    derSequence(derTime(notBefore), derTime(notAfter)),
    commonName(subject.name),
    subject.publicKey,
  );
  return derSequence(body, ECDSA_WITH_SHA256, derBitString(new Uint8Array(sign("sha256", body, issuer.privateKey))));
}

/** As the trusted ones are kept: PEM (RFC 7468). */
export function pem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toBase64()}\n-----END CERTIFICATE-----\n`;
}
