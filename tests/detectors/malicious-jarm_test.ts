// Servers by JARM: asked for only when they are suspicious already, and only where somebody answers.

import assert from "node:assert/strict";
import { createEngine, type Engine } from "../../detectors/engine.ts";
import { maliciousJarm } from "../../detectors/malicious-jarm.ts";
import { record } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { stream } from "./streams.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "45.9.148.3";
const JARM = "07d14d16d21d21d07c42d41d00041d24a458a375eef0c576d23a7bab9a9fb1";
const intel = intelligence([
  { name: "addresses", lines: SERVER },
  { name: "jarm", format: "csv", lines: `${JARM},Cobalt Strike` },
]);
const hello = record("ssl", {
  ts: T,
  orig_h: HOST,
  orig_p: 50_123,
  resp_h: SERVER,
  resp_p: 8443,
  server_name: "c2.example",
});

function engine(online: boolean): Engine {
  return createEngine({
    detectors: [maliciousJarm],
    settings: {},
    windowWidth: 3600,
    live: true,
    intel,
    asked: online ? ["jarm"] : [],
  });
}

proof(
  "malicious_jarm",
  "D39: a listed server has the JARM of a C&C server; the ports are those of the connection",
  () => {
    const watched = engine(true);
    const [, found] = stream(watched, [[hello], []], () => {
      const [question] = watched.questions();
      assert.deepEqual(question, { ask: "jarm", ip: SERVER, port: 8443, name: "c2.example" });
      watched.answer([{ question: question!, verdicts: [], jarm: JARM }], []);
    });
    const both = {
      type: "malicious_jarm",
      confidence: 0.7,
      window: 1,
      timestamp: T,
      uids: [hello.uid],
      proto: "tcp",
      src_port: 50_123,
      dst_port: 8443,
      related: 1,
      description:
        `The TLS server ${SERVER} at port 8443/tcp that ${HOST} connected to has the malicious JARM ${JARM} ` +
        '(listed by jarm: "Cobalt Strike")',
    };
    assert.deepEqual(found!.map(told), [
      { ...both, threat: "low", attacker: `src ip ${HOST}`, victim: `dst ip ${SERVER}`, profile: HOST },
      { ...both, threat: "medium", attacker: `dst ip ${SERVER}`, victim: `src ip ${HOST}`, profile: SERVER },
    ]);
  },
);

twin(
  "malicious_jarm",
  "a server that nothing is known of is not contacted; offline nobody is; other fingerprints are nothing",
  () => {
    const ordinary = engine(true);
    stream(ordinary, [[{ ...hello, resp_h: "93.184.216.34" }], []], () => assert.deepEqual(ordinary.questions(), []));
    const offline = engine(false);
    stream(offline, [[hello], []], () => assert.deepEqual(offline.questions(), []));
    const other = engine(true);
    stream(other, [[hello], []], () => {
      const [question] = other.questions();
      other.answer([{ question: question!, verdicts: [], jarm: "0".repeat(62) }], []);
    });
  },
);
