import assert from "node:assert/strict";
import { isEstablished } from "../../../../agent/record/conn-state.ts";
import { complaints, jsonLines, ofKind, readFile, setFields } from "../records.ts";

const NOON = Date.UTC(2024, 4, 6, 12) / 1000;

/** An event so many seconds after noon. */
function event(seconds: number, type: string, more: object): Record<string, unknown> {
  return {
    timestamp: new Date((NOON + seconds) * 1000).toISOString().replace("Z", "000+0000"),
    flow_id: 1374195536821504,
    event_type: type,
    src_ip: "10.0.0.5",
    src_port: 50000,
    dest_ip: "198.51.100.7",
    dest_port: 443,
    proto: "TCP",
    ...more,
  };
}

Deno.test("a flow is a connection from its start, known when Suricata wrote it", async () => {
  const reading = await readFile(jsonLines(event(70, "flow", {
    app_proto: "tls",
    vlan: [7],
    ether: { src_macs: ["00:00:00:00:00:01"], dest_macs: ["00:00:00:00:00:02"] },
    community_id: "1:abc",
    flow: {
      pkts_toserver: 12,
      pkts_toclient: 8,
      bytes_toserver: 4056,
      bytes_toclient: 900,
      start: "2024-05-06T12:00:00.855844+0000",
      end: "2024-05-06T14:00:02.000000+0200",
      state: "closed",
    },
  })));
  assert.deepEqual(setFields(reading.records[0]), {
    kind: "conn",
    ts: NOON + 0.855844,
    uid: "1374195536821504",
    orig_h: "10.0.0.5",
    orig_p: 50000,
    resp_h: "198.51.100.7",
    resp_p: 443,
    proto: "tcp",
    service: "ssl",
    duration: 1.144156,
    orig_bytes: 3256,
    resp_bytes: 364,
    conn_state: "closed",
    orig_pkts: 12,
    orig_ip_bytes: 3888,
    resp_pkts: 8,
    resp_ip_bytes: 788,
    orig_l2_addr: "00:00:00:00:00:01",
    resp_l2_addr: "00:00:00:00:00:02",
    vlan: 7,
    community_id: "1:abc",
  });
  assert.deepEqual(reading.clocks, [NOON + 70]);
});

Deno.test("the state of a flow says whether it came to be, and a protocol that was not told is none", async () => {
  const flows = ["new", "established", "closed"].map((state) =>
    event(1, "flow", { app_proto: "failed", flow: { state } })
  );
  const connections = ofKind(await readFile(jsonLines(...flows)), "conn");
  assert.deepEqual(connections.map(isEstablished), [true, true, false]);
  assert.equal(connections[0]!.service, undefined);
});

Deno.test("how a TCP connection went is told by what both ends have sent, other flows by whether they were answered", async () => {
  const tcp = (forth: string, back: string) =>
    event(1, "flow", { flow: { state: "closed" }, tcp: { tcp_flags_ts: forth, tcp_flags_tc: back } });
  const udp = (answers: number) => event(1, "flow", { proto: "UDP", flow: { state: "new", pkts_toclient: answers } });
  const flows = [tcp("02", "14"), tcp("02", "00"), tcp("1b", "1b"), tcp("1e", "12"), tcp("1a", "16"), tcp("12", "12")];
  const states = ofKind(await readFile(jsonLines(...flows, udp(0), udp(2))), "conn").map(({ conn_state }) =>
    conn_state
  );
  assert.deepEqual(states, ["REJ", "S0", "SF", "RSTO", "RSTR", "S1", "S0", "SF"]);
});

Deno.test("an ICMP flow has no ports: type and code stand in their places, or nothing", async () => {
  const { src_port: _source, dest_port: _destination, ...portless } = event(1, "flow", { proto: "ICMP", flow: {} });
  const [echo, bare] = ofKind(
    await readFile(jsonLines({ ...portless, icmp_type: 8, icmp_code: 1 }, { ...portless, proto: "IPv6-ICMP" })),
    "conn",
  );
  assert.deepEqual([echo!.proto, echo!.orig_p, echo!.resp_p], ["icmp", 8, 1]);
  assert.deepEqual([bare!.proto, bare!.orig_p, bare!.resp_p], ["icmp", 0, 0]);
});

