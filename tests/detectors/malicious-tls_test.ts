// TLS that is known from malware: clients by JA3 and JA4, servers by JA3S, certificates and JARM.

import assert from "node:assert/strict";
import { maliciousJa3 } from "../../detectors/malicious-ja3.ts";
import { maliciousJa4 } from "../../detectors/malicious-ja4.ts";
import { maliciousSslCert } from "../../detectors/malicious-ssl-cert.ts";
import { record, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "45.9.148.3";
const TRICKBOT = "6734f37431670b3ab4292b8f60f29984";
const SERVER_SIDE = "e7d705a3286e19ea42f587b344ee6865";
const JA4 = "t13d1516h2_8daaf6152771_e5627efa2ab1";
const SHA1 = "ab".repeat(20);
const intel = intelligence([
  { name: "sslbl-ja3", format: "csv", kind: "ja3", level: "high", lines: `${TRICKBOT},TrickBot\n${SERVER_SIDE},Tor` },
  { name: "ja3s", kind: "ja3s", lines: "12".repeat(16) },
  { name: "ja4", level: "critical", lines: JA4 },
  { name: "sslbl", format: "csv", kind: "certificate", lines: `${SHA1},Dridex C&C` },
]);
const ends = { ts: T, orig_h: HOST, orig_p: 40_000, resp_h: SERVER, resp_p: 443 };
const common = { window: 1, timestamp: T, proto: "tcp", src_port: 40_000, dst_port: 443, confidence: 1 };

proof("malicious_ja3", "a client that speaks as TrickBot does is told with the list's level", () => {
  const hello = record("ssl", { ...ends, ja3: TRICKBOT });
  const [found, ...more] = watch([maliciousJa3], [hello], { intel });
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    ...common,
    type: "malicious_ja3",
    threat: "high",
    attacker: `src ip ${HOST}`,
    victim: `dst ip ${SERVER}`,
    profile: HOST,
    uids: [hello.uid],
    description: `${HOST} opens TLS to ${SERVER} with the malicious JA3 ${TRICKBOT} (listed by sslbl-ja3: "TrickBot")`,
  });
});

twin("malicious_ja3", "one digit is another, the fingerprint is the server's, or is a file's on the list", () => {
  const files = intelligence([{ lines: "5".repeat(32) }]);
  const records = [
    record("ssl", { ...ends, ja3: TRICKBOT.replace("6", "7") }),
    record("ssl", { ...ends, ja3s: TRICKBOT }),
    record("ssl", { ...ends, ja3: "" }),
    record("ssl", ends),
  ];
  assert(watch([maliciousJa3], records, { intel }).every(({ type }) => type === "malicious_ja3s"));
  assert.deepEqual(watch([maliciousJa3], [record("ssl", { ...ends, ja3: "5".repeat(32) })], { intel: files }), []);
});

proof("malicious_ja3s", "a server that answers as one of malware does is told for both ends, from either list", () => {
  const hello = record("ssl", { ...ends, ja3s: SERVER_SIDE });
  const found = watch([maliciousJa3], [hello], { intel });
  const both = {
    ...common,
    type: "malicious_ja3s",
    threat: "high",
    related: 1,
    uids: [hello.uid],
    description: `The TLS server ${SERVER} that ${HOST} connected to may be a command-and-control server: it answers ` +
      `with the malicious JA3S ${SERVER_SIDE} (listed by sslbl-ja3: "Tor")`,
  };
  assert.deepEqual(found.map(told), [
    { ...both, attacker: `src ip ${HOST}`, victim: `dst ip ${SERVER}`, profile: HOST },
    { ...both, attacker: `dst ip ${SERVER}`, victim: `src ip ${HOST}`, profile: SERVER },
  ]);
  const own = watch([maliciousJa3], [record("ssl", { ...ends, ja3s: "12".repeat(16) })], { intel });
  assert.deepEqual(own.map(({ threat }) => threat), ["low", "medium"]);
});

twin("malicious_ja3s", "an ordinary server, and a client with a fingerprint of servers only", () => {
  const records = [record("ssl", { ...ends, ja3s: "34".repeat(16) }), record("ssl", { ...ends, ja3: "12".repeat(16) })];
  assert.deepEqual(watch([maliciousJa3], records, { intel }), []);
});

proof("malicious_ja4", "TLS and QUIC clients by JA4", () => {
  const found = watch([maliciousJa4], [record("ssl", { ...ends, ja4: JA4 }), record("quic", { ...ends, ja4: JA4 })], {
    intel,
  });
  assert.deepEqual(found.map(({ threat, proto, description }) => [threat, proto, description]), [
    ["critical", "tcp", `${HOST} opens TLS to ${SERVER} with the malicious JA4 ${JA4} (listed by ja4)`],
    ["critical", "udp", `${HOST} opens QUIC to ${SERVER} with the malicious JA4 ${JA4} (listed by ja4)`],
  ]);
});

twin("malicious_ja4", "the same client over QUIC has another fingerprint", () => {
  const found = watch([maliciousJa4], [record("quic", { ...ends, ja4: `q${JA4.slice(1)}` })], { intel });
  assert.deepEqual(found, []);
});

const certificate = {
  fuid: "F1",
  ...ends,
  source: "SSL",
  analyzers: ["X509", "SHA1"],
  is_orig: false,
  sha1: SHA1.toUpperCase(),
};

proof("malicious_ssl_cert", "D23: the server that shows the certificate is blamed, not the client that gets it", () => {
  const shown = record("files", certificate);
  const found = watch([maliciousSslCert], [shown], { intel });
  const both = {
    ...common,
    type: "malicious_ssl_cert",
    related: 1,
    uids: [shown.uid],
    description: `${SERVER} showed ${HOST} the malicious certificate ${SHA1} (listed by sslbl: "Dridex C&C")`,
  };
  assert.deepEqual(found.map(told), [
    { ...both, threat: "low", attacker: `src ip ${HOST}`, victim: `dst ip ${SERVER}`, profile: HOST },
    { ...both, threat: "medium", attacker: `dst ip ${SERVER}`, victim: `src ip ${HOST}`, profile: SERVER },
  ]);
});

twin("malicious_ssl_cert", "another certificate; and a file with that hash that is no certificate", () => {
  const records = [
    record("files", { ...certificate, sha1: "cd".repeat(20) }),
    record("files", { ...certificate, source: "HTTP" }),
    record("files", { ...certificate, sha1: undefined }),
  ];
  assert.deepEqual(watch([maliciousSslCert], records, { intel }), []);
});
