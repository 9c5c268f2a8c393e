// Mail as servers and clients pass it on.

import assert from "node:assert/strict";
import { smtpProtocol } from "../../../../agent/dissect/protocol/smtp.ts";
import { newShared } from "../../../../agent/dissect/shared.ts";
import { bytesOf, only, play, type Said, sameHoweverCut, survivesDamage } from "./conversation.ts";
import { listen } from "./listen.ts";

const MAIL = [
  "Received: from relay.example.org (relay.example.org [203.0.113.9])",
  "\tby mx.example.com with ESMTP id 1.2.3.4; Mon, 1 Jan 2024 00:00:00 +0000",
  "Received: from laptop (unknown [198.51.100.7]) by relay.example.org",
  'From: "Doe, Jane" <jane@example.org>',
  'To: Bob <bob@example.com>, "Roe, Rick" <rick@example.com>',
  "Cc: list@example.net",
  "Subject: The cat",
  "Date: Mon, 1 Jan 2024 00:00:00 +0000",
  "Message-ID: <1@example.org>",
  "X-Originating-IP: [192.0.2.33]",
  "X-Mailer: Postbox 5.0.1",
  'Content-Type: multipart/mixed; boundary="=_x"',
  "",
  "This is a message in parts.",
  "--=_x",
  "Content-Type: text/plain",
  "",
  "..one dot more at the start of this line",
  "--=_x",
  'Content-Type: application/octet-stream; name="cat.gif"',
  "Content-Transfer-Encoding: base64",
  "",
  "R0lGODlhAQABAIAAAAUEBAAAACwAAAAA",
  "AQABAAACAkQBADs=",
  "--=_x--",
  "",
].join("\r\n");

const HELLO: Said[] = [
  ["S", "220-mx.example.com\r\n220 ready\r\n"],
  ["C", "EHLO laptop.example.org\r\n"],
  ["S", "250-mx.example.com\r\n250 PIPELINING\r\n"],
];
const ENVELOPE =
  "MAIL FROM:<jane@example.org> SIZE=1000\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:<rick@example.com>\r\n";
const BY_DATA: Said[] = [
  ...HELLO,
  ["C", ENVELOPE + "DATA\r\n"],
  ["S", "250 ok\r\n250 ok\r\n250 ok\r\n354 go ahead\r\n"],
  ["C", MAIL + ".\r\n"],
  ["S", "250 queued as 42\r\n"],
  ["C", "QUIT\r\n"],
  ["S", "221 bye\r\n"],
];

Deno.test("a mail with an attachment: one smtp record, a file for each part, the client's program", () => {
  const heard = play(smtpProtocol, BY_DATA);
  const [mail] = only(heard, "smtp");
  const files = only(heard, "files");
  assert.equal(only(heard, "smtp").length, 1);
  assert.deepEqual({ ...mail, first_received: undefined, second_received: undefined }, {
    kind: "smtp",
    ts: heard.flow.start,
    uid: "CTest1",
    orig_h: "10.0.0.5",
    orig_p: 40_000,
    resp_h: "10.0.0.1",
    resp_p: 25,
    trans_depth: 1,
    helo: "laptop.example.org",
    mailfrom: "jane@example.org",
    rcptto: ["bob@example.com", "rick@example.com"],
    date: "Mon, 1 Jan 2024 00:00:00 +0000",
    from: '"Doe, Jane" <jane@example.org>',
    to: ["Bob <bob@example.com>", '"Roe, Rick" <rick@example.com>'],
    cc: ["list@example.net"],
    msg_id: "<1@example.org>",
    subject: "The cat",
    x_originating_ip: "192.0.2.33",
    first_received: undefined,
    second_received: undefined,
    last_reply: "250 queued as 42",
    path: ["10.0.0.1", "10.0.0.5", "203.0.113.9", "198.51.100.7"],
    user_agent: "Postbox 5.0.1",
    tls: false,
    fuids: files.map((file) => file.fuid),
  });
  assert.match(mail!.first_received!, /^from laptop/);
  assert.match(mail!.second_received!, /^from relay/);
  assert.deepEqual(files.map((f) => [f.depth, f.mime_type, f.filename, f.seen_bytes]), [
    [2, "text/plain", undefined, 39],
    [3, "image/gif", "cat.gif", 35],
  ]);
  assert.deepEqual(heard.services, ["smtp"]);
  assert.deepEqual(only(heard, "software").map((s) => [s.host, s.software_type, s.name]), [
    ["198.51.100.7", "SMTP::MAIL_CLIENT", "Postbox"],
  ]);
});

Deno.test("a mail in chunks says the same as one in DATA", () => {
  const text = MAIL.replace("..one", ".one");
  const half = text.length >> 1;
  const heard = play(smtpProtocol, [
    ...HELLO,
    ["C", `${ENVELOPE}BDAT ${half}\r\n${text.slice(0, half)}BDAT ${text.length - half} LAST\r\n${text.slice(half)}`],
    ["S", "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 queued as 42\r\n"],
  ]);
  const whole = play(smtpProtocol, BY_DATA);
  const facts = (of: typeof heard) => only(of, "files").map((f) => [f.seen_bytes, f.mime_type, f.md5]);
  assert.deepEqual(facts(heard), facts(whole));
  assert.equal(only(heard, "smtp")[0]!.subject, "The cat");
  assert.equal(only(heard, "smtp")[0]!.last_reply, "250 queued as 42");
});