const DNS = { src_port: 35790, dest_ip: "10.0.0.1", dest_port: 53, proto: "UDP" };
const ANSWERED = {
  ts: NOON + 1,
  orig_h: "10.0.0.5",
  query: "www.example.com",
  qtype: 1,
  rtt: 0.25,
  rcode_name: "NOERROR",
  answers: ["cdn.example.net", "192.0.2.1"],
  TTLs: [580, 60],
};
const KEYS = Object.keys(ANSWERED);

function dnsOf(records: readonly object[]): unknown[] {
  return records.map((record) =>
    Object.fromEntries(Object.entries(setFields(record)).filter(([key]) => KEYS.includes(key)))
  );
}

const ANSWERS = [
  { rrname: "www.example.com", rrtype: "CNAME", ttl: 580, rdata: "cdn.example.net" },
  { rrname: "cdn.example.net", rrtype: "A", ttl: 60, rdata: "192.0.2.1" },
];

Deno.test("a question and its answer are one record in all three versions of the format", async () => {
  const name = { rrname: "www.example.com", rrtype: "A" };
  const one = jsonLines(
    event(1, "dns", { ...DNS, dns: { type: "query", id: 7, ...name } }),
    ...ANSWERS.map((answer) =>
      event(1.25, "dns", { ...DNS, dns: { type: "answer", id: 7, rcode: "NOERROR", ...answer } })
    ),
  );
  const two = jsonLines(
    event(1, "dns", { ...DNS, dns: { type: "query", id: 7, ...name } }),
    event(1.25, "dns", {
      ...DNS,
      dns: { version: 2, type: "answer", id: 7, rcode: "NOERROR", ...name, answers: ANSWERS },
    }),
  );
  const three = jsonLines(
    event(1, "dns", { ...DNS, dns: { version: 3, type: "request", id: 7, queries: [name] } }),
    event(1.25, "dns", {
      ...DNS,
      dns: { version: 3, type: "response", id: 7, rcode: "NOERROR", queries: [name], answers: ANSWERS },
    }),
  );
  for (const text of [one, two, three]) assert.deepEqual(dnsOf((await readFile(text)).records), [ANSWERED]);
});

Deno.test("answers that are written by type only; addresses of IPv6 in their short form", async () => {
  const asked = { rrname: "www.example.com", rrtype: "AAAA" };
  const long = "2001:0db8:006f:0000:0000:0000:0123:0001";
  for (
    const answers of [
      { grouped: { CNAME: ["web.example.com"], AAAA: [long] } },
      { answers: [{ rrtype: "CNAME", rdata: "web.example.com" }, { rrtype: "AAAA", rdata: long }] },
    ]
  ) {
    const reading = await readFile(jsonLines(
      event(1, "dns", { ...DNS, dns: { type: "query", id: 7, ...asked } }),
      event(1.25, "dns", {
        ...DNS,
        dns: { version: 2, type: "answer", id: 7, rcode: "NOERROR", ...asked, ...answers },
      }),
    ));
    assert.deepEqual(ofKind(reading, "dns").map((record) => record.answers), [
      ["web.example.com", "2001:db8:6f::123:1"],
    ]);
  }
});

Deno.test("an answer whose question was not seen is turned round when it comes from the server", async () => {
  const answer = { version: 2, type: "answer", id: 7, rcode: "NXDOMAIN", rrname: "gone.example", rrtype: "AAAA" };
  const fromServer = { src_ip: "10.0.0.1", src_port: 53, dest_ip: "10.0.0.5", dest_port: 35790, proto: "UDP" };
  const [record] = ofKind(await readFile(jsonLines(event(1, "dns", { ...fromServer, dns: answer }))), "dns");
  assert.deepEqual(
    [record!.orig_h, record!.orig_p, record!.resp_h, record!.resp_p, record!.rcode, record!.rcode_name, record!.rtt],
    ["10.0.0.5", 35790, "10.0.0.1", 53, 3, "NXDOMAIN", undefined],
  );
});

