import assert from "node:assert/strict";
import fc from "fast-check";
import { createLineWriter } from "../../../agent/export/line-writer.ts";
import {
  createZeekLogs,
  type ZeekFormat,
  zeekHeader,
  zeekJsonLine,
  zeekTsvLine,
} from "../../../agent/export/zeek-log.ts";
import { type AnyRecord, fieldsOf, type Kind, KINDS, type RecordOf } from "../../../agent/record/schema.ts";
import { START } from "../evidence/evidence.ts";

const conn: RecordOf<"conn"> = {
  kind: "conn",
  ts: START + 0.123456,
  uid: "CwTLJM1KZJrqZJ7Ego",
  orig_h: "192.168.1.7",
  orig_p: 49152,
  resp_h: "2001:db8::1",
  resp_p: 443,
  proto: "tcp",
  service: "ssl",
  duration: 1.5,
  orig_bytes: 0,
  conn_state: "SF",
  local_orig: true,
  local_resp: false,
  tunnel_parents: [],
};

const dns: RecordOf<"dns"> = {
  kind: "dns",
  ts: START + 1,
  uid: "C2",
  orig_h: "192.168.1.7",
  orig_p: 5353,
  resp_h: "192.168.1.1",
  resp_p: 53,
  proto: "udp",
  query: "example.com",
  answers: ["192.0.2.1", "192.0.2.2"],
  TTLs: [30, 0.5],
  rejected: false,
};

/** Files in memory, by name. */
function cabinet() {
  const files = new Map<string, string>();
  return {
    files,
    open(name: string) {
      assert.ok(!files.has(name));
      files.set(name, "");
      const decoder = new TextDecoder();
      return createLineWriter({
        writeSync(bytes) {
          files.set(name, files.get(name)! + decoder.decode(bytes, { stream: true }));
          return bytes.length;
        },
        close() {},
      }, name);
    },
  };
}

function written(format: ZeekFormat, records: readonly AnyRecord[]): Map<string, string> {
  const { files, open } = cabinet();
  const logs = createZeekLogs(format, open);
  logs.write(records.slice(0, 1));
  logs.write(records.slice(1));
  logs.close(START + 3600);
  return files;
}

/** A tab-separated line as a record of columns. */
function columns(record: AnyRecord): Record<string, string> {
  const values = zeekTsvLine(record).split("\t");
  const fields = fieldsOf(record.kind);
  assert.equal(values.length, fields.length);
  return Object.fromEntries(fields.map(({ zeekName }, i) => [zeekName, values[i]!]));
}

Deno.test("a conn.log has Zeek's header, values and end, all in stream time", () => {
  const lines = written("tsv", [conn]).get("zeek/conn.log")!.split("\n");
  assert.deepEqual(lines.slice(0, 6), [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    "#path\tconn",
    "#open\t2024-05-06-07-00-00",
  ]);
  assert.ok(
    lines[6]!.startsWith("#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"),
  );
  assert.ok(lines[7]!.startsWith("#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\t"));
  assert.equal(
    lines[8],
    "1714978800.123456\tCwTLJM1KZJrqZJ7Ego\t192.168.1.7\t49152\t2001:db8::1\t443\ttcp\tssl\t1.500000\t0\t-\tSF\tT\tF" +
      "\t-\t-\t-\t-\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-",
  );
  assert.deepEqual(lines.slice(9), ["#close\t2024-05-06-08-00-00", ""]);
});

Deno.test("as JSON, a record is an object without the fields that are not set, and there is no header", () => {
  const files = written("json", [conn, dns]);
  assert.equal(
    files.get("zeek/conn.log"),
    '{"ts":1714978800.123456,"uid":"CwTLJM1KZJrqZJ7Ego","id.orig_h":"192.168.1.7","id.orig_p":49152,' +
      '"id.resp_h":"2001:db8::1","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1.5,"orig_bytes":0,' +
      '"conn_state":"SF","local_orig":true,"local_resp":false,"tunnel_parents":[]}\n',
  );
  const read = JSON.parse(files.get("zeek/dns.log")!);
  assert.deepEqual([read.answers, read.TTLs, read.rejected], [dns.answers, dns.TTLs, false]);
});

Deno.test("lists are joined by commas", () => {
  const { answers, TTLs, rejected } = columns(dns);
  assert.deepEqual([answers, TTLs, rejected], ["192.0.2.1,192.0.2.2", "30.000000,0.500000", "F"]);
});

