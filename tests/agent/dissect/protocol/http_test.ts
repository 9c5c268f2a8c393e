// HTTP as browsers, scripts, proxies and attackers speak it.

import assert from "node:assert/strict";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import {
  INFLATED_BYTES_FREE,
  INFLATED_BYTES_LIMIT,
  INFLATED_RATIO_LIMIT,
} from "../../../../agent/dissect/files/content-encoding.ts";
import { httpProtocol } from "../../../../agent/dissect/protocol/http.ts";
import { newShared } from "../../../../agent/dissect/shared.ts";
import { bytesOf, only, play, type Said, sameHoweverCut, survivesDamage } from "./conversation.ts";
import { listen } from "./listen.ts";
import { noise } from "../../../craft/craft.ts";

const PAGE = "<!DOCTYPE html>\n<html><body>It works</body></html>\n";

function reply(body: string | Uint8Array, fields = "", status = "200 OK"): Uint8Array {
  const contents = bytesOf(body);
  const head = bytesOf(`HTTP/1.1 ${status}\r\nContent-Length: ${contents.length}\r\n${fields}\r\n`);
  const all = new Uint8Array(head.length + contents.length);
  all.set(head);
  all.set(contents, head.length);
  return all;
}

Deno.test("a request without an answer, or an answer without a request, is recorded but not named yet", () => {
  const asked = play(httpProtocol, [["C", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"]]);
  const answered = play(httpProtocol, [["S", reply(PAGE)]]);
  assert.deepEqual([asked.services, answered.services], [[], []]);
  assert.deepEqual([only(asked, "http").length, only(answered, "http")[0]?.status_code], [1, 200]);
  const both = play(httpProtocol, [["C", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"], ["S", reply(PAGE)]]);
  assert.deepEqual(both.services, ["http"]);
});

Deno.test("a browser fetches a page: one http record, one file, two programs named", () => {
  const heard = play(httpProtocol, [
    [
      "C",
      "GET /index.html?q=%41%20b HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux) Gecko/2010 Firefox/115.0\r\n" +
      "Referer: http://example.com/\r\nOrigin: http://example.com\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n" +
      "Via: 1.1 proxy\r\n\r\n",
    ],
    ["S", reply(PAGE, "Server: nginx/1.18.0 (Ubuntu)\r\nContent-Type: text/plain\r\n")],
  ]);
  const [http] = only(heard, "http");
  const [file] = only(heard, "files");
  assert.deepEqual(http, {
    kind: "http",
    ts: heard.flow.start,
    uid: "CTest1",
    orig_h: "10.0.0.5",
    orig_p: 40_000,
    resp_h: "10.0.0.1",
    resp_p: 80,
    trans_depth: 1,
    method: "GET",
    host: "www.example.com",
    uri: "/index.html?q=A b",
    referrer: "http://example.com/",
    version: "1.1",
    user_agent: "Mozilla/5.0 (X11; Linux) Gecko/2010 Firefox/115.0",
    origin: "http://example.com",
    request_body_len: 0,
    response_body_len: PAGE.length,
    status_code: 200,
    status_msg: "OK",
    tags: [],
    username: "alice",
    proxied: ["VIA -> 1.1 proxy"],
    resp_fuids: [file!.fuid],
    resp_mime_types: ["text/html"],
  });
  assert.match(file!.fuid, /^F[0-9A-Za-z]{17}$/);
  assert.equal(file!.mime_type, "text/html");
  assert.equal(file!.seen_bytes, PAGE.length);
  assert.equal(file!.total_bytes, PAGE.length);
  assert.equal(file!.sha256?.length, 64);
  assert.deepEqual(heard.services, ["http"]);
  const software = only(heard, "software").map((s) => [s.software_type, s.name, s["version.major"], s["version.addl"]]);
  assert.deepEqual(software, [["HTTP::BROWSER", "Firefox", 115, undefined], ["HTTP::SERVER", "nginx", 1, "Ubuntu"]]);
});

Deno.test("pipelined requests get their replies in order", () => {
  const heard = play(httpProtocol, [
    ["C", "GET /1 HTTP/1.1\r\n\r\nHEAD /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n"],
    ["S", reply("one")],
    ["S", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"],
    ["S", "HTTP/1.1 304 Not Modified\r\n\r\n"],
  ]);
  const records = only(heard, "http").map((r) => [r.trans_depth, r.uri, r.status_code, r.response_body_len]);
  assert.deepEqual(records, [[1, "/1", 200, 3], [2, "/2", 200, 0], [3, "/3", 304, 0]]);
});

Deno.test("an upload waits for 100 Continue, which is information about the same request", () => {
  const heard = play(httpProtocol, [
    ["C", "PUT /up HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n"],
    ["S", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["C", "twelve bytes"],
    ["S", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"],
  ]);
  const records = only(heard, "http");
  assert.equal(records.length, 1);
  assert.equal(records[0]!.info_code, 100);
  assert.equal(records[0]!.info_msg, "Continue");
  assert.equal(records[0]!.status_code, 201);
  assert.equal(records[0]!.request_body_len, 12);
  assert.deepEqual(records[0]!.orig_mime_types, ["text/plain"]);
});

Deno.test("chunks are put together, extensions and trailers passed over", () => {
  const heard = play(httpProtocol, [
    ["C", "GET / HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n"],
    [
      "S",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n10\r\n, how do you do?\n\r\n0\r\nX-Sum: 1\r\n\r\n",
    ],
    ["S", reply("next")],
  ]);
  assert.deepEqual(only(heard, "http").map((r) => r.response_body_len), [21, 4]);
  assert.equal(only(heard, "files")[0]!.total_bytes, undefined);
});

const COMPRESSIONS = [
  ["gzip", "gzip", gzipSync],
  ["deflate", "deflate with zlib's header", deflateSync],
  ["deflate", "bare deflate", deflateRawSync],
] as const;
for (const [name, what, compress] of COMPRESSIONS) {
  Deno.test(`a body in ${what} counts, and is named and hashed, as what it says`, () => {
    const body = new Uint8Array(compress(PAGE.repeat(100)));
    const heard = play(httpProtocol, [
      ["C", "GET / HTTP/1.1\r\n\r\n"],
      ["S", reply(body, `Content-Encoding: ${name}\r\n`)],
    ]);
    assert.equal(only(heard, "http")[0]!.response_body_len, PAGE.length * 100);
    assert.equal(only(heard, "files")[0]!.seen_bytes, PAGE.length * 100);
    assert.equal(only(heard, "files")[0]!.mime_type, "text/html");
  });
}

Deno.test("a zip bomb costs no more than the limit", () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(INFLATED_BYTES_LIMIT + 20_000_000)));
  const shared = newShared({ hashes: [], hashedBytesLimit: 0 });
  const heard = play(
    httpProtocol,
    [["C", "GET / HTTP/1.1\r\n\r\n"], ["S", reply(bomb, "Content-Encoding: gzip\r\n")]],
    {},
    shared,
  );
  assert.equal(only(heard, "http")[0]!.response_body_len, bomb.length * INFLATED_RATIO_LIMIT);
  assert.deepEqual(heard.weirds, ["compression_bomb"], "which is said once");
});

Deno.test("a small body may be as empty as it likes, and a large one that is no bomb is inflated up to the limit", () => {
  const lengthOf = (body: Uint8Array): number | undefined => {
    const shared = newShared({ hashes: [], hashedBytesLimit: 0 });
    const packed = new Uint8Array(gzipSync(body));
    const reply200 = reply(packed, "Content-Encoding: gzip\r\n");
    const heard = play(httpProtocol, [["C", "GET / HTTP/1.1\r\n\r\n"], ["S", reply200]], {}, shared);
    return only(heard, "http")[0]!.response_body_len;
  };
  assert.equal(lengthOf(new Uint8Array(INFLATED_BYTES_FREE - 1)), INFLATED_BYTES_FREE - 1);
  const large = new Uint8Array(INFLATED_BYTES_LIMIT + 1_000_000);
  for (let at = 0; at < large.length; at += 1000) large.set(noise(16, at), at);
  assert.equal(lengthOf(large), INFLATED_BYTES_LIMIT);
});

Deno.test("what claims to be gzip and is not has no contents, and the next reply is read", () => {
  const heard = play(httpProtocol, [
    ["C", "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"],
    ["S", reply("\xff\xff this is no gzip", "Content-Encoding: gzip\r\n")],
    ["S", reply("fine")],
  ]);
  assert.deepEqual(only(heard, "http").map((r) => [r.status_code, r.response_body_len]), [[200, 0], [200, 4]]);
  assert.deepEqual(heard.weirds, ["inflate_failed"]);
});

const FORM = [
  "--sep",
  'Content-Disposition: form-data; name="photo"; filename="cat.png"',
  "Content-Type: image/png",
  "",
  "\x89PNG\r\n\x1a\n not much of a cat",
  "--sep",
  'Content-Disposition: form-data; name="comment"',
  "",
  "what a nice cat",
  "--sep--",
  "",
].join("\r\n");

Deno.test("a form with a file: each part is a file of its own", () => {
  const heard = play(httpProtocol, [
    [
      "C",
      `POST /form HTTP/1.1\r\nContent-Length: ${FORM.length}\r\nContent-Type: multipart/form-data; boundary=sep\r\n\r\n${FORM}`,
    ],
    ["S", reply("thanks")],
  ]);
  const [http] = only(heard, "http");
  assert.equal(http!.request_body_len, FORM.length);
  assert.deepEqual(http!.orig_filenames, ["cat.png"]);
  assert.deepEqual(http!.orig_mime_types, ["image/png", "text/plain"]);
  assert.deepEqual(only(heard, "files").map((f) => f.seen_bytes), [26, 15, 6]);
});

Deno.test("a reply without a length ends with the connection; HTTP/0.9 has nothing but contents", () => {
  const closed = play(httpProtocol, [
    ["C", "GET / HTTP/1.0\r\n\r\n"],
    ["S", "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + PAGE],
    ["S", "and more"],
  ]);
  assert.equal(only(closed, "http")[0]!.response_body_len, PAGE.length + 8);
  const old = play(httpProtocol, [["C", "GET /page\r\n"], ["S", PAGE]]);
  const [record] = only(old, "http");
  assert.deepEqual([record!.version, record!.status_code, record!.status_msg], ["0.9", 0, "<empty>"]);
  assert.equal(record!.response_body_len, PAGE.length);
});

Deno.test("CONNECT hands the stream on behind the reply's header, and is a tunnel once", () => {
  const shared = newShared();
  const said: Said[] = [
    ["C", "CONNECT mail.example.com:25 HTTP/1.1\r\n\r\n"],
    ["S", "HTTP/1.1 200 Connection established\r\n\r\n220 mail ready\r\n"],
  ];
  const heard = play(httpProtocol, said, {}, shared);
  const from = 3 + "HTTP/1.1 200 Connection established\r\n\r\n".length;
  assert.deepEqual(heard.upgrades, [{ protocol: "", from }]);
  assert.equal(only(heard, "tunnel")[0]!.tunnel_type, "Tunnel::HTTP");
  assert.equal(only(heard, "tunnel")[0]!.orig_p, 0);
  assert.equal(only(heard, "http")[0]!.status_code, 200);
  assert.deepEqual(only(play(httpProtocol, said, { orig_p: 40_001 }, shared), "tunnel"), []);
  const refused = play(httpProtocol, [said[0]!, ["S", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"]]);
  assert.deepEqual(refused.upgrades, []);
});

Deno.test("an upgrade to another protocol ends the reading", () => {
  const heard = play(httpProtocol, [
    ["C", "GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["S", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello"],
  ]);
  assert.equal(heard.wanting, false);
  assert.deepEqual(only(heard, "http").map((r) => [r.status_code, r.info_code]), [[101, 101]]);
  assert.deepEqual(heard.weirds, []);
});

Deno.test("a method nobody knows is a weird that names it", () => {
  const heard = play(httpProtocol, [["C", "HELLO /x HTTP/1.1\r\n\r\n"], ["S", reply("", "", "405 No")]]);
  assert.deepEqual(heard.weirds, ["unknown_HTTP_method: HELLO"]);
  assert.equal(only(heard, "http")[0]!.method, "HELLO");
});

Deno.test("a server that does not speak HTTP takes the word back", () => {
  const heard = play(httpProtocol, [["C", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"], ["S", "what do you want?\r\n"]]);
  assert.deepEqual(heard.services, []);
  assert.equal(heard.wanting, false);
  assert.deepEqual(only(heard, "http").map((r) => [r.host, r.status_code]), [["a", undefined]]);
});

Deno.test("TLS on port 80 is given up at its first byte, and nothing is recorded", () => {
  const heard = play(httpProtocol, [["C", "\x16\x03\x01\x02\x00"], ["S", "\x16\x03\x03\x00\x7a"]]);
  assert.equal(heard.wanting, false);
  assert.deepEqual(heard.records, []);
  assert.deepEqual(heard.services, []);
  assert.deepEqual(heard.weirds, ["bad_HTTP_request"]);
});

Deno.test("a file fetched in ranges over two connections is one file", () => {
  const shared = newShared();
  const protocol = httpProtocol(shared);
  const fetch = (port: number, first: number, last: number) => {
    const heard = listen(protocol, { uid: `C${port}`, orig_p: port });
    heard.client(bytesOf(`GET /big HTTP/1.1\r\nHost: h\r\nRange: bytes=${first}-${last}\r\n\r\n`));
    heard.server(reply("\0".repeat(last - first + 1), `Content-Range: bytes ${first}-${last}/1000\r\n`, "206 Partial"));
    return heard;
  };
  const one = fetch(1, 0, 99);
  const two = fetch(2, 300, 399);
  one.end();
  two.end();
  assert.deepEqual(only(one, "files"), []);
  const files = only(two, "files");
  assert.deepEqual(files.map((f) => [f.uid, f.seen_bytes, f.missing_bytes, f.total_bytes, f.timedout]), [
    ["C1", 200, 200, 1000, true],
    ["C2", 200, 200, 1000, true],
  ]);
  assert.equal(files[0]!.fuid, files[1]!.fuid);
  assert.deepEqual(only(one, "http")[0]!.resp_fuids, [files[0]!.fuid]);
});

Deno.test("a gap within a body is counted and the connection read on; one in a header ends it", () => {
  const heard = listen(httpProtocol(newShared()));
  heard.client(bytesOf("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"));
  heard.server(bytesOf("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(100)));
  heard.gap(false, 800);
  heard.server(bytesOf("y".repeat(100) + "HTTP/1.1 404 Not Found\r\nContent-Le"));
  heard.gap(false, 10);
  heard.server(bytesOf("garbage"));
  heard.end();
  assert.deepEqual(only(heard, "http").map((r) => [r.uri, r.status_code, r.response_body_len]), [
    ["/1", 200, 1000],
    ["/2", 404, 0],
  ]);
  const [file] = only(heard, "files");
  assert.deepEqual([file!.seen_bytes, file!.missing_bytes, file!.md5], [200, 800, undefined]);
});

Deno.test("requests are recognised on any port, whatever their method; other text is not", () => {
  const { recognise } = httpProtocol(newShared());
  const ask = (text: string, fromOrig = true) => recognise(bytesOf(text), 0, text.length, fromOrig);
  assert.equal(ask("GET / HTTP/1.0\r\n"), "yes");
  assert.equal(ask("FOOBAR /x y HTTP/1.1"), "yes");
  assert.equal(ask("GE"), "more");
  assert.equal(ask("GET /" + "a".repeat(1100)), "yes");
  assert.equal(ask("EHLO mail.example.com\r\n"), "no");
  assert.equal(ask("\x16\x03\x01\x02\x00"), "no");
  assert.equal(ask("INVITE sip:bob@example.com SIP/2.0\r\n"), "no");
  assert.equal(ask("HTTP/1.1 200 OK\r\n", false), "no");
});

Deno.test("never more than a hundred requests wait for replies", () => {
  const heard = listen(httpProtocol(newShared()));
  for (let i = 0; i < 500; i++) heard.client(bytesOf(`GET /${i} HTTP/1.1\r\n\r\n`));
  assert.ok(only(heard, "http").length >= 398);
  assert.ok(heard.weirds.includes("HTTP_excessive_pipelining"));
  assert.equal(only(heard.end(), "http").length, 500);
});

const CONVERSATION: Said[] = [
  [
    "C",
    "POST /a%20b HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb\r\nContent-Type: multipart/mixed;\r\n boundary=sep\r\nContent-Length: " +
    FORM.length + "\r\n\r\n" + FORM + "GET /2 HTTP/1.1\r\n\r\n",
  ],
  [
    "S",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n",
  ],
  ["S", reply(new Uint8Array(gzipSync(PAGE)), "Content-Encoding: gzip\r\n")],
  ["C", "GET /3 HTTP/1.1\r\nRange: bytes=0-9\r\n\r\n"],
  [
    "S",
    reply(
      "0123456789",
      "Content-Range: bytes 0-9/100\r\nContent-Disposition: attachment; filename=x.txt\r\n",
      "206 Partial",
    ),
  ],
];

Deno.test("however the bytes are cut into packets, the records are the same", () => {
  sameHoweverCut(httpProtocol, CONVERSATION);
});

Deno.test("four thousand damaged conversations do no harm", () => {
  survivesDamage(httpProtocol, CONVERSATION, 4000, 7);
});