Deno.test("a question that nobody answers is told after ten seconds, the same question twice twice", async () => {
  const question = event(1, "dns", { ...DNS, dns: { type: "query", id: 7, rrname: "lost.example", rrtype: "A" } });
  const others = Array.from({ length: 60 }, (_, i) => event(2 + i, "flow", { flow: {} }));
  const reading = await readFile(jsonLines(question, question, ...others));
  assert.equal(ofKind(reading, "dns").length, 2);
  const at = reading.records.findIndex(({ kind }) => kind === "dns");
  assert.equal(reading.clocks[at], NOON + 49, "fifty events later, because lines may be out of order");
  const early = await readFile(jsonLines(question, event(2, "flow", { flow: {} })));
  assert.deepEqual(early.records.map(({ kind }) => kind), ["conn", "dns"], "the end of the input ends the wait");
});

Deno.test("a request with its reply", async () => {
  const [record] = ofKind(
    await readFile(jsonLines(event(1, "http", {
      dest_port: 80,
      tx_id: 2,
      http: {
        hostname: "www.example.com",
        url: "/a?b",
        http_user_agent: "curl/8",
        http_method: "GET",
        http_refer: "http://example.com/",
        http_content_type: "text/HTML; charset=utf-8",
        protocol: "HTTP/1.1",
        status: 404,
        length: 47,
      },
    }))),
    "http",
  );
  assert.deepEqual(setFields(record), {
    kind: "http",
    ts: NOON + 1,
    uid: "1374195536821504",
    orig_h: "10.0.0.5",
    orig_p: 50000,
    resp_h: "198.51.100.7",
    resp_p: 80,
    trans_depth: 3,
    method: "GET",
    host: "www.example.com",
    uri: "/a?b",
    referrer: "http://example.com/",
    version: "1.1",
    user_agent: "curl/8",
    request_body_len: 0,
    response_body_len: 47,
    status_code: 404,
    resp_mime_types: ["text/html"],
  });
});

Deno.test("a TLS event is a handshake and the certificate in it, its names written as Zeek writes them", async () => {
  const reading = await readFile(jsonLines(event(1, "tls", {
    tls: {
      subject: "C=US, O=Example, Inc, CN=www.example.com",
      issuerdn: "C=BE, O=CA, CN=Example CA",
      serial: "17:8E",
      fingerprint: "2D:d1:9f",
      sni: "www.example.com",
      version: "TLS 1.2",
      notbefore: "2020-03-19T09:44:08",
      notafter: "2022-03-20T09:44:08",
      ja3: { hash: "b7202231", string: "770" },
      ja3s: { hash: "ad90cab7", string: "770" },
    },
  })));
  const [ssl] = ofKind(reading, "ssl");
  const [x509] = ofKind(reading, "x509");
  assert.deepEqual(
    [ssl!.version, ssl!.server_name, ssl!.ja3, ssl!.ja3s, ssl!.established, ssl!.cert_chain_fps],
    ["TLSv12", "www.example.com", "b7202231", "ad90cab7", true, ["2dd19f"]],
  );
  assert.deepEqual([ssl!.subject, ssl!.issuer], [
    "CN=www.example.com,O=Example\\, Inc,C=US",
    "CN=Example CA,O=CA,C=BE",
  ]);
  assert.deepEqual([x509!.fingerprint, x509!["certificate.serial"]], ["2dd19f", "178E"]);
  assert.equal(x509!["certificate.not_valid_after"], Date.UTC(2022, 2, 20, 9, 44, 8) / 1000);
});

Deno.test("the source of a file is who sent it: mostly the server", async () => {
  const info = { filename: "/a.exe", state: "CLOSED", size: 47, md5: "aa", sha256: "bb" };
  const down = { src_ip: "198.51.100.7", src_port: 8080, dest_ip: "10.0.0.5", dest_port: 1900 };
  const [plain, upload, said] = ofKind(
    await readFile(jsonLines(
      event(1, "fileinfo", {
        ...down,
        app_proto: "http",
        http: { http_port: 8080, http_content_type: "text/html" },
        fileinfo: info,
      }),
      event(2, "fileinfo", { app_proto: "smtp", fileinfo: info }),
      event(3, "fileinfo", {
        direction: "to_client",
        src_port: 50000,
        dest_port: 80,
        fileinfo: { ...info, state: "TRUNCATED" },
      }),
    )),
    "files",
  );
  assert.deepEqual([plain!.orig_h, plain!.resp_p, plain!.is_orig, plain!.mime_type], [
    "10.0.0.5",
    8080,
    false,
    "text/html",
  ]);
  assert.deepEqual([plain!.md5, plain!.sha256, plain!.seen_bytes, plain!.total_bytes], ["aa", "bb", 47, 47]);
  assert.deepEqual([upload!.orig_h, upload!.is_orig, upload!.source], ["10.0.0.5", true, "SMTP"]);
  assert.deepEqual([said!.orig_h, said!.is_orig, said!.total_bytes], ["198.51.100.7", false, undefined]);
});

