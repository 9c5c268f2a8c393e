// SSH logins that succeeded, as far as their outcome or their size tells.

import assert from "node:assert/strict";
import { sshSuccessful } from "../../detectors/ssh-successful.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const CLIENT = "192.168.1.10";
const SERVER = "192.168.1.22";
const UID = "CSshSession";
const ends = { uid: UID, orig_h: CLIENT, orig_p: 40_000, resp_h: SERVER, resp_p: 22 };

function login(auth_success: boolean | undefined): RecordOf<"ssh"> {
  return record("ssh", { ...ends, ts: T + 1, auth_success });
}

/** The connection of the login, `bytes` in both directions together, written `seconds` after the start. */
function session(bytes: number, seconds = 10): RecordOf<"conn"> {
  return conn({ ...ends, ts: T, service: "ssh", duration: seconds, orig_bytes: 1000, resp_bytes: bytes - 1000 });
}

function descriptions(records: readonly AnyRecord[], options = {}): string[] {
  return watch([sshSuccessful], records, options).map(({ description }) => description);
}

const BY_OUTCOME =
  `SSH successful: ${CLIENT} logged in to ${SERVER}, 9000 bytes in all; seen by the outcome of the login`;

proof("ssh_successful", "a login that succeeded is told", () => {
  const [found, ...more] = watch([sshSuccessful], [login(true), session(9000)]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "ssh_successful",
    threat: "info",
    confidence: 0.8,
    attacker: "src ip 192.168.1.10",
    victim: "dst ip 192.168.1.22",
    profile: CLIENT,
    window: 1,
    timestamp: T + 1,
    uids: [UID],
    description: BY_OUTCOME,
  });
});

twin("ssh_successful", "a session that fails is not, though six attempts exchange a good deal", () => {
  assert.deepEqual(descriptions([login(false), session(5200)]), []);
  assert.deepEqual(descriptions([session(5200), login(false)]), []);
});

Deno.test("D34: the outcome counts as a boolean and as the words that logs may hold instead", () => {
  const outcome = (word: unknown) => ({ ...login(undefined), auth_success: word as boolean });
  for (const word of [true, "true", "True", "T"]) {
    assert.deepEqual(descriptions([outcome(word), session(9000)]), [BY_OUTCOME], `${word}`);
    assert.equal(descriptions([outcome(word), session(100)]).length, 1, "however small");
  }
  for (const word of [false, "false", "F"]) {
    assert.deepEqual(descriptions([outcome(word), session(9000)]), [], `${word}`);
  }
});

Deno.test("where the outcome is unknown the size of the connection decides: more than 4290 bytes", () => {
  const bySize = (bytes: number) => descriptions([login(undefined), session(bytes)]);
  assert.deepEqual(bySize(4290), []);
  assert.deepEqual(bySize(4291), [
    `SSH successful: ${CLIENT} logged in to ${SERVER}, 4291 bytes in all; judged by the size of the connection`,
  ]);
  assert.equal(descriptions([login(undefined), session(9000, 7200)]).length, 1, "though it lasted two hours");
  assert.deepEqual(descriptions([login(undefined)]), []);
});

Deno.test("the connection may be written before the login or after it", () => {
  assert.deepEqual(descriptions([session(9000), login(true)]), [BY_OUTCOME]);
  assert.equal(descriptions([session(9000), login(undefined)]).length, 1);
  assert.deepEqual(descriptions([session(9000)]), [], "a connection alone is none");
});

Deno.test("a login that succeeded is not kept waiting for the end of a long session", () => {
  const [found, ...more] = watch([sshSuccessful], [login(true), session(9000, 7200)]);
  assert.deepEqual(more, []);
  assert.match(found!.description, /size not known yet; seen by the outcome/);
  assert.equal(found!.timestamp, T + 1);
  assert.match(descriptions([login(true), session(9000, 16.5)])[0]!, /size not known yet/);
  const inTime = descriptions([login(true), session(9000, 15)]);
  assert.deepEqual(inTime, [BY_OUTCOME]);
});

Deno.test("a connection of somebody else says nothing about the login", () => {
  assert.deepEqual(descriptions([login(undefined), { ...session(9000), uid: "COther" }]), []);
});
