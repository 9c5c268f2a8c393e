import assert from "node:assert/strict";
import { zeekHeader, zeekJsonLine, zeekTsvLine } from "../../../../agent/export/zeek-log.ts";
import { type AnyRecord, fieldsOf } from "../../../../agent/record/schema.ts";
import type { LabelledConnection } from "../../../../agent/source/record-reader.ts";
import { bytesOf, complaints, ofKind, readFile, setFields } from "../records.ts";

const CONN_FIELDS =
  "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig tunnel_parents";
const CONN_LINE =
  "1655071198.444458 CHLXQF2OBY4onAR0Ug 10.0.0.5 62771 40.74.108.123 443 tcp ssl 1.135424 1596 4039 SF T (empty)";

/** A log with Zeek's usual header; columns are parted by blanks here and tabs there. */
function log(path: string, fields: string, ...lines: string[]): string {
  const tabs = (line: string) => line.replaceAll(" ", "\t");
  return [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    `#path\t${path}`,
    "#open\t2022-06-17-00-00-07",
    `#fields\t${tabs(fields)}`,
    ...lines.map(tabs),
    "#close\t2022-06-18-00-00-00",
    "",
  ].join("\n");
}

Deno.test("a connection has numbers, truth values and lists, not words", async () => {
  const reading = await readFile(log("conn", CONN_FIELDS, CONN_LINE));
  assert.deepEqual(setFields(reading.records[0]), {
    kind: "conn",
    ts: 1655071198.444458,
    uid: "CHLXQF2OBY4onAR0Ug",
    orig_h: "10.0.0.5",
    orig_p: 62771,
    resp_h: "40.74.108.123",
    resp_p: 443,
    proto: "tcp",
    service: "ssl",
    duration: 1.135424,
    orig_bytes: 1596,
    resp_bytes: 4039,
    conn_state: "SF",
    local_orig: true,
    tunnel_parents: [],
  });
  assert.deepEqual(reading.end.counters, { read: 1, records: 1, ignored: Object.create(null), broken: 0 });
});

Deno.test("what our own logs say is read back as it was, as text and as JSON", async () => {
  const connection = {
    ts: 1714978800.123456,
    uid: "CwTLJM1KZJrqZJ7Ego",
    orig_h: "192.168.1.7",
    orig_p: 1,
    resp_h: "2001:db8::1",
    resp_p: 2,
  };
  const records: AnyRecord[] = [
    {
      kind: "dns",
      ...connection,
      proto: "udp",
      query: "a-é.example",
      answers: ["192.0.2.1", "TXT 5 a,b c", "-"],
      TTLs: [30, 0.5],
      rejected: false,
      AA: true,
    },
    {
      kind: "http",
      ...connection,
      trans_depth: 1,
      uri: "/back\\slash\\x1b",
      user_agent: "-",
      referrer: "",
      resp_mime_types: ["text/html"],
      tags: [],
    },
    {
      kind: "ssl",
      ...connection,
      subject: "CN=x,O=Example\\, Inc",
      cert_chain_fps: ["aa", "bb"],
      is_DoH: true,
      established: true,
    },
    {
      kind: "smtp",
      ...connection,
      trans_depth: 3,
      rcptto: ["a@example.com", "b@example.com"],
      path: ["10.0.0.1", "2001:db8::2"],
      tls: false,
    },
    {
      kind: "files",
      ts: 1714978800,
      fuid: "F1",
      uid: "C1",
      orig_h: "10.0.0.1",
      orig_p: 1,
      resp_h: "10.0.0.2",
      resp_p: 2,
      analyzers: ["MD5", "PE"],
      md5: "d41d",
    },
    {
      kind: "notice",
      ts: 1714978801,
      note: "Scan::Port_Scan",
      msg: "scanned, it seems",
      src: "10.0.0.1",
      p: 80,
      actions: ["Notice::ACTION_LOG"],
    },
    {
      kind: "arp",
      ts: 1714978802,
      operation: "request",
      src_mac: "00:00:00:00:00:01",
      dst_mac: "ff:ff:ff:ff:ff:ff",
      orig_h: "10.0.0.1",
      resp_h: "10.0.0.2",
      orig_hw: "00:00:00:00:00:01",
      resp_hw: "00:00:00:00:00:00",
      uid: "A1",
    },
    {
      kind: "dhcp",
      ts: 1714978803,
      uids: ["C1", "C2"],
      mac: "00:00:00:00:00:01",
      assigned_addr: "10.0.0.9",
      lease_time: 600,
      msg_types: ["REQUEST", "ACK"],
    },
    {
      kind: "x509",
      ts: 1714978804,
      fingerprint: "ab",
      "certificate.subject": "CN=x",
      "certificate.not_valid_after": 1799999999,
      "san.dns": ["x.example"],
      "basic_constraints.ca": false,
    },
    {
      kind: "software",
      ts: 1714978805,
      host: "10.0.0.1",
      software_type: "SSH::CLIENT",
      name: "OpenSSH",
      "version.major": 8,
      unparsed_version: "OpenSSH_8.1",
    },
    { kind: "weird", ts: 1714978806, name: "odd", addl: "thing", notice: false },
    { kind: "tunnel", ...connection, tunnel_type: "Tunnel::GRE", action: "Tunnel::DISCOVER" },
    { kind: "ntp", ...connection, version: 4, mode: 3, stratum: 2, poll: 64 },
  ];
  for (const record of records) {
    const text = [...zeekHeader(record.kind, record.ts), zeekTsvLine(record)].join("\n");
    assert.deepEqual((await readFile(text)).records, [record], record.kind);
    assert.deepEqual((await readFile(zeekJsonLine(record))).records, [record], `${record.kind} as JSON`);
  }
});

