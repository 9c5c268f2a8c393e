// Refused logins at mail servers.

import assert from "node:assert/strict";
import { smtpLogin } from "../../detectors/smtp-login.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const BOT = "10.1.11.101";
const SERVER = "80.75.42.226";

function refused(seconds: number, fields: Partial<RecordOf<"smtp">> = {}): RecordOf<"smtp"> {
  return record("smtp", {
    ts: T + seconds,
    orig_h: BOT,
    orig_p: 63_246,
    resp_h: SERVER,
    resp_p: 25,
    trans_depth: 1,
    last_reply: "554 5.7.1 bad smtp-auth user",
    ...fields,
  });
}

function types(records: RecordOf<"smtp">[], options = {}): string[] {
  return watch([smtpLogin], records, options).map(({ type }) => type);
}

const common = {
  threat: "high",
  confidence: 1,
  attacker: "src ip 10.1.11.101",
  victim: "dst ip 80.75.42.226",
  profile: BOT,
  window: 1,
  proto: "tcp",
  src_port: 63_246,
  dst_port: 25,
};

proof("bad_smtp_login", "a mail server that refuses a login is told", () => {
  const login = refused(0);
  assert.deepEqual(watch([smtpLogin], [login]).map(told), [{
    ...common,
    type: "bad_smtp_login",
    timestamp: T,
    uids: [login.uid],
    description: 'bad SMTP login to 80.75.42.226 from 10.1.11.101: the mail server refused it with "554 5.7.1 bad ' +
      'smtp-auth user"',
  }]);
});

twin("bad_smtp_login", "mail that is accepted, or refused for another reason, is no bad login", () => {
  const replies = ["250 2.0.0 Ok: queued as 12345", "550 5.1.1 no such user", "221 2.0.0 Bye", "250 room 535 is free"];
  assert.deepEqual(
    types([...replies.map((last_reply, n) => refused(n, { last_reply })), refused(9, { last_reply: undefined })]),
    [],
  );
});

proof("smtp_login_bruteforce", "three refusals within ten seconds are guessing", () => {
  const logins = [refused(0), refused(4), refused(10)];
  const evidence = watch([smtpLogin], logins);
  assert.deepEqual(evidence.filter(({ type }) => type === "smtp_login_bruteforce").map(told), [{
    ...common,
    type: "smtp_login_bruteforce",
    timestamp: T + 10,
    uids: logins.map(({ uid }) => uid),
    description: "SMTP login bruteforce to 80.75.42.226. 3 logins in 10 seconds from 10.1.11.101, all refused: no " +
      "person types that fast",
  }]);
});

twin("smtp_login_bruteforce", "a mail program that tries again every minute does not guess", () => {
  assert.deepEqual(types([refused(0), refused(60), refused(120), refused(180)]), Array(4).fill("bad_smtp_login"));
});

Deno.test("the last three decide: two in time and one long before are none, the next in time is", () => {
  assert.deepEqual(types([refused(0), refused(95), refused(100)]).filter((type) => type.startsWith("smtp")), []);
  assert.deepEqual(
    types([refused(0), refused(95), refused(100), refused(105)]).filter((type) => type.startsWith("smtp")),
    [
      "smtp_login_bruteforce",
    ],
  );
  assert.deepEqual(types([refused(0), refused(4), refused(10.5)]).filter((type) => type.startsWith("smtp")), []);
});

Deno.test("a round of guessing is counted anew after it was told, over all servers and windows", () => {
  const five = [0, 1, 2, 3, 4].map((n) => refused(n, { resp_h: `80.75.42.${n}` }));
  assert.equal(types(five).filter((type) => type.startsWith("smtp")).length, 1);
  const rounds = [...five, refused(5, { resp_h: "80.75.42.9" })];
  assert.equal(watch([smtpLogin], rounds).filter(({ type }) => type === "smtp_login_bruteforce").length, 2);
  const edge = { windowWidth: 2 };
  assert.equal(types([refused(0), refused(3), refused(6)], edge).filter((type) => type.startsWith("smtp")).length, 1);
});

Deno.test("the standard's refusal counts, with its code at the beginning", () => {
  assert.deepEqual(types([refused(0, { last_reply: "535 5.7.8 Authentication credentials invalid" })]), [
    "bad_smtp_login",
  ]);
  assert.deepEqual(types([refused(0, { last_reply: "554 Bad SMTP-AUTH user" })]), ["bad_smtp_login"]);
});

Deno.test("thresholds come from the settings", () => {
  const settings = { "smtp-login": { logins: 2, period: 1, refusals: ["go away"] } };
  const away = { last_reply: "500 Go away" };
  assert.deepEqual(types([refused(0), refused(1)], { settings }), []);
  assert.deepEqual(types([refused(0, away), refused(1, away)], { settings }), [
    "bad_smtp_login",
    "bad_smtp_login",
    "smtp_login_bruteforce",
  ]);
});

Deno.test("refusals of one server are one finding with a count", () => {
  const evidence = watch([smtpLogin], [0, 60, 120].map((seconds) => refused(seconds)), { folded: true });
  assert.deepEqual(evidence.map(({ count }) => count), [1, 2, 3]);
});
