// JARM: the ten questions byte for byte, the fingerprint of answers, and a TLS server on this machine.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { fingerprint, NO_JARM, readServerHello } from "../../../../agent/intel/enrich/jarm/fingerprint.ts";
import { clientHellos, inOrder } from "../../../../agent/intel/enrich/jarm/probes.ts";
import { JARM, probe } from "../../../../agent/intel/enrich/services/jarm.ts";
import { CERTIFICATE, KEY } from "./identity.ts";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));

const HELLOS = clientHellos("a.example", (length) => new Uint8Array(length)).map(hex);

Deno.test("the orders of lists, odd and even", () => {
  const order = (list: string, how: Parameters<typeof inOrder>[1]) => inOrder([...list], how).join("");
  assert.deepEqual(
    ["reverse", "top-half", "bottom-half", "middle-out"].map((how) => order("abcde", how as "reverse")),
    [
      "edcba",
      "cba",
      "de",
      "cdbea",
    ],
  );
  assert.deepEqual(["reverse", "top-half", "bottom-half", "middle-out"].map((how) => order("abcd", how as "reverse")), [
    "dcba",
    "ba",
    "cd",
    "cbda",
  ]);
});

Deno.test("the first question: TLS 1.2, all 69 ciphers forwards, versions and protocols backwards", () => {
  const [first] = HELLOS;
  // The record, the hello's length, its version; 32 random bytes, a session id of 32; 138 bytes of ciphers.
  const head = /^160303(....)0100(....)0303(00){32}20(00){32}008a00160033.*0007000400050100/.exec(first!);
  assert.equal(parseInt(head![1]!, 16), first!.length / 2 - 5);
  // The extensions in their order, with their content.
  const ascii = (text: string) => hex(new TextEncoder().encode(text));
  const protocols = ["hq", "h2c", "h2", "spdy/3", "spdy/2", "spdy/1", "http/1.1", "http/1.0", "http/0.9"]
    .map((name) => name.length.toString(16).padStart(2, "0") + ascii(name)).join("");
  const extensions = [
    "0000000e000c000009" + ascii("a.example"),
    "00170000",
    "0001000101",
    "ff01000100",
    "000a000a0008001d001700180019",
    "000b00020100",
    "00230000",
    "0010003c" + "003a" + protocols,
    "000d00140012040308040401050308050501080606010201",
    "0033002600240" + "01d0020" + "00".repeat(32),
    "002d00020101",
    "002b0007060303" + "03020301",
  ].join("");
  assert.equal(first!.slice(first!.indexOf("0007000400050100") + 20), extensions);
});

Deno.test("the others: halves, nonsense values, rare protocols, TLS 1.1, and 1.3 with and without its ciphers", () => {
  const ciphers = HELLOS.map((hello) => {
    const at = (5 + 4 + 2 + 32 + 1 + 32) * 2;
    return hello.slice(at + 4, at + 4 + parseInt(hello.slice(at, at + 4), 16) * 2);
  });
  // 69 in all, of which the 35th, 0xc012, is the middle; one more with a nonsense value; five less without those of 1.3.
  assert.deepEqual(ciphers.map((list) => list.length / 4), [69, 69, 35, 34, 70, 69, 69, 69, 64, 70]);
  assert.deepEqual(ciphers.map((list) => list.slice(0, 12)), [
    "001600330067",
    "000500040007",
    "c012c007cc14",
    "c013c027c02f",
    "0a0ac012c013",
    "001600330067",
    "001600330067",
    "000500040007",
    "001600330067",
    "0a0ac012c013",
  ]);
  const firstBytes = (from: number) => HELLOS.map((hello) => hello.slice(from, from + 4));
  assert.deepEqual(firstBytes(2), [...new Array(5).fill("0303"), "0302", ...new Array(4).fill("0301")]);
  assert.deepEqual(firstBytes(18), [...new Array(5).fill("0303"), "0302", ...new Array(4).fill("0303")]);
  const has = (part: RegExp) => HELLOS.flatMap((hello, at) => part.test(hello) ? [at + 1] : []);
  assert.deepEqual(has(/08687474702f312e31/), [1, 2, 3, 6, 7, 8, 9, 10], "http/1.1");
  assert.deepEqual(has(/002b00070603030302/), [1], "versions up to 1.2, backwards");
  assert.deepEqual(has(/002b00070603010302/), [2], "and forwards");
  assert.deepEqual(has(/002b000908030403030302/), [7], "versions up to 1.3, backwards");
  assert.deepEqual(has(/002b000908030103020303/), [8, 9], "and forwards");
  assert.deepEqual(has(/002b000b0a0a0a0304/), [10], "with a nonsense value first");
  assert.deepEqual(has(/0a0a000100001d0020/), [5, 10], "and one among the key shares");
});