Deno.test("every field of a connection goes to its own place", async () => {
  const values: Record<string, unknown> = { kind: "conn" };
  for (const [i, { name, type }] of fieldsOf("conn").entries()) {
    values[name] = type === "addr"
      ? `10.0.0.${i}`
      : type === "bool"
      ? i % 2 === 0
      : type === "set[string]"
      ? [`C${i}`]
      : i;
    if (type === "string" || type === "enum") values[name] = `text ${i}`;
  }
  const record = values as unknown as AnyRecord;
  const text = [...zeekHeader("conn", 0), zeekTsvLine(record)].join("\n");
  for (const file of [text, zeekJsonLine(record)]) assert.deepEqual((await readFile(file)).records, [record]);
});

Deno.test("a header says what parts the columns and what stands for nothing", async () => {
  const text = "#separator \\x7c\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|NONE\n#path|dns\n" +
    "#fields|ts|uid|id.orig_h|id.orig_p|id.resp_h|id.resp_p|proto|query|answers|AA\n" +
    "1.5|C1|10.0.0.5|5353|10.0.0.1|53|udp|a.example|192.0.2.1;192.0.2.2|NONE\n2.5|C2|10.0.0.5|5354|10.0.0.1|53|udp|-|EMPTY|F\n";
  const [first, second] = ofKind(await readFile(text), "dns");
  assert.deepEqual([first!.answers, first!.AA], [["192.0.2.1", "192.0.2.2"], undefined]);
  assert.deepEqual([second!.query, second!.answers, second!.AA], ["-", [], false]);
});

Deno.test("escapes are undone, but for bytes that are no printable text", async () => {
  const fields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth uri user_agent host";
  const line = String.raw`1.5 C1 10.0.0.5 1000 10.0.0.1 80 1 /\x09\x1b[2J \xc3\xa9t\xc3\xa9\xff a\\b\x2c`;
  const [record] = ofKind(await readFile(log("http", fields, line)), "http");
  assert.deepEqual([record!.uri, record!.user_agent, record!.host], ["/\\x09\\x1b[2J", "été\\xff", "a\\b,"]);
});

Deno.test("the labels of a data set stand beside the connection", async () => {
  const fields = `${CONN_FIELDS} label detailedlabel`;
  const [malicious, background] = (await readFile(
    log("conn", fields, `${CONN_LINE} Malicious External-Attack`, `${CONN_LINE} Background (empty)`),
  )).records as LabelledConnection[];
  assert.deepEqual([malicious!.label, malicious!.detailedlabel], ["Malicious", "External-Attack"]);
  assert.deepEqual([background!.label, "detailedlabel" in background!], ["Background", false]);
});

Deno.test("labels may be parted by blanks where all else is parted by tabs", async () => {
  const text = log("conn", CONN_FIELDS, CONN_LINE)
    .replace("tunnel_parents\n", "tunnel_parents   label   detailed-label\n")
    .replace("(empty)\n#close", "(empty)   Malicious   PartOfAHorizontalPortScan\n#close");
  const [record] = (await readFile(text)).records as LabelledConnection[];
  assert.deepEqual(
    [record!.tunnel_parents, record!.label, record!.detailedlabel],
    [[], "Malicious", "PartOfAHorizontalPortScan"],
  );
});

