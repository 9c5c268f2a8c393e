import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { RecordOf } from "../../../../../agent/dissect/analyzer.ts";
import {
  certificateMessage,
  changeCipherSpec,
  clientHello,
  clientKeyExchange,
  concat,
  handshakeRecords,
  hex,
  noise,
  random,
  selfSignedChain,
  serverHello,
  serverHelloDone,
  serverKeyExchange,
  siteChain,
  TLS_RECORD,
  TLS_VERSION,
  tlsAlert,
  tlsRecord,
  u16,
  u8,
  withLength16,
} from "../../../../craft/craft.ts";
import { ofKind, protocolNamed } from "../encrypted.ts";
import { damaged, type Heard, listen, START } from "../listen.ts";

const { HANDSHAKE, APPLICATION_DATA } = TLS_RECORD;
const CHAIN = siteChain("www.example.org", "example.org");
const FINISHED = tlsRecord(HANDSHAKE, noise(40, 1));

/** Who says what in an ordinary handshake of TLS 1.2. */
const ORDINARY: readonly (readonly ["client" | "server", Uint8Array])[] = [
  ["client", handshakeRecords(clientHello({ serverName: "www.example.org", versions: ["1.2"], alpn: ["h2"] }))],
  [
    "server",
    handshakeRecords(
      concat(
        serverHello({ version: "1.2", alpn: "h2" }),
        certificateMessage(CHAIN),
        serverKeyExchange(),
        serverHelloDone(),
      ),
    ),
  ],
  ["client", concat(handshakeRecords(clientKeyExchange()), changeCipherSpec(), FINISHED)],
  ["server", concat(changeCipherSpec(), FINISHED)],
];

function hear(
  steps: readonly (readonly ["client" | "server", Uint8Array])[],
  heard = listen(protocolNamed("ssl")),
): Heard {
  steps.forEach(([who, bytes], i) => heard[who](bytes, i));
  return heard;
}

function sslOf(heard: Heard): RecordOf<"ssl"> | undefined {
  return ofKind(heard.records, "ssl")[0];
}

Deno.test("an ordinary handshake of TLS 1.2: the record comes with the server's Finished, and nothing more is wanted", () => {
  const heard = hear(ORDINARY);
  const record = sslOf(heard)!;
  assert.deepEqual({ ...record, ja3: "", ja3s: "", ja4: "", cert_chain_fps: record.cert_chain_fps?.length }, {
    kind: "ssl",
    ts: START,
    uid: "CTest1",
    orig_h: "10.0.0.5",
    orig_p: 40_000,
    resp_h: "10.0.0.1",
    resp_p: 443,
    version: "TLSv12",
    cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    curve: "x25519",
    server_name: "www.example.org",
    resumed: false,
    next_protocol: "h2",
    established: true,
    ssl_history: "CsxknGIi",
    cert_chain_fps: 2,
    client_cert_chain_fps: [],
    sni_matches_cert: true,
    subject: "CN=www.example.org",
    issuer: "CN=Example Issuing CA 1,O=Example Trust Services,C=US",
    validation_status: "unable to get local issuer certificate",
    ja3: "",
    ja3s: "",
    ja4: "",
  });
  assert.equal(heard.wanting, false);
  assert.deepEqual(heard.services, ["ssl"]);
  assert.deepEqual(heard.end().records.map(({ kind }) => kind), ["x509", "x509", "ssl"]);
});

Deno.test("wherever the segments are cut, the records are the same", () => {
  // A chain of one that signed itself keeps the run quick: no list of authorities is read.
  const flight = concat(
    serverHello({ version: "1.2" }),
    certificateMessage(selfSignedChain({ CN: "a" }, { key: "ec" })),
  );
  const steps = [ORDINARY[0]!, ["server", handshakeRecords(flight)] as const, ORDINARY[2]!, ORDINARY[3]!];
  const whole = hear(steps).records;
  for (let cut = 1; cut < Math.max(...steps.map(([, bytes]) => bytes.length)); cut++) {
    const heard = listen(protocolNamed("ssl"));
    steps.forEach(([who, bytes], i) => {
      heard[who](bytes.subarray(0, cut), i);
      heard[who](bytes.subarray(cut), i);
    });
    assert.deepEqual(heard.records, whole, `cut at ${cut}`);
  }
});