Deno.test("every kind has a log of its own, opened with its first record", () => {
  const files = written("tsv", [conn, dns, { ...conn, ts: START + 2 }]);
  assert.deepEqual([...files.keys()], ["zeek/conn.log", "zeek/dns.log"]);
  assert.ok(files.get("zeek/dns.log")!.includes("#open\t2024-05-06-07-00-01\n"));
  assert.equal(files.get("zeek/conn.log")!.split("\n").length, 8 + 2 + 1 + 1);
  assert.deepEqual([...written("json", []).keys()], []);
});

Deno.test("headers of all kinds use Zeek's names: id.orig_h for connections, orig_h for ARP", () => {
  for (const kind of KINDS) {
    const [fields, types] = zeekHeader(kind, START).slice(6).map((line) => line.split("\t"));
    assert.equal(fields?.length, types?.length);
  }
  for (const kind of ["quic", "login", "ntp", "weird"] as const) {
    assert.ok(zeekHeader(kind, START)[6]!.includes("\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"), kind);
  }
  assert.ok(zeekHeader("arp", START)[6]!.includes("\torig_h\tresp_h\t"));
});

Deno.test("what would break a line or be taken for nothing is escaped as Zeek does", () => {
  const query = (text: string) => columns({ ...dns, query: text })["query"];
  assert.equal(query("a\tb\nc\x00"), "a\\x09b\\x0ac\\x00");
  assert.equal(query(""), "(empty)");
  assert.equal(query("-"), "\\x2d");
  assert.equal(query("(empty)"), "\\x28empty)");
  assert.equal(query("--"), "--");
  assert.equal(query("a,b"), "a,b", "a comma only matters in lists");
  assert.equal(columns({ ...dns, answers: ["a,b", "", "-"] })["answers"], "a\\x2cb,(empty),\\x2d");
  assert.equal(columns({ ...dns, answers: [] })["answers"], "(empty)");
});

Deno.test("valid UTF-8 stays; escaped bytes of the wire stay; any other backslash is escaped", () => {
  const query = (text: string) => columns({ ...dns, query: text })["query"];
  assert.equal(query("zürich.example"), "zürich.example");
  assert.equal(query("\\xff\\x0a"), "\\xff\\x0a");
  assert.equal(query("C:\\windows\\x"), "C:\\\\windows\\\\x");
  assert.equal(query("\u0085\u202e"), "\\xc2\\x85\\xe2\\x80\\xae");
});

Deno.test("numbers that are none are not set", () => {
  assert.equal(columns({ ...conn, duration: NaN })["duration"], "-");
  assert.equal(JSON.parse(zeekJsonLine({ ...conn, duration: Infinity })).duration, undefined);
});

/** A value that a field of that Zeek type could hold, hostile text included. */
function anyValue(type: string): fc.Arbitrary<unknown> {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("-", "(empty)", "", "\x1b]0;x\x07"),
  );
  if (/^(vector|set)\[/.test(type)) return fc.array(anyValue(type.replace(/^\w+\[|\]$/g, "")), { maxLength: 4 });
  if (type === "bool") return fc.boolean();
  if (type === "count" || type === "port") return fc.nat();
  if (type === "time" || type === "interval" || type === "double") return fc.double({ min: 0, max: 4e9, noNaN: true });
  return text;
}

const anyRecord = fc.constantFrom(...KINDS).chain((kind: Kind) =>
  fc.record(
    Object.fromEntries(fieldsOf(kind).map(({ name, type }) => [name, anyValue(type)])),
    { requiredKeys: fieldsOf(kind).filter(({ required }) => required).map(({ name }) => name) },
  ).map((fields) => ({ kind, ...fields }) as unknown as AnyRecord)
);

Deno.test("property: a record of any kind and content is one line with one value for every field", () => {
  fc.assert(fc.property(anyRecord, (record) => {
    const line = zeekTsvLine(record);
    assert.doesNotMatch(line.replaceAll("\t", ""), /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
    for (const [name, value] of Object.entries(columns(record))) assert.notEqual(value, "", name);
    const json = zeekJsonLine(record);
    assert.doesNotMatch(json, /[\p{Cc}\p{Zl}\p{Zp}]/u);
    const read = JSON.parse(json);
    const values = record as unknown as Record<string, unknown>;
    for (const { name, zeekName, type } of fieldsOf(record.kind)) {
      if (type === "string" || type === "count" || type === "bool") assert.equal(read[zeekName], values[name], name);
    }
  }));
});

Deno.test("property: the same records make the same files, however they come in batches", () => {
  fc.assert(fc.property(fc.array(anyRecord, { maxLength: 10 }), fc.constantFrom("tsv", "json"), (records, format) => {
    const { files, open } = cabinet();
    const logs = createZeekLogs(format, open);
    for (const record of records) logs.write([record]);
    logs.close(START + 3600);
    assert.deepEqual([...files], [...written(format, records)]);
  }));
});
