// Guessing passwords over SSH, from the first failed login to the thousandth, and people who mistype theirs.

import assert from "node:assert/strict";
import { passwordGuessing } from "../../detectors/password-guessing.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const GUESSER = "10.0.0.66";
const SERVER = "192.168.1.22";

function login(seconds: number, fields: Partial<RecordOf<"ssh">> = {}): RecordOf<"ssh"> {
  return record("ssh", {
    ts: T + seconds,
    orig_h: GUESSER,
    orig_p: 40_000 + seconds,
    resp_h: SERVER,
    resp_p: 22,
    auth_success: false,
    ...fields,
  });
}

function logins(count: number, fields: Partial<RecordOf<"ssh">> = {}): RecordOf<"ssh">[] {
  return Array.from({ length: count }, (_, n) => login(n, fields));
}

function notice(connections: number, seconds = 0): RecordOf<"notice"> {
  return {
    kind: "notice",
    ts: T + seconds,
    note: "SSH::Password_Guessing",
    msg: `${GUESSER} appears to be guessing SSH passwords (seen in ${connections} connections).`,
    src: GUESSER,
  };
}

const software = (name: string, unparsed_version: string): RecordOf<"software"> => ({
  kind: "software",
  ts: T,
  host: GUESSER,
  software_type: "SSH::CLIENT",
  name,
  unparsed_version,
});

function found(records: readonly AnyRecord[], options = {}) {
  return watch([passwordGuessing], records, options);
}

/** Attempts at which it was told. */
function attempts(records: readonly AnyRecord[], options = {}): number[] {
  return found(records, options).map(({ description }) => Number(/(\d+) times/.exec(description)?.[1]));
}

proof("password_guessing", "nine failed logins at one server are guessing", () => {
  const records = logins(9);
  const [evidence, ...more] = found(records);
  assert.deepEqual(more, []);
  assert.deepEqual(told(evidence!), {
    type: "password_guessing",
    threat: "medium",
    confidence: 0.5,
    attacker: "src ip 10.0.0.66",
    victim: "dst ip 192.168.1.22",
    profile: GUESSER,
    window: 1,
    timestamp: T + 8,
    uids: records.map(({ uid }) => uid),
    proto: "tcp",
    dst_port: 22,
    description: "SSH password guessing: 10.0.0.66 failed to log in to 192.168.1.22 (port ssh 22/tcp) 9 times",
  });
});

twin(
  "password_guessing",
  "eight failed logins are a forgotten password, and logins that succeed are none at all",
  () => {
    assert.deepEqual(attempts(logins(8)), []);
    assert.deepEqual(attempts(logins(50, { auth_success: true })), []);
    assert.deepEqual(attempts([...logins(8), ...logins(50, { auth_success: true })]), []);
  },
);

Deno.test("it is told at 9, 10, 12, 16, 24, 40 and 72 attempts", () => {
  assert.deepEqual(attempts(logins(100)), [9, 10, 12, 16, 24, 40, 72]);
});

Deno.test("the attempts of one connection count one by one; where their number is unknown it is one", () => {
  assert.deepEqual(attempts(logins(3, { auth_attempts: 3 })), [9]);
  assert.deepEqual(attempts(logins(2, { auth_attempts: 6 })), [12]);
  const unknown = { auth_attempts: 0, auth_success: undefined };
  assert.deepEqual(attempts(logins(9, { ...unknown, kex_alg: "curve25519-sha256" })), [9]);
  assert.deepEqual(attempts(logins(9, { auth_attempts: undefined, auth_success: undefined })), [9], "Suricata");
});

twin(
  "password_guessing",
  "monitoring that looks every minute whether SSH answers, and leaves, tries no password",
  () => {
    assert.deepEqual(attempts(logins(60, { auth_attempts: 0, auth_success: undefined, kex_alg: undefined })), []);
  },
);