Deno.test("messages spread over many records, and byte by byte over segments, are put together", () => {
  const flight = concat(
    serverHello({ version: "1.2" }),
    certificateMessage(CHAIN),
    serverKeyExchange(),
    serverHelloDone(),
  );
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < flight.length; at += 37) pieces.push(tlsRecord(HANDSHAKE, flight.slice(at, at + 37)));
  const heard = listen(protocolNamed("ssl")).client(ORDINARY[0]![1]);
  for (const byte of concat(...pieces)) heard.server(Uint8Array.of(byte));
  assert.equal(sslOf(heard.end())?.ssl_history, "Csxkn");
  assert.equal(ofKind(heard.records, "x509").length, 2);
});

Deno.test("TLS 1.3: version from its extension, established with the client's first encrypted record", () => {
  const heard = hear([
    ["client", handshakeRecords(clientHello({ serverName: "a.example" }), TLS_VERSION["1.0"])],
    [
      "server",
      concat(handshakeRecords(serverHello({})), changeCipherSpec(), tlsRecord(APPLICATION_DATA, noise(900, 2))),
    ],
    ["client", concat(changeCipherSpec(), tlsRecord(APPLICATION_DATA, noise(53, 3)))],
  ]);
  const { version, cipher, curve, ssl_history, established, resumed, cert_chain_fps } = sslOf(heard)!;
  assert.deepEqual([version, cipher, curve, ssl_history], ["TLSv13", "TLS_AES_128_GCM_SHA256", "x25519", "CsiI"]);
  assert.deepEqual([established, resumed, cert_chain_fps], [true, false, undefined]);
});

Deno.test("TLS 1.3 without the pretended ChangeCipherSpec, and with a hello retry request", () => {
  const retry = serverHello({
    random: hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"),
    extensions: [[51, u16(24)], [43, u16(0x0304)]],
  });
  const heard = hear([
    ["client", handshakeRecords(clientHello({}))],
    ["server", concat(handshakeRecords(retry), changeCipherSpec())],
    ["client", concat(changeCipherSpec(), handshakeRecords(clientHello({ groups: [24] })))],
    ["server", concat(handshakeRecords(serverHello({ group: 24 })), tlsRecord(APPLICATION_DATA, noise(900, 2)))],
    ["client", tlsRecord(APPLICATION_DATA, noise(53, 3))],
  ]);
  const record = sslOf(heard)!;
  assert.deepEqual([record.ssl_history, record.curve, record.established], ["CjiICs", "secp384r1", true]);
});

Deno.test("a session is resumed by its id, by its ticket, or in TLS 1.3 by its key", () => {
  const resumed = (client: Uint8Array, server: Uint8Array): boolean | undefined =>
    sslOf(
      hear([
        ["client", handshakeRecords(client)],
        ["server", concat(handshakeRecords(server), changeCipherSpec(), FINISHED)],
        ["client", concat(changeCipherSpec(), FINISHED)],
      ]).end(),
    )?.resumed;
  const id = noise(32, 9);
  const ticket = [[35, noise(100, 1)] as const];
  assert.equal(
    resumed(clientHello({ versions: ["1.2"], sessionId: id }), serverHello({ version: "1.2", sessionId: id })),
    true,
  );
  assert.equal(resumed(clientHello({ versions: ["1.2"], sessionId: id }), serverHello({ version: "1.2" })), false);
  assert.equal(resumed(clientHello({ versions: ["1.2"], extensions: ticket }), serverHello({ version: "1.2" })), true);
  assert.equal(resumed(clientHello({ versions: ["1.2"] }), serverHello({ version: "1.2" })), false);
  const chosen = [[43, u16(0x0304)], [41, u16(0)]] as const;
  assert.equal(
    resumed(clientHello({ moreExtensions: [[41, noise(50, 1)]] }), serverHello({ extensions: chosen })),
    true,
  );
  assert.equal(resumed(clientHello({}), serverHello({ extensions: chosen })), false);
});

Deno.test("a refused hello leaves the alert's name, in capitals when the client refuses", () => {
  const refused = hear([ORDINARY[0]!, ["server", tlsAlert(2, 40)]]).end();
  assert.deepEqual([sslOf(refused)?.ssl_history, sslOf(refused)?.last_alert], ["Cl", "handshake_failure"]);
  assert.deepEqual([sslOf(refused)?.established, sslOf(refused)?.version], [false, undefined]);
  const distrusted = hear([ORDINARY[0]!, ORDINARY[1]!, ["client", tlsAlert(2, 48)]]).end();
  assert.deepEqual([sslOf(distrusted)?.ssl_history, sslOf(distrusted)?.last_alert], ["CsxknL", "unknown_ca"]);
});

