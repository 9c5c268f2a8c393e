// Files and pages that are known to be malicious.

import assert from "node:assert/strict";
import { maliciousDownloadedFile } from "../../detectors/malicious-downloaded-file.ts";
import { maliciousUrl } from "../../detectors/malicious-url.ts";
import { levelOfShare } from "../../detectors/verdicts.ts";
import { record, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "45.9.148.3";
const MD5 = "44d88612fea8a8f36de82e1278abb02f";
const SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
const web = { ts: T, orig_h: HOST, orig_p: 40_000, resp_h: SERVER, resp_p: 80 };
const file = {
  ...web,
  fuid: "F1",
  source: "HTTP",
  is_orig: false,
  filename: "invoice.exe",
  mime_type: "application/x-dosexec",
  total_bytes: 12_345,
};
const intel = intelligence([{ name: "hashes", level: "high", lines: `${MD5} # EICAR\n${SHA256}` }]);

proof("malicious_downloaded_file", "a host downloads a listed file, told for both ends", () => {
  const download = record("files", { ...file, md5: MD5.toUpperCase() });
  const found = watch([maliciousDownloadedFile], [download], { intel });
  const both = {
    type: "malicious_downloaded_file",
    threat: "high",
    confidence: 1,
    window: 1,
    timestamp: T,
    uids: [download.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 80,
    related: 1,
    description:
      `${HOST} got the file invoice.exe, application/x-dosexec, 12,345 bytes, with the malicious MD5 ${MD5} ` +
      `(listed by hashes: "EICAR") from ${SERVER}`,
  };
  assert.deepEqual(found.map(told), [
    { ...both, attacker: `src ip ${HOST}`, victim: `dst ip ${SERVER}`, profile: HOST },
    { ...both, attacker: `dst ip ${SERVER}`, victim: `src ip ${HOST}`, profile: SERVER },
  ]);
});

Deno.test("any of the three hashes is enough, and an upload is told as one", () => {
  const upload = record("files", { ...file, is_orig: true, sha256: SHA256 });
  const found = watch([maliciousDownloadedFile], [upload], { intel });
  assert.deepEqual(found.map(({ profile, attacker }) => `${profile} ${attacker.direction}`), [
    `${HOST} src`,
    `${SERVER} dst`,
  ]);
  assert.match(found[0]!.description, new RegExp(`^${SERVER} got the file .* SHA-256 ${SHA256} .* from ${HOST}$`));
});

twin("malicious_downloaded_file", "other files, files without a hash, and certificates", () => {
  const records = [
    record("files", { ...file, md5: MD5.replace("4", "5") }),
    record("files", file),
    record("files", { ...file, source: "SSL", md5: MD5 }),
  ];
  assert.deepEqual(watch([maliciousDownloadedFile], records, { intel }), []);
});

Deno.test("D4: a list of known good files passes over those on it, and over no other", () => {
  const withGood = intelligence([
    { name: "hashes", level: "high", lines: `${MD5}\n${"6".repeat(32)}` },
    { name: "known_fp", kind: "known_good", lines: MD5 },
  ]);
  const records = [record("files", { ...file, md5: MD5 }), record("files", { ...file, md5: "6".repeat(32) })];
  const found = watch([maliciousDownloadedFile], records, { intel: withGood });
  assert.deepEqual([...new Set(found.map(({ uids }) => uids[0]))], [records[1]!.uid]);
});

const pages = intelligence([{
  name: "urls",
  lines: "http://evil.example/drop/a.bin # payload\nhttp://45.9.148.3:8080/x",
}]);

proof("threat_intelligence_malicious_url", "a host requests a listed page, told for both ends", () => {
  const request = record("http", { ...web, trans_depth: 1, host: "Evil.Example", uri: "/drop/%61.bin" });
  const found = watch([maliciousUrl], [request], { intel: pages });
  const both = {
    type: "threat_intelligence_malicious_url",
    threat: "medium",
    confidence: 0.7,
    window: 1,
    timestamp: T,
    uids: [request.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 80,
    related: 1,
    description: `${HOST} requested the malicious URL http://Evil.Example/drop/%61.bin (listed by urls: "payload")`,
  };
  assert.deepEqual(found.map(told), [
    { ...both, attacker: `src ip ${HOST}`, victim: `dst ip ${SERVER}`, profile: HOST },
    { ...both, attacker: `dst ip ${SERVER}`, victim: `src ip ${HOST}`, profile: SERVER },
  ]);
});

Deno.test("pages by address, at other ports, and asked of a proxy", () => {
  const requests = [
    record("http", { ...web, resp_p: 8080, trans_depth: 1, uri: "/x" }),
    record("http", { ...web, resp_p: 8080, trans_depth: 1, host: "45.9.148.3:8080", uri: "/x" }),
    record("http", {
      ...web,
      resp_h: "192.168.1.2",
      resp_p: 3128,
      trans_depth: 1,
      host: "evil.example",
      uri: "http://evil.example/drop/a.bin",
    }),
  ];
  assert.equal(watch([maliciousUrl], requests, { intel: pages }).length, 6);
});

twin("threat_intelligence_malicious_url", "another page of the same server, another port, no page at all", () => {
  const requests = [
    record("http", { ...web, trans_depth: 1, host: "evil.example", uri: "/drop/b.bin" }),
    record("http", { ...web, trans_depth: 1, host: "evil.example", uri: "/drop/a.bin?x" }),
    record("http", { ...web, trans_depth: 1, uri: "/x" }),
    record("http", { ...web, trans_depth: 1, host: "evil.example" }),
  ];
  assert.deepEqual(watch([maliciousUrl], requests, { intel: pages }), []);
});

Deno.test("the share of scanners that call something malicious is the smallest level that reaches it", () => {
  assert.deepEqual([0.1, 0.2, 0.3, 0.5, 0.51, 0.9, 1].map((share) => levelOfShare(share, "medium")), [
    "low",
    "low",
    "medium",
    "medium",
    "high",
    "critical",
    "critical",
  ]);
  assert.equal(levelOfShare(undefined, "high"), "high");
  assert.equal(levelOfShare(-Infinity, "high"), "high");
  assert.equal(levelOfShare(0, "medium"), "medium");
});
