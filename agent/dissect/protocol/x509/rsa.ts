// Checks RSA signatures of certificates (RSASSA-PKCS1-v1_5, RFC 8017 section 8.2.2). The crypto library does the same in
// three times the time, and every certificate seen for the first time is checked. Nothing here is secret, so it does not
// matter how long which step takes.

import { createHash } from "node:crypto";
import type { Certificate } from "./certificate.ts";
import { childrenOf, type Element, elementAt, Tag } from "./der.ts";

/** DER of DigestInfo up to the digest itself (RFC 8017 section 9.2, note 1), hex. */
const DIGEST_PREFIXES: ReadonlyMap<string, string> = new Map([
  ["sha1", "3021300906052b0e03021a05000414"],
  ["sha256", "3031300d060960864801650304020105000420"],
  ["sha384", "3041300d060960864801650304020205000430"],
  ["sha512", "3051300d060960864801650304020305000440"],
]);

/** The exponent of nearly all keys, 2^16 + 1: sixteen squarings and one multiplication. */
const EXPONENT = 65_537;
const SQUARINGS = 16;

/** Octets of the padding of the shortest message (RFC 8017 section 9.2): 00 01, eight times ff, 00. */
const SHORTEST_PADDING = 11;

/**
 * Whether `signature` over `signed`, both in the bytes of `certificate`, was made with the RSA key of `issuer`; undefined
 * when that key is not of the usual kind, and somebody else has to say.
 */
export function isRsaSignature(certificate: Certificate, issuer: Certificate, digest: string): boolean | undefined {
  const prefix = DIGEST_PREFIXES.get(digest);
  if (prefix === undefined || issuer.key?.type !== "rsa" || issuer.key.exponent !== String(EXPONENT)) return undefined;
  const modulus = modulusOf(issuer);
  if (modulus === undefined) return undefined;
  const { der, signed, signature } = certificate;
  // A bit string's first byte counts unused bits: none in a signature.
  const given = der.subarray(signature.start + 1, signature.end);
  const hash = prefix + createHash(digest).update(der.subarray(signed.at, signed.end)).digest("hex");
  const length = modulus.length / 2;
  if (given.length !== length || length < hash.length / 2 + SHORTEST_PADDING) return false;
  const n = BigInt("0x" + modulus);
  const s = BigInt("0x" + given.toHex());
  if (s >= n) return false;
  const expected = "0001" + "ff".repeat(length - 3 - hash.length / 2) + "00" + hash;
  return raised(s, n) === BigInt("0x" + expected);
}

/** s^65537 mod n. */
function raised(s: bigint, n: bigint): bigint {
  let power = s;
  for (let i = 0; i < SQUARINGS; i++) power = power * power % n;
  return power * s % n;
}

/** The modulus of an RSA key without leading zeros, hex. */
function modulusOf({ der, keyInfo }: Certificate): string | undefined {
  const key: Element | undefined = childrenOf(der, keyInfo)?.[1];
  if (key === undefined) return undefined;
  const [modulus] = childrenOf(der, elementAt(der, key.start + 1, key.end)) ?? [];
  if (modulus?.tag !== Tag.integer) return undefined;
  return der.subarray(modulus.start, modulus.end).toHex().replace(/^(00)+/, "");
}
