// X.509 certificates (RFC 5280) of proper structure. Their keys belong to nobody and their signatures are noise.

import { ipBytes } from "../address.ts";
import { concat, hex, toBytes, u8 } from "../bytes.ts";
import { random } from "../random.ts";
import {
  der,
  derBitString,
  derBoolean,
  derExplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
} from "./der.ts";

/** A distinguished name, in the order in which its parts are given. */
export interface Name {
  /** Country, two letters. */
  C?: string;
  /** State or province. */
  ST?: string;
  /** Locality. */
  L?: string;
  /** Organisation. */
  O?: string;
  /** Unit of the organisation. */
  OU?: string;
  /** Common name. */
  CN?: string;
}

/** What a certificate says. */
export interface CertificateFields {
  subject: Name;
  /** Default: the subject, which makes it self-signed. */
  issuer?: Name;
  /** Moments like `2024-03-05T08:00:00Z`; default: 1 January 2023 to 1 January 2033. */
  notBefore?: string;
  notAfter?: string;
  /** Serial number as hexadecimal text; default made from the seed. */
  serial?: string;
  /** Alternative names: host names or IP addresses. */
  alternativeNames?: readonly string[];
  key?: "rsa" | "ec";
  /** Bits of an RSA key; default 2,048. */
  keyBits?: number;
  /** Whether it may sign others; left out, the extension is too. */
  authority?: boolean;
  /** 1 writes a certificate without extensions; default 3. */
  version?: 1 | 3;
  /** Chooses serial, key and signature. */
  seed?: number;
}

const ATTRIBUTE: Readonly<Record<keyof Name, string>> = {
  C: "2.5.4.6",
  ST: "2.5.4.8",
  L: "2.5.4.7",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  CN: "2.5.4.3",
};
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1", SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const EC_PUBLIC_KEY = "1.2.840.10045.2.1", P256 = "1.2.840.10045.3.1.7", ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const BASIC_CONSTRAINTS = "2.5.29.19", KEY_USAGE = "2.5.29.15", SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

/** The base point of P-256 (SEC 2 section 2.4.2): a public key must be a point of the curve, and this one is known to be. */
const P256_BASE_POINT = hex(
  "04 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);

/** The DER bytes of a certificate. */
export function certificate(fields: CertificateFields): Uint8Array {
  const chance = random(fields.seed ?? 1);
  const version = fields.version ?? 3;
  const isEc = fields.key === "ec";
  const algorithm = isEc ? derSequence(derOid(ECDSA_WITH_SHA256)) : derSequence(derOid(SHA256_WITH_RSA), derNull());
  // A serial number is positive and has at most 20 bytes (RFC 5280 section 4.1.2.2).
  const serial = fields.serial === undefined ? concat(u8(0x40), chance.bytes(15)) : hex(fields.serial);
  const bits = fields.keyBits ?? 2_048;
  const body = derSequence(
    ...(version === 3 ? [derExplicit(0, derInteger(2))] : []),
    derInteger(serial),
    algorithm,
    distinguishedName(fields.issuer ?? fields.subject),
    derSequence(
      derTime(fields.notBefore ?? "2023-01-01T00:00:00Z"),
      derTime(fields.notAfter ?? "2033-01-01T00:00:00Z"),
    ),
    distinguishedName(fields.subject),
    isEc ? ecKey() : rsaKey(chance.bytes(bits / 8)),
    ...(version === 3 ? extensions(fields) : []),
  );
  const signature = isEc
    ? derSequence(derInteger(concat(u8(0x41), chance.bytes(31))), derInteger(concat(u8(0x42), chance.bytes(31))))
    : chance.bytes(bits / 8);
  return derSequence(body, algorithm, derBitString(signature));
}

function distinguishedName(name: Name): Uint8Array {
  const parts = (Object.entries(name) as [keyof Name, string][]).map(([attribute, value]) => {
    // A country is a PrintableString by its definition (RFC 5280 appendix A.1).
    const text = attribute === "C" ? der(0x13, value) : derText(value);
    return derSet(derSequence(derOid(ATTRIBUTE[attribute]), text));
  });
  return derSequence(...parts);
}

function rsaKey(modulus: Uint8Array): Uint8Array {
  // The top bit makes it as long as it claims, the lowest makes it odd.
  modulus[0] = modulus[0]! | 0x80;
  modulus[modulus.length - 1] = modulus[modulus.length - 1]! | 1;
  const key = derSequence(derInteger(modulus), derInteger(65_537));
  return derSequence(derSequence(derOid(RSA_ENCRYPTION), derNull()), derBitString(key));
}

function ecKey(): Uint8Array {
  return derSequence(derSequence(derOid(EC_PUBLIC_KEY), derOid(P256)), derBitString(P256_BASE_POINT));
}

function extensions(fields: CertificateFields): Uint8Array[] {
  const list: Uint8Array[] = [];
  if (fields.alternativeNames !== undefined) {
    list.push(extension(SUBJECT_ALTERNATIVE_NAME, false, derSequence(...fields.alternativeNames.map(generalName))));
  }
  if (fields.authority !== undefined) {
    const constraints = fields.authority ? derSequence(derBoolean(true)) : derSequence();
    list.push(extension(BASIC_CONSTRAINTS, true, constraints));
    // Certificate and CRL signing for an authority, digital signature for the others: bit strings with unused bits counted.
    const usage = fields.authority ? Uint8Array.of(1, 0x06) : Uint8Array.of(7, 0x80);
    list.push(extension(KEY_USAGE, true, der(0x03, usage)));
  }
  return list.length === 0 ? [] : [derExplicit(3, derSequence(...list))];
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value));
}

/** dNSName is `[2]`, iPAddress is `[7]`. */
function generalName(name: string): Uint8Array {
  const isAddress = name.includes(":") || /^[\d.]+$/.test(name);
  return isAddress ? der(0x87, ipBytes(name)) : der(0x82, toBytes(name));
}

/** The authority that signs the certificates of ordinary sites in a story. */
export const STORY_AUTHORITY: Name = { C: "US", O: "Example Trust Services", CN: "Example Issuing CA 1" };

/** A server's certificate for these names and the authority's above it, as a server sends them. */
export function siteChain(...names: readonly string[]): Uint8Array[] {
  const [first = "example.com"] = names;
  // The sum of the characters: another name, another key.
  const seed = [...first].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0) | 0, 7) >>> 0;
  return [
    certificate({ subject: { CN: first }, issuer: STORY_AUTHORITY, alternativeNames: names, authority: false, seed }),
    certificate({
      subject: STORY_AUTHORITY,
      issuer: { C: "US", O: "Example Trust Services", CN: "Example Root" },
      authority: true,
      seed: 2,
    }),
  ];
}

/** A certificate that its owner signed itself, as the only one of a chain. */
export function selfSignedChain(subject: Name, fields: Partial<CertificateFields> = {}): Uint8Array[] {
  return [certificate({ subject, ...fields })];
}