Deno.test("files of an older Zeek name who sent and who received: the sender began only if the log says so", async () => {
  const fields = "ts fuid tx_hosts rx_hosts conn_uids source analyzers is_orig md5";
  const [download, upload] = ofKind(
    await readFile(log(
      "files",
      fields,
      "5.0 F1 198.51.100.7 10.0.0.5 C1,C9 HTTP MD5,SHA1 F aa",
      "6.0 F2 10.0.0.5 198.51.100.7 C2 HTTP (empty) T bb",
    )),
    "files",
  );
  assert.deepEqual([download!.orig_h, download!.resp_h, download!.uid], ["10.0.0.5", "198.51.100.7", "C1"]);
  assert.deepEqual([download!.analyzers, upload!.analyzers], [["MD5", "SHA1"], []]);
  assert.deepEqual([upload!.orig_h, upload!.resp_h], ["10.0.0.5", "198.51.100.7"]);
  const newer = log(
    "files",
    "ts fuid uid id.orig_h id.orig_p id.resp_h id.resp_p",
    "5.0 F1 C1 10.0.0.5 1000 198.51.100.7 80",
  );
  assert.deepEqual(setFields(ofKind(await readFile(newer), "files")[0]), {
    kind: "files",
    ts: 5,
    fuid: "F1",
    uid: "C1",
    orig_h: "10.0.0.5",
    orig_p: 1000,
    resp_h: "198.51.100.7",
    resp_p: 80,
  });
});

Deno.test("old words of ssh, dhcp and x509 lead to today's fields", async () => {
  const connection = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p";
  const [ssh] = ofKind(
    await readFile(log("ssh", `${connection} status client`, "1.0 C1 10.0.0.5 1000 10.0.0.1 22 success SSH-2.0-x")),
    "ssh",
  );
  assert.equal(ssh!.auth_success, true);
  const [dhcp] = ofKind(
    await readFile(
      log(
        "dhcp",
        `${connection} mac assigned_ip lease_time`,
        "1.0 C1 0.0.0.0 68 10.0.0.1 67 00:00:00:00:00:01 10.0.0.9 600.0",
      ),
    ),
    "dhcp",
  );
  assert.deepEqual(setFields(dhcp), {
    kind: "dhcp",
    ts: 1,
    uids: ["C1"],
    server_addr: "10.0.0.1",
    mac: "00:00:00:00:00:01",
    assigned_addr: "10.0.0.9",
    lease_time: 600,
  });
  const [x509] = ofKind(await readFile(log("x509", "ts id certificate.subject", "1.0 Fabc CN=x")), "x509");
  assert.equal(x509!.fingerprint, "Fabc");
});

Deno.test("a broken line costs that line, is counted once for every kind of damage and located", async () => {
  const bad = [
    CONN_LINE.replace("10.0.0.5", "not-an-address"),
    "1655071198.444458 C1 10.0.0.5",
    CONN_LINE.replace("1655071198.444458", "99999999999"),
    CONN_LINE.replace("62771", "70000"),
    `${CONN_LINE}\0`,
    CONN_LINE.replace("10.0.0.5", "still-none"),
  ];
  const reading = await readFile(log("conn", CONN_FIELDS, CONN_LINE, ...bad, CONN_LINE));
  assert.equal(reading.records.length, 2);
  assert.deepEqual(reading.end.counters, { read: 8, records: 2, ignored: Object.create(null), broken: 6 });
  assert.deepEqual(complaints(reading), [
    "line 9: has no usable orig_h x2",
    "line 10: has fewer columns than the header names",
    "line 11: has no usable ts",
    "line 12: has no usable orig_p",
    "line 13: holds NUL bytes",
  ]);
});

Deno.test("a line with bytes of another encoding is read, the bytes shown as such", async () => {
  const text = log(
    "http",
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth uri",
    "1.5 C1 10.0.0.5 1000 10.0.0.1 80 1 /caf@",
  );
  const file = bytesOf(text);
  file[file.indexOf(0x40)] = 0xe9;
  const reading = await readFile(file);
  assert.equal(ofKind(reading, "http")[0]!.uri, "/caf\\xe9");
  assert.deepEqual(complaints(reading), ["line 8: is not all UTF-8; the bytes that are not were kept as \\xNN"]);
});

Deno.test("lines without a header are said to be so; a logger that restarts brings a new one", async () => {
  const headless = await readFile(CONN_LINE.replaceAll(" ", "\t") + "\n", { said: "zeek" });
  assert.deepEqual(complaints(headless), ["line 1: has no header (#fields) before it"]);
  const moved = CONN_FIELDS.replace("ts uid", "uid ts");
  const movedLine = CONN_LINE.replace("1655071198.444458 CHLXQF2OBY4onAR0Ug", "C2 1655071199.000000");
  const twice = await readFile(log("conn", CONN_FIELDS, CONN_LINE) + log("conn", moved, movedLine));
  assert.deepEqual(twice.records.map(({ ts }) => ts), [1655071198.444458, 1655071199]);
});

Deno.test("a log that becomes no record is counted by its name", async () => {
  const reading = await readFile(log("sip", "ts uid", "1.0 C1", "2.0 C2"));
  assert.deepEqual({ ...reading.end.counters.ignored }, { sip: 2 });
  assert.deepEqual(complaints(reading), []);
});
