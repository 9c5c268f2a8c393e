// Certificates for other names than the one that was asked for.

import assert from "node:assert/strict";
import { cnUrlMismatch } from "../../detectors/cn-url-mismatch.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "93.184.216.34";

function session(server_name: string | undefined, CN: string | undefined, fields: Partial<RecordOf<"ssl">> = {}) {
  return record("ssl", {
    ts: T,
    orig_h: HOST,
    orig_p: 40_000,
    resp_h: SERVER,
    resp_p: 443,
    server_name,
    subject: CN === undefined ? undefined : `CN=${CN},O=Somebody`,
    sni_matches_cert: false,
    ...fields,
  });
}

/** A session that names its certificate only, and the certificate. */
function apart(server_name: string, CN: string, names: readonly string[] | undefined): AnyRecord[] {
  const shown = session(server_name, undefined, { sni_matches_cert: undefined, cert_chain_fps: ["ab12"] });
  const subject = { "certificate.subject": `CN=${CN}`, "certificate.issuer": "CN=CA" };
  return [shown, record("x509", { ts: T + 0.1, fingerprint: "ab12", ...subject, "san.dns": names })];
}

function count(...records: AnyRecord[]): number {
  return watch([cnUrlMismatch], records).length / 2;
}

proof(
  "cn_url_mismatch",
  "a server that is asked for one name and shows another's certificate is told on both ends",
  () => {
    const shown = session("www.bank.example", "mail.evil.test");
    const both = {
      type: "cn_url_mismatch",
      confidence: 0.8,
      window: 1,
      timestamp: T,
      uids: [shown.uid],
      proto: "tcp",
      src_port: 40_000,
      dst_port: 443,
      related: 1,
      description:
        "CN URL Mismatch: 192.168.1.10 asked 93.184.216.34 for www.bank.example and was shown a certificate for " +
        "mail.evil.test, which is somebody else; a browser would have warned",
    };
    assert.deepEqual(watch([cnUrlMismatch], [shown]).map(told), [
      { ...both, threat: "low", attacker: "src ip 192.168.1.10", victim: "dst domain www.bank.example", profile: HOST },
      {
        ...both,
        threat: "medium",
        attacker: "dst domain www.bank.example",
        victim: "src ip 192.168.1.10",
        profile: SERVER,
      },
    ]);
  },
);

twin("cn_url_mismatch", "a certificate that is for the name as well, or for its neighbour, is its owner's", () => {
  assert.equal(count(session("www.bank.example", "bank.example", { sni_matches_cert: true })), 0);
  assert.equal(count(session("cdn.bank.example", "shared.provider.test", { sni_matches_cert: true })), 0);
  assert.equal(count(session("www.bank.example", "old.bank.example")), 0);
  assert.equal(count(session("WWW.Bank.Example", "*.BANK.example")), 0);
});

Deno.test("companies have many names: their certificates are for each other", () => {
  assert.equal(count(session("c1.microsoft.com", "c.msn.com")), 0);
  assert.equal(count(session("fonts.gstatic.com", "*.google.com")), 0);
  assert.equal(count(session("www.icloud.com", "www.google.com")), 1);
});

Deno.test("D12: a certificate in a record of its own is compared with all its names", () => {
  assert.equal(
    count(...apart("statics.example", "a248.cdn.test", ["a248.cdn.test", "*.example", "statics.example"])),
    0,
  );
  assert.equal(count(...apart("statics.example", "a248.cdn.test", ["a248.cdn.test"])), 1);
  assert.equal(count(...apart("www.statics.example", "*.statics.example", undefined)), 0);
});

Deno.test("D13: where other names of a certificate may be unknown, only owners that are known count", () => {
  const unknown = { sni_matches_cert: undefined };
  assert.equal(count(session("www.bank.example", "mail.evil.test", unknown)), 0);
  assert.equal(count(session("www.facebook.com", "www.microsoft.com", unknown)), 1);
  assert.equal(count(session("www.facebook.com", "mail.evil.test", unknown)), 0);
});

Deno.test("a certificate for a device's short name is nobody else's", () => {
  assert.equal(count(session("vcenter.corp.example", "vcenter")), 0);
  assert.equal(count(session("www.bank.example", "localhost")), 0);
});

Deno.test("without a name on either side there is nothing to compare", () => {
  assert.equal(count(session(undefined, "mail.evil.test")), 0);
  assert.equal(count(session(SERVER, "mail.evil.test")), 0);
  assert.equal(count(session("www.bank.example", undefined, { subject: "O=Somebody" })), 0);
  assert.equal(count(session("www.bank.example", undefined)), 0);
});
