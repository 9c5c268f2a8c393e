// What a certificate says about the key it vouches for (RFC 5280 section 4.1.2.7), in OpenSSL's and Zeek's words.

import { childrenOf, type Element, elementAt, integerBits, integerHex, objectIdentifier, Tag } from "./der.ts";
import { ALGORITHM_NAMES, CURVES } from "./object-names.ts";

/** Kind, size and parameters of a public key; `type` and `length` are missing for kinds that OpenSSL cannot read. */
export interface PublicKey {
  /** Name of the algorithm, its dotted number when it has none. */
  readonly algorithm: string;
  readonly type?: "rsa" | "dsa" | "ecdsa" | string;
  /** Bits of the modulus (RSA, DSA), of the group's order (elliptic curves) or of the key itself. */
  readonly length?: number;
  /** RSA: the public exponent, decimal. */
  readonly exponent?: string;
  readonly curve?: string;
}

/** Microsoft's terminal servers name a signature algorithm where the key's belongs; the key is an RSA key all the same. */
const RSA_ALGORITHMS: ReadonlySet<string> = new Set([
  "rsaEncryption",
  "rsassaPss",
  "md5WithRSAEncryption",
  "sha1WithRSA",
]);

/** Bits of keys that are plain byte strings: RFC 8410; for ML-DSA the encoded key's size (FIPS 204 table 2) in bits. */
const FIXED_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["ED25519", 256],
  ["ED448", 456],
  ["X25519", 253],
  ["X448", 448],
  ["ML-DSA-44", 1312 * 8],
  ["ML-DSA-65", 1952 * 8],
  ["ML-DSA-87", 2592 * 8],
]);

/** Reads a SubjectPublicKeyInfo; undefined when it is malformed. */
export function publicKey(bytes: Uint8Array, info: Element): PublicKey | undefined {
  const [identifier, key] = childrenOf(bytes, info) ?? [];
  const [type, parameters] = childrenOf(bytes, identifier) ?? [];
  if (type === undefined || key === undefined || key.tag !== Tag.bitString) return undefined;
  const oid = objectIdentifier(bytes, type);
  const algorithm = ALGORITHM_NAMES.get(oid) ?? oid;
  if (RSA_ALGORITHMS.has(algorithm)) return { algorithm, ...rsaKey(bytes, key) };
  const fixed = FIXED_LENGTHS.get(algorithm);
  if (fixed !== undefined) return { algorithm, type: algorithm, length: fixed };
  if (algorithm === "id-ecPublicKey") return { algorithm, type: "ecdsa", ...ellipticKey(bytes, parameters) };
  if (algorithm === "dsaEncryption") return { algorithm, type: "dsa", ...dsaKey(bytes, parameters) };
  return { algorithm };
}

/** Public exponents are small; longer ones are not turned into decimal. */
const MAX_EXPONENT_BITS = 512;

/** RSAPublicKey (RFC 8017 appendix A.1.1) inside the bit string. */
function rsaKey(bytes: Uint8Array, key: Element): Partial<PublicKey> {
  const [modulus, exponent] = childrenOf(bytes, elementAt(bytes, key.start + 1, key.end)) ?? [];
  if (modulus?.tag !== Tag.integer || exponent?.tag !== Tag.integer) return {};
  const readable = integerBits(bytes, exponent) <= MAX_EXPONENT_BITS;
  const hex = readable ? integerHex(bytes, exponent) : "";
  return {
    type: "rsa",
    length: integerBits(bytes, modulus),
    ...(hex === "" || hex.startsWith("-") ? {} : { exponent: BigInt(`0x${hex}`).toString() }),
  };
}

/** Dss-Parms (RFC 3279 section 2.3.2): p, q, g. */
function dsaKey(bytes: Uint8Array, parameters: Element | undefined): Partial<PublicKey> {
  const [prime] = childrenOf(bytes, parameters) ?? [];
  return prime?.tag === Tag.integer ? { length: integerBits(bytes, prime) } : {};
}

/** ECParameters (RFC 5480 section 2.1.1): a named curve. */
function ellipticKey(bytes: Uint8Array, parameters: Element | undefined): Partial<PublicKey> {
  if (parameters === undefined) return {};
  const curve = CURVES.get(objectIdentifier(bytes, parameters));
  return curve === undefined ? {} : { curve: curve[0], length: curve[1] };
}
