import assert from "node:assert/strict";
import { complaints, jsonLines, ofKind, readFile, setFields } from "../records.ts";

const CONNECTION = { "id.orig_h": "10.0.0.5", "id.orig_p": 40042, "id.resp_h": "198.51.100.7", "id.resp_p": 443 };
const CONN = {
  ts: 1664462456.755299,
  uid: "C1",
  ...CONNECTION,
  proto: "tcp",
  conn_state: "SF",
  duration: 2.5,
  orig_pkts: 3,
};

Deno.test("lines of different logs in one stream are told by their fields", async () => {
  const reading = await readFile(jsonLines(
    CONN,
    {
      ts: 1664462457,
      uid: "C2",
      ...CONNECTION,
      proto: "udp",
      trans_id: 7,
      query: "a.example",
      qtype: 1,
      rejected: false,
    },
    { ts: 1664462458, uid: "C1", ...CONNECTION, version: "TLSv12", cipher: "x", established: true },
    { ts: 1664462459, uid: "C3", ...CONNECTION, trans_depth: 1, method: "GET", request_body_len: 0, tags: [] },
    { ts: 1664462460, note: "ICMP::ICMPAddressScan", msg: "10.0.0.5 scans", src: "10.0.0.5", actions: [] },
    {
      ts: 1664462461,
      operation: "request",
      src_mac: "a",
      dst_mac: "b",
      orig_h: "10.0.0.5",
      resp_h: "10.0.0.6",
      orig_hw: "a",
      resp_hw: "b",
    },
  ));
  assert.deepEqual(reading.records.map(({ kind }) => kind).sort(), ["arp", "conn", "dns", "http", "notice", "ssl"]);
  assert.match(ofKind(reading, "arp")[0]!.uid, /^A[0-9A-Za-z]{17}$/);
});

Deno.test("a log sent to a collector names itself and when it was written", async () => {
  const reading = await readFile(
    jsonLines({ _path: "conn", _write_ts: "2022-09-29T15:00:00.500000Z", ...CONN, ts: "2022-09-29T14:40:56.755299Z" }),
  );
  assert.equal(reading.records[0]!.ts, 1664462456.755299);
  assert.deepEqual(reading.clocks, [Date.UTC(2022, 8, 29, 15) / 1000 + 0.5]);
});

Deno.test("names of fields with underscores for points, or as objects in objects, are the same fields", async () => {
  const [pointed] = (await readFile(jsonLines(CONN))).records;
  const underscored = Object.fromEntries(Object.entries(CONN).map(([name, value]) => [name.replace(".", "_"), value]));
  const { ts, uid, proto, conn_state, duration, orig_pkts } = CONN;
  const id = { orig_h: "10.0.0.5", orig_p: 40042, resp_h: "198.51.100.7", resp_p: 443 };
  for (const other of [underscored, { ts, uid, id, proto, conn_state, duration, orig_pkts }]) {
    const reading = await readFile(jsonLines(other));
    assert.deepEqual(complaints(reading), []);
    assert.deepEqual(reading.records, [pointed]);
  }
  const certificate = { ts: 1, fingerprint: "a1", certificate_subject: "CN=a.example", san_dns: ["a.example"] };
  const [record] = ofKind(await readFile(jsonLines(certificate)), "x509");
  assert.deepEqual([record!["certificate.subject"], record!["san.dns"]], ["CN=a.example", ["a.example"]]);
});

Deno.test("times may be milliseconds; a connection is known when it is over", async () => {
  const reading = await readFile(jsonLines({ ...CONN, ts: 1664462456755 }));
  assert.equal(reading.records[0]!.ts, 1664462456.755);
  assert.deepEqual(reading.clocks, [1664462459.255]);
});

Deno.test("control characters never reach a record", async () => {
  const reading = await readFile(
    jsonLines({
      ts: 5,
      uid: "C1",
      ...CONNECTION,
      trans_depth: 1,
      method: "GET",
      request_body_len: 0,
      uri: "/\u001b[2J\n\u0085",
      user_agent: "\ud800",
    }),
  );
  const [record] = ofKind(reading, "http");
  assert.deepEqual([record!.uri, record!.user_agent], ["/\\x1b[2J\\x0a\\xc2\\x85", "\\xef\\xbf\\xbd"]);
});

Deno.test("fields of the wrong type are left out, and without the needed ones there is no record", async () => {
  const odd = { ...CONN, service: { a: 1 }, duration: "long", orig_pkts: -1, local_orig: "T", tunnel_parents: "C0" };
  const [record] = ofKind(await readFile(jsonLines(odd)), "conn");
  assert.deepEqual(setFields(record), {
    kind: "conn",
    ts: 1664462456.755299,
    uid: "C1",
    orig_h: "10.0.0.5",
    orig_p: 40042,
    resp_h: "198.51.100.7",
    resp_p: 443,
    proto: "tcp",
    conn_state: "SF",
    local_orig: true,
    tunnel_parents: ["C0"],
  });
  const missing = await readFile(jsonLines(CONN, { ...CONN, "id.orig_h": 5 }, { ...CONN, ts: null }));
  assert.deepEqual(complaints(missing), ["line 2: has no usable orig_h", "line 3: has no usable ts"]);
});

Deno.test("what is no JSON, no object, or holds NUL bytes costs a line each", async () => {
  const good = jsonLines(CONN);
  const reading = await readFile(`${good}{"ts":1,\n[1,2]\n${good.replace("C1", "C\0")}\n${good.trimEnd()}`);
  assert.equal(reading.records.length, 2);
  assert.deepEqual(complaints(reading), ["line 2: is no JSON", "line 3: is no JSON object", "line 4: holds NUL bytes"]);
});