/** A server hello: version, cipher, extensions, in a record of its own. */
function serverHello(version: string, cipher: string, extensions: string): Uint8Array {
  const counted = (text: string, digits: number) => (text.length / 2).toString(16).padStart(digits, "0") + text;
  const body = `${version}${"11".repeat(32)}00${cipher}00${extensions === "" ? "" : counted(extensions, 4)}`;
  return bytes(`16${version}${counted(`02${counted(body, 6)}`, 4)}`);
}

Deno.test("an answer tells cipher, version, protocol and extensions; anything else tells nothing", () => {
  assert.deepEqual(
    readServerHello(serverHello("0303", "c02f", "ff01000100" + "00100005000302" + "6832" + "00230000")),
    {
      cipher: "c02f",
      version: "0303",
      protocol: "h2",
      extensions: "ff01-0010-0023",
    },
  );
  const nothing = { cipher: "", version: "", protocol: "", extensions: "" };
  for (const answer of ["", "15030300020228", "485454502f312e31", "1603030005020000"]) {
    assert.deepEqual(readServerHello(bytes(answer)), nothing, answer);
  }
  // Cut off in the middle of its extensions.
  const whole = serverHello("0303", "c030", "ff01000100" + "00230000");
  assert.deepEqual(readServerHello(whole.subarray(0, whole.length - 6)).extensions, "");
  assert.equal(readServerHello(serverHello("0303", "c030", "")).cipher, "c030");
});

Deno.test("three digits for each answer, then half a SHA-256 of the extensions", () => {
  const nothing = readServerHello(new Uint8Array());
  assert.equal(fingerprint(new Array(10).fill(nothing)), NO_JARM);
  const answer = readServerHello(serverHello("0303", "c030", ""));
  const last = readServerHello(serverHello("0303", "1302", ""));
  // As in published fingerprints: 2ad is 0xc030 in TLS 1.2, 42d 0x1302; without extensions the end is the hash of nothing.
  assert.equal(
    fingerprint([answer, nothing, ...new Array(7).fill(nothing), last]),
    "2ad" + "000".repeat(8) + "42d" + "e3b0c44298fc1c149afbf4c8996fb924",
  );
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return (server.address() as AddressInfo).port;
}

/** Answers greetings until the server is closed. */
async function handshakes(server: Deno.TlsListener): Promise<void> {
  for (;;) {
    let connection: Deno.TlsConn;
    try {
      connection = await server.accept();
    } catch {
      return;
    }
    connection.handshake().catch(() => {}).finally(() => connection.close());
  }
}

Deno.test("a TLS server has the same fingerprint every time, and another one when it is set up otherwise", async () => {
  const identity = { cert: CERTIFICATE, key: KEY, hostname: "127.0.0.1", port: 0 };
  const servers = [Deno.listenTls(identity), Deno.listenTls({ ...identity, alpnProtocols: ["h2"] })];
  for (const server of servers) void handshakes(server);
  try {
    const [first = 0, second = 0] = servers.map(({ addr }) => addr.port);
    const jarm = await probe("127.0.0.1", first, "a.example", 5);
    assert.match(jarm, /^[0-9a-f]{62}$/);
    // TLS 1.3 is chosen where it is offered, in the seventh answer, with one of its ciphers (0x41 to 0x43).
    assert.match(jarm.slice(18, 21), /^4[123]d$/);
    assert.equal(await probe("127.0.0.1", first, "a.example", 5), jarm);
    assert.notEqual(await probe("127.0.0.1", second, "a.example", 5), jarm);
  } finally {
    for (const server of servers) server.close();
  }
});

Deno.test("a server that speaks no TLS has the fingerprint of zeros; one that is silent ends the patience, not the thread", async () => {
  const web = createServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const silent = createServer(() => {});
  try {
    assert.equal(await probe("127.0.0.1", await listening(web), "a.example", 5), NO_JARM);
    assert.equal(await probe("127.0.0.1", await listening(silent), "a.example", 0.1), NO_JARM);
  } finally {
    web.close();
    silent.close();
  }
});

Deno.test("nobody there is no fingerprint; and our own network is never greeted", async () => {
  const gone = createServer();
  const port = await listening(gone);
  await new Promise((closed) => gone.close(closed));
  await assert.rejects(probe("127.0.0.1", port, "a.example", 1), /cannot be reached/);
  assert.equal(JARM.answers({ ask: "jarm", ip: "192.168.1.1", port: 443 }), false);
  assert.equal(JARM.answers({ ask: "jarm", ip: "93.184.216.34", port: 443 }), true);
});
