// Certificates that only the server itself vouches for.

import assert from "node:assert/strict";
import { selfSignedCertificate } from "../../detectors/self-signed-certificate.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "93.184.216.34";

function session(fields: Partial<RecordOf<"ssl">>): RecordOf<"ssl"> {
  return record("ssl", { ts: T, orig_h: HOST, orig_p: 40_000, resp_h: SERVER, resp_p: 8443, ...fields });
}

function count(...records: AnyRecord[]): number {
  return watch([selfSignedCertificate], records).length / 2;
}

proof("self_signed_certificate", "a server that signed its own certificate is told on both ends", () => {
  const shown = session({ server_name: "c2.example", subject: "CN=localhost", issuer: "CN=localhost" });
  const both = {
    type: "self_signed_certificate",
    threat: "low",
    confidence: 0.5,
    window: 1,
    timestamp: T,
    uids: [shown.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 8443,
    related: 1,
    description:
      'Self-signed certificate. 192.168.1.10 was shown "CN=localhost" by 93.184.216.34 (c2.example), which ' +
      "nobody else vouches for",
  };
  assert.deepEqual(watch([selfSignedCertificate], [shown]).map(told), [
    { ...both, attacker: "src ip 192.168.1.10", profile: HOST },
    { ...both, attacker: "dst ip 93.184.216.34", profile: SERVER },
  ]);
});

twin(
  "self_signed_certificate",
  "a certificate that somebody else signed is not, expired or for another name or not",
  () => {
    const signed = { subject: "CN=www.example.com", issuer: "CN=Some Authority" };
    assert.equal(count(session(signed)), 0);
    assert.equal(count(session({ ...signed, validation_status: "certificate has expired" })), 0);
    assert.equal(count(session({ ...signed, validation_status: "unable to get local issuer certificate" })), 0);
    assert.equal(count(session({ server_name: "www.example.com" })), 0, "a resumed session shows none");
  },
);

Deno.test("D12: Zeek's verdict counts, as older and newer OpenSSL spell it, at the end of a chain as well", () => {
  const signed = { subject: "CN=www.example.com", issuer: "CN=Somebody" };
  for (
    const validation_status of [
      "self signed certificate",
      "self-signed certificate",
      "self signed certificate in certificate chain",
    ]
  ) assert.equal(count(session({ ...signed, validation_status })), 1, validation_status);
});

Deno.test("D12: a certificate that is a record of its own is looked up, and found before or after the session", () => {
  const shown = session({ cert_chain_fps: ["ab12"] });
  const certificate = record("x509", {
    ts: T + 0.1,
    fingerprint: "ab12",
    "certificate.subject": "CN=router",
    "certificate.issuer": "CN=router",
    "basic_constraints.ca": true,
  });
  assert.equal(count(shown, certificate), 1);
  assert.equal(count({ ...certificate, ts: T - 1 }, shown), 1);
  assert.equal(count(shown, { ...certificate, fingerprint: "cd34" }), 0);
  // A later session of the same server needs no waiting.
  assert.equal(count(shown, certificate, { ...shown, ts: T + 60, uid: "Clater" }), 2);
});

Deno.test("a certificate may come ten seconds after the session, not later", () => {
  const shown = session({ cert_chain_fps: ["ab12"] });
  const own = { "certificate.subject": "CN=router", "certificate.issuer": "CN=router" };
  assert.equal(count(shown, record("x509", { ts: T + 10, fingerprint: "ab12", ...own })), 0);
  assert.equal(count(shown, record("x509", { ts: T + 9.9, fingerprint: "ab12", ...own })), 1);
});

Deno.test("a device at home that is asked all day is one finding with a count", () => {
  const all = [0, 1, 2, 3].map((n) => session({ ts: T + n, subject: "CN=router", issuer: "CN=router" }));
  const evidence = watch([selfSignedCertificate], all, { folded: true });
  assert.deepEqual(evidence.filter(({ profile }) => profile === HOST).map(({ count }) => count), [1, 2, 4]);
});
