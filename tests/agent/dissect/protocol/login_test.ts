// Remote log-ins over Telnet, rlogin and rsh.

import assert from "node:assert/strict";
import type { Protocol } from "../../../../agent/dissect/analyzer.ts";
import { LOGIN_PROTOCOLS } from "../../../../agent/dissect/protocol/login.ts";
import { only, play, type Said, sameHoweverCut, survivesDamage } from "./conversation.ts";

const named = (name: string) => (): Protocol => LOGIN_PROTOCOLS.find((protocol) => protocol.name === name)!;

/** IAC DO TERMINAL-TYPE, IAC SB TERMINAL-TYPE SEND IAC SE. */
const OPTIONS = "\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0";
const PROMPTED: Said[] = [
  ["S", OPTIONS + "Debian GNU/Linux 12\r\nrouter login: "],
  ["C", "\xff\xfb\x18admxin\x7f\x7f\x7fin\r\n".replace("admxin\x7f\x7f\x7fin", "admim\x7fn")],
  ["S", "admin\r\nPassword: "],
  ["C", "hunter2\r\n"],
];

Deno.test("telnet: the right password lets in", () => {
  const heard = play(named("telnet"), [...PROMPTED, ["S", "\r\nLast login: Mon Jan 1\r\n$ "], ["C", "ls\r\n"]]);
  const records = only(heard, "login");
  assert.deepEqual(records.map((r) => [r.proto, r.user, r.success, r.confused, r.password]), [
    ["telnet", "admin", true, undefined, undefined],
  ]);
  assert.ok(!JSON.stringify(heard.records).includes("hunter2"));
  assert.deepEqual(heard.services, ["telnet"]);
});

Deno.test("telnet: each wrong password is a failure, then the right one a success", () => {
  const heard = play(named("telnet"), [
    ...PROMPTED,
    ["S", "\r\nLogin incorrect\r\nrouter login: "],
    ["C", "root\r\n"],
    ["S", "root\r\nPassword: "],
    ["C", "toor\r\n"],
    ["S", "\r\nroot@router:~# "],
  ]);
  assert.deepEqual(only(heard, "login").map((r) => [r.user, r.success]), [["admin", false], ["root", true]]);
});

Deno.test("telnet: silence behind the password leaves it open", () => {
  const heard = play(named("telnet"), PROMPTED);
  assert.deepEqual(only(heard, "login").map((r) => [r.user, r.success, r.confused]), [["admin", undefined, true]]);
});

Deno.test("telnet: a mail server on port 23 is no log-in", () => {
  const heard = play(named("telnet"), [["S", "220 mail ready\r\n"], ["C", "EHLO x\r\n"], ["S", "250 ok\r\n"]]);
  assert.deepEqual(heard.records, []);
  assert.deepEqual(heard.services, []);
});

Deno.test("rlogin: names both users, and asks for a password when it does not trust", () => {
  const start: Said[] = [["C", "\0alice\0root\0xterm/38400\0"], ["S", "\0"]];
  const trusted = play(named("rlogin"), [...start, ["S", "Last login: Mon Jan 1\r\n# "]]);
  assert.deepEqual(only(trusted, "login").map((r) => [r.client_user, r.user, r.success]), [["alice", "root", true]]);
  const asked = play(named("rlogin"), [...start, ["S", "Password: "], ["C", "x\r"], ["S", "\r\nLogin incorrect\r\n"]]);
  assert.deepEqual(only(asked, "login").map((r) => [r.client_user, r.user, r.success]), [["alice", "root", false]]);
});

Deno.test("rsh: a zero byte grants, a message refuses", () => {
  const start: Said[] = [["C", "1022\0alice\0root\0id\0"]];
  const granted = play(named("rsh"), [...start, ["S", "\0uid=0(root)\n"]]);
  assert.deepEqual(only(granted, "login").map((r) => [r.proto, r.client_user, r.user, r.success]), [
    ["rsh", "alice", "root", true],
  ]);
  const refused = play(named("rsh"), [...start, ["S", "\x01Permission denied.\n"]]);
  assert.deepEqual(only(refused, "login").map((r) => r.success), [false]);
});

Deno.test("rsh: syslog over TCP has the same port and is no log-in", () => {
  const heard = play(named("rsh"), [["C", "<13>Jan  1 00:00:00 host app: hello\n".repeat(40)]]);
  assert.deepEqual(heard.records, []);
  assert.equal(heard.wanting, false);
});

Deno.test("however the bytes are cut into packets, the records are the same", () => {
  sameHoweverCut(named("telnet"), [...PROMPTED, ["S", "\r\nLogin incorrect\r\n"]]);
  sameHoweverCut(named("rsh"), [["C", "1022\0alice\0root\0id\0"], ["S", "\0uid=0(root)\n"]]);
});

Deno.test("thousands of damaged conversations do no harm", () => {
  survivesDamage(named("telnet"), [...PROMPTED, ["S", "\r\nLogin incorrect\r\nlogin: "]], 2000, 17);
  survivesDamage(named("rlogin"), [["C", "\0alice\0root\0xterm/38400\0"], ["S", "Last login\r\n# "]], 1000, 19);
  survivesDamage(named("rsh"), [["C", "1022\0alice\0root\0id\0"], ["S", "\0uid=0(root)\n"]], 1000, 23);
});
