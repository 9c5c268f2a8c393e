// Certificates that claim to be of a well-known company.

import assert from "node:assert/strict";
import { incompatibleCn } from "../../detectors/incompatible-cn.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const ELSEWHERE = "52.0.131.132";
/** An address of Google's own. */
const GOOGLE = "142.250.185.78";
const CA = "CN=GTS CA 1C3,O=Google Trust Services LLC,C=US";

function session(subject: string | undefined, fields: Partial<RecordOf<"ssl">> = {}): RecordOf<"ssl"> {
  const usual = { issuer: "CN=Some Authority,O=Authority,C=US", sni_matches_cert: false };
  return record("ssl", {
    ts: T,
    orig_h: HOST,
    orig_p: 40_000,
    resp_h: ELSEWHERE,
    resp_p: 443,
    subject,
    ...usual,
    ...fields,
  });
}

function claims(...records: AnyRecord[]): string[] {
  return watch([incompatibleCn], records).map(({ description }) => /belong to (\w+)/.exec(description)![1]!);
}

proof("incompatible_cn", "a server at Amazon that is asked for netflix.com and claims to be Google's is told", () => {
  const shown = session("CN=*.google.com,O=Google LLC,C=US", { server_name: "netflix.com" });
  assert.deepEqual(watch([incompatibleCn], [shown]).map(told), [{
    type: "incompatible_cn",
    threat: "medium",
    confidence: 0.9,
    attacker: "src ip 192.168.1.10",
    victim: "dst ip 52.0.131.132",
    profile: HOST,
    window: 1,
    timestamp: T,
    uids: [shown.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 443,
    description:
      "Incompatible certificate CN to IP: 52.0.131.132 domain: netflix.com. The certificate is claiming to " +
      'belong to Google ("CN=*.google.com,O=Google LLC,C=US"), but neither that address nor that name does; ' +
      "192.168.1.10 asked",
  }]);
});

twin(
  "incompatible_cn",
  "Google's certificate at Google's address, or where Google's name was asked for, is Google's",
  () => {
    const google = "CN=*.google.com,O=Google LLC,C=US";
    assert.deepEqual(claims(session(google, { resp_h: GOOGLE })), []);
    assert.deepEqual(claims(session(google, { server_name: "www.google.com", sni_matches_cert: true })), []);
    assert.deepEqual(claims(session(google, { server_name: "fonts.gstatic.com" })), []);
  },
);

Deno.test("D14: ranges of addresses exempt every organisation, and each only for itself", () => {
  const microsoft = "CN=login.live.com,O=Microsoft Corporation,L=Redmond,C=US";
  assert.deepEqual(claims(session(microsoft, { resp_h: GOOGLE })), ["Microsoft"]);
  assert.deepEqual(claims(session(microsoft, { resp_h: "13.107.21.200" })), []);
  assert.deepEqual(claims(session("CN=*.facebook.com,O=Meta Platforms\\, Inc.", { resp_h: "31.13.66.5" })), []);
  assert.deepEqual(claims(session("CN=*.facebook.com,O=Meta Platforms\\, Inc.")), ["Facebook"]);
});

Deno.test("a name that led to the address is as good as one that was asked for, where none was", () => {
  const apple = session("CN=init.itunes.apple.com,O=Apple Inc.", { ts: T + 1 });
  const answer = record("dns", {
    ts: T,
    orig_h: HOST,
    orig_p: 40_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query: "init.itunes.apple.com",
    qtype_name: "A",
    rcode_name: "NOERROR",
    answers: [ELSEWHERE],
  });
  assert.deepEqual(claims(apple), ["Apple"]);
  assert.deepEqual(claims(answer, apple), []);
  assert.deepEqual(claims(answer, { ...apple, server_name: "evil.example" }), ["Apple"]);
});

Deno.test("a company's service under a name of its own that an authority vouches for is the company's", () => {
  const service = "CN=cdn.shop.example,O=Microsoft Corporation,C=US";
  assert.deepEqual(claims(session(service, { server_name: "cdn.shop.example", sni_matches_cert: true })), []);
  const itself = { server_name: "cdn.shop.example", sni_matches_cert: true, issuer: service };
  assert.deepEqual(claims(session(service, itself)), ["Microsoft"], "signed by itself");
  assert.deepEqual(claims(session(service, { server_name: "other.example" })), ["Microsoft"]);
  assert.deepEqual(claims(session(service)), ["Microsoft"], "nobody asked for a name");
});

Deno.test("names are compared as words and domains, not letter by letter", () => {
  for (
    const subject of ["CN=www.pineapple.example,O=Pineapple Ltd", "CN=notgoogle.com", "CN=x,O=Applebee's", "O=None"]
  ) {
    assert.deepEqual(claims(session(subject)), [], subject);
  }
  assert.deepEqual(claims(session("CN=update.microsoft.evil.example")), ["Microsoft"]);
  assert.deepEqual(claims(session("CN=Server,O=Twitter\\, Inc.")), ["Twitter"]);
});

Deno.test("inside the network such certificates are made by the companies' own software", () => {
  assert.deepEqual(claims(session("CN=Microsoft Exchange Server Auth Certificate", { resp_h: "192.168.1.2" })), []);
});

Deno.test("D12: where the session only names its certificate, the certificate's own record tells the subject", () => {
  const named = session(undefined, {
    issuer: undefined,
    sni_matches_cert: undefined,
    cert_chain_fps: ["ab12", "cd34"],
  });
  const certificate = record("x509", {
    ts: T + 0.2,
    fingerprint: "ab12",
    "certificate.subject": "CN=*.google.com,O=Google LLC,C=US",
    "certificate.issuer": CA,
  });
  assert.deepEqual(claims(named, certificate), ["Google"]);
  assert.deepEqual(claims({ ...certificate, ts: T - 0.2 }, named), ["Google"]);
  assert.deepEqual(claims(named), []);
  assert.deepEqual(claims(session(undefined)), []);
});