Deno.test("log-ins by SSH and mails", async () => {
  const reading = await readFile(jsonLines(
    event(1, "ssh", {
      dest_port: 22,
      ssh: { client: { proto_version: "2.0", software_version: "OpenSSH_8.1" }, server: { software_version: "x" } },
    }),
    event(2, "smtp", {
      dest_port: 25,
      smtp: { helo: "pc", mail_from: "<a@example.com>", rcpt_to: ["<b@example.com>"] },
      email: { subject: "hi" },
    }),
  ));
  const [ssh] = ofKind(reading, "ssh");
  assert.deepEqual([ssh!.version, ssh!.client, ssh!.server, ssh!.auth_success], [
    2,
    "SSH-2.0-OpenSSH_8.1",
    "SSH-2.0-x",
    undefined,
  ]);
  const [smtp] = ofKind(reading, "smtp");
  assert.deepEqual([smtp!.helo, smtp!.mailfrom, smtp!.rcptto, smtp!.subject], [
    "pc",
    "a@example.com",
    ["b@example.com"],
    "hi",
  ]);
});

Deno.test("an alert is a notice that says the rule, how severe it is and what Suricata did", async () => {
  const alert = {
    action: "allowed",
    gid: 1,
    signature_id: 2403388,
    rev: 66418,
    signature: "ET CINS Poor Reputation",
    category: "Misc Attack",
    severity: 2,
  };
  const [notice] = ofKind(await readFile(jsonLines(event(1, "alert", { alert }))), "notice");
  assert.deepEqual(setFields(notice), {
    kind: "notice",
    ts: NOON + 1,
    uid: "1374195536821504",
    orig_h: "10.0.0.5",
    orig_p: 50000,
    resp_h: "198.51.100.7",
    resp_p: 443,
    proto: "tcp",
    note: "Suricata::Alert",
    msg: "ET CINS Poor Reputation",
    sub: "1:2403388:66418 Misc Attack",
    src: "10.0.0.5",
    dst: "198.51.100.7",
    p: 443,
    n: 2,
    actions: ["allowed"],
  });
});

Deno.test("an anomaly is an oddity; other events are counted by their type; broken ones are located", async () => {
  const anomaly = {
    app_proto: "http",
    type: "applayer",
    event: "APPLAYER_DETECT_PROTOCOL_ONLY_ONE_DIRECTION",
    layer: "proto_detect",
  };
  const reading = await readFile(jsonLines(
    event(1, "anomaly", { anomaly }),
    event(2, "stats", { stats: {} }),
    { event_type: "toString" },
    event(3, "flow", { src_ip: "here" }),
    event(4, "flow", { timestamp: "yesterday" }),
    event(5, "dns", { dns: {} }),
    { timestamp: "x" },
  ));
  assert.equal(ofKind(reading, "weird")[0]!.name, "APPLAYER_DETECT_PROTOCOL_ONLY_ONE_DIRECTION");
  assert.deepEqual({ ...reading.end.counters.ignored }, { stats: 1, toString: 1 });
  assert.deepEqual(complaints(reading), [
    "line 4: has no usable addresses (src_ip, dest_ip)",
    "line 5: has no usable timestamp",
    "line 6: is a DNS event of neither a question nor an answer",
    "line 7: is no event of Suricata (no event_type)",
  ]);
});

Deno.test("events of packets without readable addresses are counted, and broken ones are broken", async () => {
  const anomaly = { type: "decode", event: "decoder.ipv4.trunc_pkt" };
  const { src_ip: _src, dest_ip: _dest, ...without } = event(1, "anomaly", { anomaly }) as Record<string, unknown>;
  const reading = await readFile(jsonLines(without, { ...without, event_type: "flow" }));
  assert.deepEqual({ ...reading.end.counters.ignored }, { "anomaly without addresses": 1 });
  assert.deepEqual(complaints(reading), ["line 2: has no usable addresses (src_ip, dest_ip)"]);
});
