// Whether one certificate's key signed another (RFC 5280 section 4.1.1.3).

import { Buffer } from "node:buffer";
import { createPublicKey, verify } from "node:crypto";
import type { Certificate } from "./certificate.ts";

/** Digest of each signature algorithm that is checked; null where the algorithm brings its own. */
const DIGESTS: ReadonlyMap<string, string | null> = new Map<string, string | null>([
  ["sha1WithRSAEncryption", "sha1"],
  ["sha256WithRSAEncryption", "sha256"],
  ["sha384WithRSAEncryption", "sha384"],
  ["sha512WithRSAEncryption", "sha512"],
  ["ecdsa-with-SHA256", "sha256"],
  ["ecdsa-with-SHA384", "sha384"],
  ["ecdsa-with-SHA512", "sha512"],
  ["ED25519", null],
]);

/** Longest key that a check is done with, in bits: the time grows with its square, and public authorities stay below. */
const MAX_KEY_BITS = 8192;

/** True when the signature of `certificate` was made with the key of `issuer`; false also when it cannot be checked. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const digest = DIGESTS.get(certificate.signatureAlgorithm);
  if (digest === undefined || (issuer.key?.length ?? Infinity) > MAX_KEY_BITS) return false;
  const { der, signed, signature } = certificate;
  try {
    // The library takes plain bytes of its own; a malformed key or signature makes it throw.
    const key = createPublicKey({
      key: Buffer.from(issuer.der.subarray(issuer.keyInfo.at, issuer.keyInfo.end)),
      format: "der",
      type: "spki",
    });
    // A bit string's first byte counts unused bits: none in a signature.
    return verify(digest, der.subarray(signed.at, signed.end), key, der.subarray(signature.start + 1, signature.end));
  } catch {
    return false;
  }
}
