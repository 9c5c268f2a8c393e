// FTP sessions and their data connections.

import assert from "node:assert/strict";
import { ftpProtocols } from "../../../../agent/dissect/protocol/ftp.ts";
import { newShared, type Shared } from "../../../../agent/dissect/shared.ts";
import { bytesOf, only, play, type Said, sameHoweverCut, survivesDamage } from "./conversation.ts";
import { listen } from "./listen.ts";

const control = (shared: Shared) => ftpProtocols(shared)[0]!;

const LOGIN: Said[] = [
  ["S", "220-Welcome\r\n to the server\r\n220 ready\r\n"],
  ["C", "USER anonymous\r\n"],
  ["S", "331 password please\r\n"],
  ["C", "PASS me@example.com\r\n"],
  ["S", "230 welcome\r\n"],
  ["C", "CWD /pub/files\r\n"],
  ["S", "250 done\r\n"],
];
const FETCH: Said[] = [
  ["C", "PASV\r\n"],
  ["S", "227 Entering Passive Mode (10,0,0,1,200,10)\r\n"],
  ["C", "RETR ../cat.gif\r\n"],
  ["S", "150 Opening BINARY mode data connection for ../cat.gif (35 bytes).\r\n"],
];
const DONE: Said[] = [["S", "226 sent\r\n"], ["C", "QUIT\r\n"], ["S", "221 bye\r\n"]];

Deno.test("a download: the record names the file, its size, its type and its fuid", () => {
  const shared = newShared();
  const [session, data] = ftpProtocols(shared);
  const heard = listen(session!);
  const say = (said: readonly Said[]) =>
    said.forEach(([who, text]) => who === "C" ? heard.client(bytesOf(text)) : heard.server(bytesOf(text)));
  say([...LOGIN, ...FETCH]);
  assert.deepEqual(heard.expected, ["10.0.0.1:51210 ftp-data"]);
  const carried = listen(data!, { uid: "CData", resp_p: 51_210 });
  carried.server(bytesOf("GIF89a" + "x".repeat(29))).end();
  say(DONE);
  heard.end();
  const [file] = only(carried, "files");
  assert.deepEqual([file!.source, file!.seen_bytes, file!.mime_type], ["FTP_DATA", 35, "image/gif"]);
  assert.deepEqual(carried.services, ["ftp-data"]);
  const [passive, fetched] = only(heard, "ftp");
  assert.deepEqual([passive!.command, passive!["data_channel.passive"], passive!["data_channel.resp_p"]], [
    "PASV",
    true,
    51_210,
  ]);
  assert.deepEqual(
    [fetched!.user, fetched!.password, fetched!.command, fetched!.arg, fetched!.file_size, fetched!.reply_code],
    ["anonymous", "me@example.com", "RETR", "ftp://10.0.0.1/pub/cat.gif", 35, 226],
  );
  assert.deepEqual([fetched!.fuid, fetched!.mime_type], [file!.fuid, "image/gif"]);
  assert.equal(fetched!["data_channel.resp_p"], undefined);
});

Deno.test("nobody's password is written down but a guest's", () => {
  const heard = play(control, [
    ["C", "USER root\r\n"],
    ["S", "331 password\r\n"],
    ["C", "PASS toor\r\n"],
    ["S", "230 ok\r\n"],
    ["C", "DELE /etc/passwd\r\n"],
    ["S", "250 gone\r\n"],
  ]);
  assert.deepEqual(only(heard, "ftp").map((r) => [r.user, r.password, r.arg]), [
    ["root", "<hidden>", "ftp://10.0.0.1/etc/passwd"],
  ]);
  assert.ok(!JSON.stringify(heard.records).includes("toor"));
});

Deno.test("active and extended modes announce their data connections too", () => {
  const heard = play(control, [
    ["C", "PORT 10,0,0,5,4,1\r\n"],
    ["S", "200 ok\r\n"],
    ["C", "EPRT |2|2001:db8::5|6000|\r\n"],
    ["S", "200 ok\r\n"],
    ["C", "EPSV\r\n"],
    ["S", "229 Entering Extended Passive Mode (|||6446|)\r\n"],
    ["C", "PORT 1,2,3\r\n"],
    ["S", "501 what?\r\n"],
  ]);
  assert.deepEqual(heard.expected, ["10.0.0.5:1025 ftp-data", "2001:db8::5:6000 ftp-data", "10.0.0.1:6446 ftp-data"]);
  assert.deepEqual(only(heard, "ftp").map((r) => r["data_channel.passive"]), [false, false, true, undefined]);
});

Deno.test("AUTH TLS hands the stream on", () => {
  const heard = play(control, [["S", "220 hi\r\n"], ["C", "AUTH TLS\r\n"], ["S", "234 go\r\n"]]);
  assert.deepEqual(heard.upgrades, [{ protocol: "ssl", from: 3 + 8 }]);
});

Deno.test("a server's greeting and its question for a password are FTP; mail's and web's are not", () => {
  const { recognise } = control(newShared());
  const ask = (text: string) => recognise(bytesOf(text), 0, text.length, false);
  assert.equal(ask("220 ready\r\n331 password\r\n"), "yes");
  assert.equal(ask("220 ready\r\n"), "more");
  assert.equal(ask("HTTP/1.1 200 OK\r\n"), "no");
});

Deno.test("however the bytes are cut into packets, the records are the same", () => {
  sameHoweverCut(control, [...LOGIN, ...FETCH, ...DONE]);
});

Deno.test("four thousand damaged conversations do no harm", () => {
  survivesDamage(control, [...LOGIN, ...FETCH, ...DONE], 4000, 13);
});