Deno.test("chunk sizes that cannot be are no chunks", () => {
  for (const size of ["184467440737095516150 LAST", "-42 LAST", "5 LASTS", "LAST"]) {
    const heard = play(smtpProtocol, [
      ...HELLO,
      ["C", ENVELOPE],
      ["S", "250 ok\r\n250 ok\r\n250 ok\r\n"],
      ["C", `BDAT ${size}\r\n`],
      ["S", "521 5.5.4 Syntax: BDAT count [LAST]\r\n"],
      ["C", "QUIT\r\n"],
    ]);
    assert.deepEqual(only(heard, "smtp").map((m) => m.last_reply), ["521 5.5.4 Syntax: BDAT count [LAST]"], size);
    assert.deepEqual(only(heard, "files"), []);
  }
});

Deno.test("STARTTLS hands the stream on", () => {
  const heard = play(smtpProtocol, [
    ...HELLO,
    ["C", "STARTTLS\r\n"],
    ["S", "220 go ahead\r\n"],
  ]);
  assert.deepEqual(heard.upgrades, [{ protocol: "ssl", from: 3 + "220 go ahead\r\n".length }]);
  assert.deepEqual(only(heard, "smtp").map((m) => [m.tls, m.last_reply, m.fuids]), [[true, "220 go ahead", []]]);
  assert.equal(heard.wanting, false);
});

Deno.test("a wrong password is the last reply of a record of its own, and so is every further one", () => {
  const heard = play(smtpProtocol, [
    ...HELLO,
    ["C", "AUTH LOGIN\r\n"],
    ["S", "334 VXNlcm5hbWU6\r\n"],
    ["C", "MAIL\r\n"],
    ["S", "334 UGFzc3dvcmQ6\r\n"],
    ["C", "c2VjcmV0\r\n"],
    ["S", "535 5.7.8 bad smtp-auth user\r\n"],
    ["C", "MAIL FROM:<a@b.c>\r\n"],
    ["S", "554 5.7.1 bad smtp-auth user\r\n"],
  ]);
  assert.deepEqual(only(heard, "smtp").map((m) => [m.mailfrom, m.last_reply]), [
    [undefined, "535 5.7.8 bad smtp-auth user"],
    ["a@b.c", "554 5.7.1 bad smtp-auth user"],
  ]);
  const login: Said[] = [["C", "AUTH PLAIN AGFAYi5jAHNlY3JldA==\r\n"], [
    "S",
    "535-5.7.8 wrong\r\n535 5.7.8 go away\r\n",
  ]];
  const again = play(smtpProtocol, [...HELLO, ...login, ...login, ["C", "QUIT\r\n"], ["S", "221 bye\r\n"]]);
  assert.deepEqual(only(again, "smtp").map((m) => m.last_reply), ["535 5.7.8 go away", "535 5.7.8 go away"]);
  const gone = play(smtpProtocol, [...HELLO, ...login]);
  assert.deepEqual(only(gone, "smtp").map((m) => m.last_reply), ["535 5.7.8 go away"]);
});

Deno.test("a server that refuses DATA gets no mail", () => {
  const heard = play(smtpProtocol, [
    ...HELLO,
    ["C", "MAIL FROM:<a@b.c>\r\n"],
    ["S", "250 ok\r\n"],
    ["C", "DATA\r\n"],
    ["S", "503 recipients first\r\n"],
    ["C", "RSET\r\n"],
    ["S", "250 ok\r\n"],
  ]);
  assert.deepEqual(only(heard, "files"), []);
  assert.deepEqual(heard.weirds, ["smtp_mail_transaction_invalid: data missing rcpt to"]);
});

Deno.test("a gap within the mail ends it; the next one is read", () => {
  const heard = listen(smtpProtocol(newShared()));
  const say = (said: readonly Said[]) =>
    said.forEach(([who, text]) => who === "C" ? heard.client(bytesOf(text)) : heard.server(bytesOf(text)));
  say([...HELLO, ["C", ENVELOPE + "DATA\r\n"], ["S", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"], [
    "C",
    "Subject: a\r\n\r\nthe beginning of it\r\n",
  ]]);
  heard.gap(true, 5000);
  say([["S", "250 queued\r\n"], ["C", "MAIL FROM:<x@y.z>\r\n"], ["S", "250 ok\r\n"], ["C", "QUIT\r\n"]]);
  heard.end();
  assert.deepEqual(only(heard, "smtp").map((m) => m.mailfrom), ["jane@example.org", "x@y.z"]);
  assert.equal(only(heard, "files")[0]!.missing_bytes, 5000);
});

Deno.test("a client that says hello is known on any port", () => {
  const { recognise } = smtpProtocol(newShared());
  assert.equal(recognise(bytesOf("ehlo x\r\n"), 0, 8, true), "yes");
  assert.equal(recognise(bytesOf("HEL"), 0, 3, true), "more");
  assert.equal(recognise(bytesOf("HELLO /x HTTP/1.1"), 0, 17, true), "no");
  assert.equal(recognise(bytesOf("220 x FTP\r\n"), 0, 11, false), "no");
});

Deno.test("however the bytes are cut into packets, the records are the same", () => {
  sameHoweverCut(smtpProtocol, BY_DATA);
});

Deno.test("four thousand damaged conversations do no harm", () => {
  survivesDamage(smtpProtocol, BY_DATA, 4000, 11);
});