Deno.test("servers, ports and windows are counted apart", () => {
  assert.deepEqual(attempts(Array.from({ length: 40 }, (_, n) => login(n, { resp_h: `192.168.1.${n % 5}` }))), []);
  assert.deepEqual(attempts(Array.from({ length: 16 }, (_, n) => login(n, { resp_p: 22 + n % 2 }))), []);
  assert.deepEqual(attempts(Array.from({ length: 16 }, (_, n) => login(n * 450))), []);
});

Deno.test("confidence grows with the attempts until thirty of them are certain", () => {
  const confidences = found(logins(40)).map(({ confidence }) => confidence);
  // 0.5 + 0.4 * (attempts - 9) / 21
  assert.deepEqual(confidences, [0.5, 0.52, 0.56, 0.63, 0.79, 1]);
});

Deno.test("a program's banner makes surer than a person's, one from software.log surer still", () => {
  const confidence = (records: AnyRecord[]) => found(records)[0]!.confidence;
  assert.equal(confidence(logins(9, { client: "SSH-2.0-OpenSSH_9.6" })), 0.52);
  assert.equal(confidence(logins(9, { client: "SSH-2.0-libssh2_1.11.0" })), 0.57);
  assert.equal(confidence(logins(9, { client: "SSH-2.0-Something" })), 0.5);
  assert.equal(confidence([software("OpenSSH", "OpenSSH_9.6"), ...logins(9)]), 0.55);
  assert.equal(confidence([software("paramiko", "paramiko_3.4"), ...logins(9)]), 0.6);
  const [evidence] = found([software("paramiko", "paramiko_3.4"), ...logins(9, { client: "SSH-2.0-OpenSSH_9.6" })]);
  assert.match(evidence!.description, /with the client "paramiko paramiko_3\.4" \(from software\.log\)/);
  const person = found(logins(29, { client: "SSH-2.0-OpenSSH_9.6" })).map((each) => each.confidence);
  assert.deepEqual(person, [0.52, 0.54, 0.58, 0.65, 0.81]);
  const surest = { "password-guessing": { attempts: 29 } };
  const program = found([software("paramiko", "paramiko_3.4"), ...logins(29)], { settings: surest });
  assert.deepEqual(program.map((each) => each.confidence), [0.6], "below certainty");
});

Deno.test("D26: Zeek's notice is told once a window, with level medium", () => {
  const [evidence, ...more] = found([notice(30), notice(60, 10), notice(90, 20)]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(evidence!), {
    type: "password_guessing",
    threat: "medium",
    confidence: 1,
    attacker: "src ip 10.0.0.66",
    profile: GUESSER,
    window: 1,
    timestamp: T,
    uids: [],
    description:
      "SSH password guessing by 10.0.0.66, confirmed by a notice of Zeek's: 10.0.0.66 appears to be guessing " +
      "SSH passwords (seen in 30 connections).",
  });
  assert.equal(found([notice(30), notice(30, 3600)]).length, 2, "and again in the next");
  assert.deepEqual(found([{ ...notice(30), note: "SSL::Invalid_Server_Cert" }]), []);
});

Deno.test("what Zeek confirms makes surer of what was counted, the larger number in later notices too", () => {
  const [, counted] = found([notice(20), ...logins(9)]);
  assert.equal(counted!.confidence, 0.71, "0.5 + 0.4 * 11 / 21");
  assert.match(counted!.description, /9 times, confirmed by a notice of Zeek's/);
  const [, certain] = found([notice(20), notice(30, 0), ...logins(9)]);
  assert.equal(certain!.confidence, 1);
});

Deno.test("a long campaign points to a bounded number of records, the last among them", () => {
  const records = logins(300);
  const last = found(records).at(-1)!;
  assert.equal(last.uids.length, 101);
  assert.equal(last.uids.at(-1), records[263]!.uid);
});

Deno.test("the threshold comes from the settings", () => {
  assert.deepEqual(attempts(logins(3), { settings: { "password-guessing": { attempts: 3 } } }), [3]);
  const certain = found(logins(50), { settings: { "password-guessing": { attempts: 50 } } })[0]!;
  assert.equal(certain.confidence, 1);
});
