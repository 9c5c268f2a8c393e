// RSA signatures of real certificates: those that the authorities the runtime trusts gave themselves.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { type Certificate, parseCertificate } from "../../../../../agent/dissect/protocol/x509/certificate.ts";
import { isRsaSignature } from "../../../../../agent/dissect/protocol/x509/rsa.ts";
import { issue, signer } from "./signed.ts";

const DIGESTS: Readonly<Record<string, string>> = {
  sha1WithRSAEncryption: "sha1",
  sha256WithRSAEncryption: "sha256",
  sha384WithRSAEncryption: "sha384",
  sha512WithRSAEncryption: "sha512",
};

const authorities = rootCertificates
  .map((pem) => parseCertificate(new Uint8Array(new X509Certificate(pem).raw))!)
  .filter(({ signatureAlgorithm, key }) => signatureAlgorithm in DIGESTS && key?.exponent === "65537");

function isOwn(certificate: Certificate, by = certificate): boolean | undefined {
  return isRsaSignature(certificate, by, DIGESTS[certificate.signatureAlgorithm]!);
}

Deno.test("the signatures that RSA authorities gave themselves hold, under every digest in use", () => {
  for (const authority of authorities) assert.equal(isOwn(authority), true, authority.subject);
  assert.deepEqual(new Set(authorities.map(({ key }) => key!.length)), new Set([2048, 4096]));
  assert(new Set(authorities.map(({ signatureAlgorithm }) => signatureAlgorithm)).size >= 3);
});

Deno.test("no other authority's key fits, nor a certificate or a signature with one bit changed", () => {
  const [one, other] = authorities as [Certificate, Certificate];
  assert.equal(isOwn(one, other), false);
  const { signed, signature } = one;
  for (const at of [signed.end - 1, signature.start + 1, signature.end - 1]) {
    const der = one.der.slice();
    der[at]! ^= 1;
    assert.equal(isOwn({ ...one, der }, one), false, `byte ${at}`);
  }
});

Deno.test("a signature that is too short, empty or larger than the modulus does not hold", () => {
  const [one] = authorities as [Certificate];
  const { signature } = one;
  assert.equal(isOwn({ ...one, signature: { ...signature, start: signature.start + 1 } }, one), false);
  assert.equal(isOwn({ ...one, signature: { ...signature, start: signature.end - 1 } }, one), false);
  const der = one.der.slice();
  der.fill(0xff, signature.start + 1, signature.end);
  assert.equal(isOwn({ ...one, der }, one), false);
});

Deno.test("about keys of another kind nothing is said", () => {
  const certificate = parseCertificate(issue(signer("www.example.org"), signer("Elliptic Authority")))!;
  assert.equal(isRsaSignature(certificate, certificate, "sha256"), undefined);
});
