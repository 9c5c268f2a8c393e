// Logins with passwords in clear text.

import assert from "node:assert/strict";
import { login } from "../../detectors/login.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const ends = { ts: T, orig_h: "192.168.1.10", orig_p: 40_000, resp_h: "192.168.1.1", resp_p: 23 };

function attempt(fields: Partial<RecordOf<"login">> = {}): RecordOf<"login"> {
  return record("login", { ...ends, proto: "tcp", success: true, confused: false, user: "admin", ...fields });
}

function sentence(fields: Partial<RecordOf<"login">>): string {
  return watch([login], [attempt(fields)])[0]!.description;
}

proof("login", "a login by telnet is told to the one who logged in", () => {
  const record = attempt();
  assert.deepEqual(watch([login], [record]).map(told), [{
    type: "login",
    threat: "info",
    confidence: 1,
    attacker: "dst ip 192.168.1.1",
    victim: "src ip 192.168.1.10",
    profile: "192.168.1.10",
    window: 1,
    timestamp: T,
    uids: [record.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 23,
    description:
      'Successful telnet login as "admin": 192.168.1.10 at 192.168.1.1, with a password that anybody on the ' +
      "way can read",
  }]);
});

twin("login", "a connection to telnet's port without a login, and a login by SSH, are none", () => {
  const ssh = record("ssh", { ...ends, resp_p: 22, auth_success: true });
  assert.deepEqual(watch([login], [conn({ ...ends, service: "telnet" }), ssh]), []);
});

Deno.test("how it ended: success counts before confusion, and neither is a failure", () => {
  assert.match(sentence({ confused: true }), /^Successful telnet/);
  assert.match(sentence({ success: false, confused: true }), /^Confused telnet/);
  assert.match(sentence({ success: false }), /^Failed telnet/);
  assert.match(sentence({ success: undefined, confused: undefined }), /^Failed telnet/);
});

Deno.test("the protocol is that of the record or else of the port, the user is told where there is one, the password never", () => {
  assert.match(sentence({ proto: "rlogin", resp_p: 513, user: undefined }), /^Successful rlogin login: 192/);
  assert.match(sentence({ resp_p: 514, user: "" }), /^Successful shell login: 192/);
  assert.match(sentence({ resp_p: 2399 }), /^Successful telnet login as "admin"/);
  assert(!sentence({ password: "hunter2" }).includes("hunter2"));
});

Deno.test("failures at one device are one finding with a count, a success is another", () => {
  const tries = [0, 1, 2].map((n) => attempt({ ts: T + n, success: n === 2 }));
  const evidence = watch([login], tries, { folded: true });
  assert.deepEqual(evidence.map(({ description, count }) => `${description.split(" ")[0]} ${count}`), [
    "Failed 1",
    "Successful 1",
    "Failed 2",
  ]);
});