Deno.test("a client that shows a certificate has a chain of its own", () => {
  const own = selfSignedChain({ CN: "laptop" });
  const heard = hear([
    ORDINARY[0]!,
    ORDINARY[1]!,
    [
      "client",
      concat(handshakeRecords(concat(certificateMessage(own), clientKeyExchange())), changeCipherSpec(), FINISHED),
    ],
    ORDINARY[3]!,
  ]);
  assert.equal(sslOf(heard)?.ssl_history, "CsxknXGIi");
  assert.equal(sslOf(heard)?.client_cert_chain_fps?.length, 1);
  assert.deepEqual(ofKind(heard.records, "x509").map((each) => [each.host_cert, each.client_cert]), [
    [true, false],
    [false, false],
    [false, true],
  ]);
});

Deno.test("a certificate is written down once for all flows of a run, and again a day later", () => {
  const protocol = protocolNamed("ssl");
  const count = (after: number): number => {
    const heard = listen(protocol).client(ORDINARY[0]![1], after).server(ORDINARY[1]![1], after);
    return ofKind(heard.end(after).records, "x509").length;
  };
  assert.deepEqual([count(0), count(3600), count(86_401)], [2, 0, 2]);
});

Deno.test("a self-signed certificate for another name is said to be just that", () => {
  const flight = concat(serverHello({ version: "1.2" }), certificateMessage(selfSignedChain({ CN: "localhost" })));
  const record = sslOf(hear([ORDINARY[0]!, ["server", handshakeRecords(flight)]]).end())!;
  assert.deepEqual([record.validation_status, record.sni_matches_cert], ["self signed certificate", false]);
  assert.deepEqual([record.subject, record.issuer], ["CN=localhost", "CN=localhost"]);
});

Deno.test("known resolvers are known by name and by address, on the HTTPS port only", () => {
  const toServer = (serverName: string | null, resp_h: string, resp_p = 443): boolean | undefined =>
    sslOf(
      hear(
        [["client", handshakeRecords(clientHello({ serverName }))]],
        listen(protocolNamed("ssl"), { resp_h, resp_p }),
      ).end(),
    )
      ?.is_DoH;
  assert.equal(toServer("dns.google", "192.0.2.1"), true);
  assert.equal(toServer("mozilla.cloudflare-dns.com", "192.0.2.1"), true);
  assert.equal(toServer(null, "9.9.9.9"), true);
  assert.equal(toServer(null, "9.9.9.9", 853), undefined);
  assert.equal(toServer("notdns.google.example", "192.0.2.1"), undefined);
});

/** An SSL 2.0 ClientHello that offers up to `version`. */
function ssl2Hello(version: number): Uint8Array {
  const kinds = hex("010080 030080 060040");
  const body = concat(u8(1), u16(version), u16(kinds.length), u16(0), u16(16), kinds, noise(16, 1));
  return concat(u16(0x8000 | body.length), body);
}

Deno.test("an old client's hello in SSL 2.0, answered in TLS 1.0", () => {
  const heard = hear([["client", ssl2Hello(0x0301)], [
    "server",
    handshakeRecords(serverHello({ version: "1.0" }), 0x0301),
  ]]);
  const record = sslOf(heard.end())!;
  assert.deepEqual([record.ssl_history, record.version, record.ja3], ["Cs", "TLSv10", undefined]);
});

Deno.test("a server that speaks SSL 2.0: its cipher and certificate, established with the master key", () => {
  const [der] = selfSignedChain({ CN: "old.example" });
  const hello = concat(
    u8(4),
    u8(0),
    u8(1),
    u16(2),
    u16(der!.length),
    u16(3),
    u16(16),
    der!,
    hex("010080"),
    noise(16, 2),
  );
  const heard = hear([
    ["client", ssl2Hello(0x0002)],
    ["server", concat(u16(0x8000 | hello.length), hello)],
    ["client", concat(u16(0x8000 | 10), u8(2), noise(9, 3))],
  ]);
  const record = sslOf(heard)!;
  assert.deepEqual([record.version, record.cipher, record.established], ["SSLv2", "SSLv20_CK_RC4_128_WITH_MD5", true]);
  assert.deepEqual([record.ssl_history, record.subject, heard.wanting], ["Cs", "CN=old.example", false]);
});

Deno.test("a hello from the side that was called turns the roles round", () => {
  const heard = listen(protocolNamed("ssl")).server(ORDINARY[0]![1]).client(ORDINARY[1]![1]);
  assert.equal(sslOf(heard.end())?.ssl_history, "^Csxkn");
  assert.equal(ofKind(heard.records, "x509")[0]?.host_cert, true);
});

