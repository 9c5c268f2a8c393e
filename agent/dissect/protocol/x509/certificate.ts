// Reads an X.509 certificate (RFC 5280) into plain data. Never throws: what is no certificate is undefined.

import { createHash } from "node:crypto";
import { childrenOf, type Element, elementAt, integerHex, objectIdentifier, Tag } from "./der.ts";
import { type AlternativeNames, type BasicConstraints, readExtensions } from "./extensions.ts";
import { attributeValue, nameText } from "./name.ts";
import { ALGORITHM_NAMES } from "./object-names.ts";
import { type PublicKey, publicKey } from "./public-key.ts";
import { certificateTime } from "./time.ts";

/** A certificate, as far as records and the validation of chains need it. */
export interface Certificate {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Upper-case hex. */
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  readonly commonName: string | undefined;
  /** Unix seconds, undefined when unreadable. */
  readonly notBefore: number | undefined;
  readonly notAfter: number | undefined;
  readonly signatureAlgorithm: string;
  readonly key: PublicKey | undefined;
  readonly names: AlternativeNames | undefined;
  readonly constraints: BasicConstraints | undefined;
  /** The DER and the places in it that a signature check needs: what is signed, the signature, the key; both names. */
  readonly der: Uint8Array;
  readonly signed: Element;
  readonly signature: Element;
  readonly keyInfo: Element;
  readonly subjectName: Element;
  readonly issuerName: Element;
}

/** Context tags of TBSCertificate: [0] version, [3] extensions. */
const VERSION = 0xa0, EXTENSIONS = 0xa3;

/** SHA-256 of a certificate's bytes, lower-case hex. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

/**
 * Reads `der`, of which a reference is kept; undefined when it is no certificate. Bytes behind it are ignored. Its
 * fingerprint is taken unless the caller has it already.
 */
export function parseCertificate(der: Uint8Array, fingerprint?: string): Certificate | undefined {
  const [signed, algorithm, signature] = childrenOf(der, elementAt(der, 0, der.length)) ?? [];
  if (der[0] !== Tag.sequence || signed?.tag !== Tag.sequence || signature?.tag !== Tag.bitString) return undefined;
  const fields = childrenOf(der, signed);
  if (fields === undefined || algorithm?.tag !== Tag.sequence) return undefined;
  const versioned = fields[0]?.tag === VERSION;
  const [serial, , issuer, validity, subject, keyInfo] = versioned ? fields.slice(1) : fields;
  if (serial?.tag !== Tag.integer || issuer?.tag !== Tag.sequence || subject?.tag !== Tag.sequence) return undefined;
  const [notBefore, notAfter] = childrenOf(der, validity) ?? [];
  if (notBefore === undefined || notAfter === undefined || keyInfo?.tag !== Tag.sequence) return undefined;
  const extensions = fields.find((field) => field.tag === EXTENSIONS);
  const { names, constraints } = extensions === undefined
    ? { names: undefined, constraints: undefined }
    : readExtensions(der, extensions);
  return {
    fingerprint: fingerprint ?? fingerprintOf(der),
    version: versioned ? versionNumber(der, fields[0]!) : 1,
    serial: integerHex(der, serial),
    subject: nameText(der, subject),
    issuer: nameText(der, issuer),
    commonName: attributeValue(der, subject, "2.5.4.3"),
    notBefore: certificateTime(der, notBefore),
    notAfter: certificateTime(der, notAfter),
    signatureAlgorithm: algorithmName(der, algorithm),
    key: publicKey(der, keyInfo),
    names,
    constraints,
    der,
    signed,
    signature,
    keyInfo,
    subjectName: subject,
    issuerName: issuer,
  };
}

function versionNumber(der: Uint8Array, wrapper: Element): number {
  const number = elementAt(der, wrapper.start, wrapper.end);
  return number === undefined || number.end - number.start !== 1 ? 1 : der[number.start]! + 1;
}

/** The name of an AlgorithmIdentifier, its dotted number when it has none. */
function algorithmName(der: Uint8Array, identifier: Element): string {
  const type = elementAt(der, identifier.start, identifier.end);
  const oid = type === undefined ? "" : objectIdentifier(der, type);
  return ALGORITHM_NAMES.get(oid) ?? oid;
}
