import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";
import { type Certificate, parseCertificate } from "../../../../../agent/dissect/protocol/x509/certificate.ts";
import { readRoots } from "../../../../../agent/dissect/protocol/x509/roots.ts";
import { isSignedBy } from "../../../../../agent/dissect/protocol/x509/signature.ts";
import { createValidator } from "../../../../../agent/dissect/protocol/x509/validation.ts";
import { issue, pem, signer } from "./signed.ts";

const ROOT = signer("Trusted Root"), STRANGER = signer("Unknown Root");
const AUTHORITY = signer("Issuing Authority"), SERVER = signer("www.example.org");
const root = issue(ROOT, ROOT, "2000-01-01T00:00:00Z", "2039-12-31T00:00:00Z");
const JUNE = Date.UTC(2024, 5, 1) / 1000, BEFORE = Date.UTC(2023, 5, 1) / 1000, AFTER = Date.UTC(2025, 5, 1) / 1000;

const parsed = (...chain: Uint8Array[]): Certificate[] => chain.map((der) => parseCertificate(der)!);

function validate(chain: readonly Certificate[], at = JUNE): string {
  return createValidator(() => readRoots([pem(root)])).validate(chain, at);
}

Deno.test("a chain whose last certificate a trusted authority signed is ok, in whatever order it was sent", () => {
  const [leaf, middle, other] = parsed(issue(SERVER, AUTHORITY), issue(AUTHORITY, ROOT), issue(STRANGER, STRANGER));
  assert.equal(validate([leaf!, middle!]), "ok");
  assert.equal(validate([leaf!, other!, middle!]), "ok");
  assert.equal(validate(parsed(issue(SERVER, ROOT))), "ok");
  assert.equal(validate([...parsed(issue(SERVER, ROOT)), ...parsed(root)]), "ok", "the root was sent along");
});

Deno.test("outside its time a trusted chain says so; an authority's time counts as well", () => {
  const chain = parsed(issue(SERVER, AUTHORITY), issue(AUTHORITY, ROOT));
  assert.equal(validate(chain, BEFORE), "certificate is not yet valid");
  assert.equal(validate(chain, AFTER), "certificate has expired");
  const expired = parsed(
    issue(SERVER, AUTHORITY),
    issue(AUTHORITY, ROOT, "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
  );
  assert.equal(validate(expired), "certificate has expired");
});

Deno.test("who signed himself is told from who was signed by somebody unknown who signed himself", () => {
  assert.equal(validate(parsed(issue(SERVER, SERVER))), "self signed certificate");
  assert.equal(validate(parsed(issue(SERVER, SERVER)), AFTER), "self signed certificate");
  const chain = parsed(issue(SERVER, STRANGER), issue(STRANGER, STRANGER));
  assert.equal(validate(chain), "self signed certificate in certificate chain");
});

Deno.test("without the issuer, or with one who only bears its name, nothing can be said but that", () => {
  const missing = "unable to get local issuer certificate";
  assert.equal(validate(parsed(issue(SERVER, AUTHORITY))), missing);
  const impostor = { ...signer("Trusted Root") };
  assert.equal(validate(parsed(issue(SERVER, impostor))), missing, "the name of a trusted root, signed by another key");
  const forged = { ...signer("Issuing Authority") };
  assert.equal(validate(parsed(issue(SERVER, forged), issue(AUTHORITY, ROOT))), missing);
});

Deno.test("two that signed each other do not keep the search going for ever", () => {
  const chain = parsed(issue(AUTHORITY, STRANGER), issue(STRANGER, AUTHORITY));
  assert.equal(validate(chain), "unable to get local issuer certificate");
});

Deno.test("a damaged signature does not hold, and does not throw", () => {
  const der = issue(SERVER, ROOT);
  const authority = parseCertificate(root)!;
  assert.equal(isSignedBy(parseCertificate(der)!, authority), true);
  for (let at = der.length - 60; at < der.length; at++) {
    const copy = der.slice();
    copy[at]! ^= 0x55;
    const certificate = parseCertificate(copy);
    if (certificate !== undefined) assert.equal(isSignedBy(certificate, authority), false, `byte ${at}`);
  }
});

Deno.test("a remembered chain is judged by the time of each connection", () => {
  const validator = createValidator(() => readRoots([pem(root)]));
  const chain = parsed(issue(SERVER, ROOT));
  assert.deepEqual([JUNE, AFTER, JUNE].map((at) => validator.validate(chain, at)), [
    "ok",
    "certificate has expired",
    "ok",
  ]);
});

Deno.test("every authority that the runtime trusts can be read, and most signed themselves with a key that is checked", () => {
  const authorities = [...readRoots().values()].flat();
  assert.equal(authorities.length, rootCertificates.length);
  const checked = authorities.filter((authority) => isSignedBy(authority, authority));
  assert.ok(checked.length > authorities.length * 0.9, `${checked.length} of ${authorities.length}`);
});
