// User agents of several systems at one host.

import assert from "node:assert/strict";
import { multipleUserAgent } from "../../detectors/multiple-user-agent.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0";
const WINDOWS_EDGE =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0";
const ANDROID = "Dalvik/2.1.0 (Linux; U; Android 9; SM-G960F)";

function requests(...agents: (string | undefined)[]) {
  return agents.map((user_agent, n) =>
    record("http", {
      ts: T + n,
      orig_h: HOST,
      orig_p: 40_000 + n,
      resp_h: "93.184.216.34",
      resp_p: 80,
      trans_depth: 1,
      user_agent,
    })
  );
}

proof("multiple_user_agent", "a host that runs Windows and then Android is told", () => {
  const both = requests(WINDOWS, ANDROID);
  assert.deepEqual(watch([multipleUserAgent], both).map(told), [{
    type: "multiple_user_agent",
    threat: "info",
    confidence: 1,
    attacker: "src ip 192.168.1.10",
    profile: HOST,
    window: 1,
    timestamp: T + 1,
    uids: [both[1]!.uid],
    proto: "tcp",
    src_port: 40_001,
    dst_port: 80,
    description: `Multiple user agents of different systems: 192.168.1.10 said to run Windows ("${WINDOWS}") and now ` +
      `Android ("${ANDROID}"); either several devices share the address or one of the programs lies`,
  }]);
});

twin(
  "multiple_user_agent",
  "several programs on one system, and programs that name none, are no several systems",
  () => {
    const agents = ["curl/8.4.0", WINDOWS, WINDOWS_EDGE, undefined, "Microsoft NCSI", "python-requests/2.31", WINDOWS];
    assert.deepEqual(watch([multipleUserAgent], requests(...agents)), []);
  },
);

Deno.test("the other system is told once and counted, a third for itself", () => {
  const evidence = watch([multipleUserAgent], requests(WINDOWS, ANDROID, WINDOWS, ANDROID, "Darwin/22.6.0"), {
    folded: true,
  });
  assert.deepEqual(evidence.map(({ description, count }) => `${/now (\w+)/.exec(description)![1]} ${count}`), [
    "Android 1",
    "Apple 1",
    "Android 2",
  ]);
});

Deno.test("hosts are compared with themselves", () => {
  const [first, second] = requests(WINDOWS, ANDROID);
  assert.deepEqual(watch([multipleUserAgent], [first!, { ...second!, orig_h: "192.168.1.11" }]), []);
});