Deno.test("missing bytes end the reading; what was seen is logged when the flow ends", () => {
  const heard = hear([ORDINARY[0]!]).gap(false, 100);
  assert.equal(heard.wanting, false);
  assert.deepEqual([sslOf(heard)?.uid, sslOf(heard.end())?.ssl_history], [undefined, "C"]);
});

Deno.test("what is no TLS on its port makes no record; TLS that turns into something else loses its name", () => {
  const plain = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  const never = listen(protocolNamed("ssl")).client(plain);
  assert.deepEqual([never.wanting, never.end().records], [false, []]);
  const turned = hear([ORDINARY[0]!, ["server", plain]]);
  assert.deepEqual([turned.wanting, turned.services, sslOf(turned)?.ssl_history], [false, [], "C"]);
});

Deno.test("application data before any key in TLS 1.2 is an oddity", () => {
  const heard = hear([ORDINARY[0]!, ["server", handshakeRecords(serverHello({ version: "1.2" }))]]);
  heard.client(tlsRecord(APPLICATION_DATA, noise(20, 1)));
  assert.deepEqual(heard.weirds, ["ssl_early_application_data"]);
});

Deno.test("recognition: hellos of all kinds on any port, cut short they ask for more, other first bytes are refused", () => {
  const recognise = (bytes: Uint8Array, fromOrig = true): string =>
    protocolNamed("ssl").recognise(bytes, 0, bytes.length, fromOrig);
  assert.equal(recognise(ORDINARY[0]![1]), "yes");
  assert.equal(recognise(ORDINARY[1]![1], false), "yes");
  assert.equal(recognise(concat(tlsAlert(1, 112), ORDINARY[1]![1]), false), "yes");
  assert.equal(recognise(ssl2Hello(0x0301)), "yes");
  assert.equal(recognise(ssl2Hello(0x0301), false), "no");
  for (let length = 0; length < 11; length++) {
    assert.equal(recognise(ORDINARY[0]![1].subarray(0, length)), "more", `${length}`);
  }
  assert.equal(recognise(FINISHED), "no");
  assert.equal(recognise(tlsRecord(APPLICATION_DATA, "x")), "no");
  assert.equal(recognise(new TextEncoder().encode("SSH-2.0-OpenSSH_9.6\r\n")), "no");
});

Deno.test("a message that claims megabytes costs no memory and ends nothing", () => {
  const claim = concat(u8(11), hex("ffffff"), noise(1000, 1));
  const heard = hear([ORDINARY[0]!, ["server", tlsRecord(HANDSHAKE, claim)]]);
  for (let i = 0; i < 50; i++) heard.server(tlsRecord(HANDSHAKE, noise(16_000, i)));
  assert.equal(sslOf(heard.end())?.ssl_history, "C");
});

Deno.test("six thousand damaged handshakes: nothing thrown, one ssl record at most, a bounded history", () => {
  const chance = random(42);
  const protocol = protocolNamed("ssl");
  const start = [...ORDINARY, ["client", ssl2Hello(0x0300)] as const];
  for (let i = 0; i < 6000; i++) {
    const heard = listen(protocol);
    const from = chance.below(2) === 0 ? ORDINARY : start.slice(4);
    for (const [who, bytes] of from) heard[who](chance.fraction() < 0.5 ? damaged(bytes, chance) : bytes);
    heard.end();
    const records = ofKind(heard.records, "ssl");
    assert.ok(records.length <= 1);
    assert.ok((records[0]?.ssl_history?.length ?? 0) <= 101);
  }
});

Deno.test("many server names: the first one counts, and the oddity is noted", () => {
  const names = withLength16(concat(u8(0), withLength16("first.example"), u8(0), withLength16("second.example")));
  const heard = hear([["client", handshakeRecords(clientHello({ extensions: [[0, names]] }))]]);
  assert.equal(sslOf(heard.end())?.server_name, "first.example");
  assert.deepEqual(heard.weirds, ["SSL_many_server_names: [first.example, second.example]"]);
});

Deno.test("where certificates are looked up, the server's own is a file as well, with its SHA-1; else it is not", () => {
  const heard = hear(ORDINARY, listen(protocolNamed("ssl", { hashes: true })));
  const [file, ...more] = ofKind(heard.records, "files");
  assert.deepEqual(more, []);
  assert.deepEqual([file?.source, file?.is_orig, file?.orig_h, file?.resp_h], ["SSL", false, "10.0.0.5", "10.0.0.1"]);
  assert.equal(file?.sha1, createHash("sha1").update(CHAIN[0]!).digest("hex"));
  assert.deepEqual(ofKind(hear(ORDINARY).records, "files"), []);
});
