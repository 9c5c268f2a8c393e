// The rules themselves: what they find and what they must not take for a leak; and rules of users.

import assert from "node:assert/strict";
import init from "@virustotal/yara-x";
import { readEngine } from "../../../../agent/dissect/leaks/engine.ts";
import { mayHoldLeaks } from "../../../../agent/dissect/leaks/screen.ts";
import { ALONE_LIMIT, asksForPresenceOnly, createSearch, problemOf } from "../../../../agent/dissect/leaks/scan.ts";

await init({ module_or_path: await readEngine() });
const BUILT_IN = {
  name: "leaks.yar",
  source: await Deno.readTextFile(new URL("../../../../config/rules/leaks.yar", import.meta.url)),
};

function batchOf(pieces: readonly string[]) {
  const text = new TextEncoder();
  const bytes = text.encode(pieces.map((piece) => `${piece}\n`).join(""));
  let at = 0;
  const bounds = pieces.flatMap((piece) => {
    const start = at;
    at += text.encode(piece).length + 1;
    return [start, at - 1];
  });
  return { serial: 1, buffer: bytes.buffer, length: bytes.length, bounds };
}

const search = createSearch([BUILT_IN]);
const rulesIn = (...pieces: string[]): string[] =>
  search.scan(batchOf(pieces)).hits.map(({ piece, rule }) => `${piece} ${rule}`);

const LEAKS: readonly (readonly [rule: string, text: string])[] = [
  ["network_gps_location_leaked", "GET /w?lat=50.087500&lon=14.421300 HTTP/1.1\r\n"],
  ["network_gps_location_leaked", '{"latitude": 50.08754, "longitude" : "14.42134"}'],
  ["network_gps_location_leaked", "GET /map?ll=-33.868800,151.209300 HTTP/1.1\r\n"],
  ["http_basic_credentials", "GET / HTTP/1.1\r\nAuthorization: Basic dXNlcjpwYXNzd29yZA==\r\n\r\n"],
  ["form_password", "POST /login HTTP/1.1\r\nHost: a\r\n\r\nuser=bob&password=hunter2"],
  ["mail_or_ftp_password", "USER bob\r\nPASS hunter2\r\n"],
  ["mail_or_ftp_password", "a1 LOGIN bob hunter2\r\n"],
  ["smtp_password", "EHLO pc\r\nAUTH PLAIN AGJvYgBodW50ZXIy\r\n"],
  ["private_key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xf"],
  ["api_token", `key=AKIA${"ABCDEFGHIJKLMNOP"}\n`],
  ["api_token", `token ghp_${"a1B2".repeat(9)} `],
  ["phone_identity", '{"imei":"490154203237518"}'],
];

for (const [rule, text] of LEAKS) {
  Deno.test(`leak: ${rule} in ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.deepEqual(rulesIn("nothing here", text, "nor here"), [`1 ${rule}`]);
  });
}

const INNOCENT: readonly string[] = [
  "GET /style.css?version=3.14159 HTTP/1.1\r\n",
  // One number is no place, a country is none either.
  "GET /w?lat=50.087500 HTTP/1.1\r\n",
  "GET /w?lat=50&lon=14 HTTP/1.1\r\n",
  "GET /latest=50.0875&along=14.4213 HTTP/1.1\r\n",
  "USER anonymous\r\nPASS guest@example.com\r\n",
  "USER ftp\r\nPASS x\r\n",
  "250-AUTH LOGIN PLAIN XOAUTH2\r\n",
  "GET / HTTP/1.1\r\nAuthorization: Bearer\r\n\r\n",
  "POST /login HTTP/1.1\r\n\r\nuser=bob&password=\r\n",
  "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
  "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
  "imei=4901542032375181234",
];

Deno.test("what any rule finds passes the screen before it, and ordinary pages do not", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  for (const [rule, text] of LEAKS) assert.ok(mayHoldLeaks(bytes(`nothing\n${text}`)), rule);
  assert.equal(
    mayHoldLeaks(bytes("GET /style.css?v=3.1 HTTP/1.1\r\nHost: www.example.com\r\n\r\n<p>all is well</p>")),
    false,
  );
});

Deno.test("innocent text holds no leak", () => {
  for (const text of INNOCENT) assert.deepEqual(rulesIn(text), [], text);
});

Deno.test("halves of a leak in two connections are no leak", () => {
  assert.deepEqual(rulesIn("GET /w?lat=50.087500 HTTP/1.1\r\n", "GET /w?lon=14.421300 HTTP/1.1\r\n"), []);
});

Deno.test("secrets are not repeated in what is told", () => {
  const { hits } = search.scan(batchOf(["USER bob\r\nPASS hunter2\r\n", "GET /w?ll=50.087500,14.421300 "]));
  assert.deepEqual(hits.map(({ excerpt }) => excerpt), ["USER… (21 characters)", "ll=50.087500,14.421300"]);
});

Deno.test("more suspicious pieces than can be looked at are counted", () => {
  const { hits, notScanned } = search.scan(
    batchOf(Array.from({ length: ALONE_LIMIT + 9 }, () => "USER bob\r\nPASS hunter2\r\n")),
  );
  assert.equal(hits.length, ALONE_LIMIT);
  assert.equal(notScanned, 9);
});

Deno.test("rules that ask for more than presence are known as such", () => {
  const rule = (condition: string, strings = '$a = "x"') => `rule r { strings: ${strings} condition: ${condition} }`;
  assert.equal(asksForPresenceOnly(BUILT_IN.source), true);
  assert.equal(asksForPresenceOnly(rule("$a")), true);
  assert.equal(asksForPresenceOnly(rule("2 of them")), true);
  for (const condition of ["not $a", "$a at 0", "filesize < 100", "#a > 3", "none of them", "for all of them : ($)"]) {
    assert.equal(asksForPresenceOnly(rule(condition)), false, condition);
  }
  assert.equal(asksForPresenceOnly(rule("$a", "$a = /^x/\n")), false);
});

Deno.test("a rule about absence is tried on each piece alone", () => {
  const source = 'rule no_cookie { strings: $a = "GET " $b = "Cookie" condition: $a and not $b }';
  const own = createSearch([BUILT_IN, { name: "own.yar", source }]);
  const { hits } = own.scan(
    batchOf(["GET / HTTP/1.1\r\nCookie: a=b\r\n", "GET / HTTP/1.1\r\n", "USER bob\r\nPASS hunter2\r\n"]),
  );
  assert.deepEqual(hits.map(({ piece, rule }) => `${piece} ${rule}`), ["1 no_cookie", "2 mail_or_ftp_password"]);
});

Deno.test("a broken rule is said in one sentence, with its line", () => {
  assert.match(
    problemOf({ name: "mine.yar", source: 'rule x {\n strings:\n  $a = "abc"\n condition:\n  $b\n}' })!,
    /^The YARA rules mine\.yar cannot be used: unknown pattern `\$b` in line 5\.$/,
  );
  assert.equal(problemOf(BUILT_IN), undefined);
});
