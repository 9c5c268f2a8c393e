import assert from "node:assert/strict";
import fc from "fast-check";
import { planFolder } from "../../../agent/source/folder.ts";
import { layout1, layout2, SYN } from "./nfdump/files.ts";
import { BZIP2, LZ4, LZO, SCAN } from "./nfdump/packed.ts";
import { bytesOf, jsonLines, readFile } from "./records.ts";

const TIME = "2024-05-06T12:00:00.000000+0000";
const ENDS = {
  src_ip: "10.0.0.5",
  src_port: 1,
  dest_ip: "10.0.0.6",
  dest_port: 53,
  proto: "UDP",
  flow_id: 1,
  timestamp: TIME,
};

/** One small input of every kind. */
const INPUTS: Readonly<Record<string, Uint8Array>> = {
  tsv: bytesOf(
    "#separator \\x09\n#set_separator\t,\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tanswers\tTTLs\n" +
      "1.5\tC1\t10.0.0.5\t5353\t2001:db8::1\t53\tudp\ta\\x2c\\xc3\\xa9.example\t192.0.2.1,b\t30.000000,1.0\n".repeat(3),
  ),
  json: bytesOf(
    jsonLines({
      ts: 1,
      uid: "C1",
      "id.orig_h": "10.0.0.5",
      "id.orig_p": 1,
      "id.resp_h": "10.0.0.6",
      "id.resp_p": 2,
      proto: "tcp",
      conn_state: "S0",
      duration: 0.5,
    }),
  ),
  eve: bytesOf(jsonLines(
    { ...ENDS, event_type: "dns", dns: { type: "query", id: 1, rrname: "a.example", rrtype: "A" } },
    {
      ...ENDS,
      event_type: "dns",
      dns: {
        version: 2,
        type: "answer",
        id: 1,
        rcode: "NOERROR",
        rrname: "a.example",
        rrtype: "A",
        answers: [{ rdata: "192.0.2.1", ttl: 5 }],
      },
    },
    {
      ...ENDS,
      event_type: "tls",
      tls: { subject: "CN=x, O=y", version: "TLS 1.2", fingerprint: "aa:bb", ja3: { hash: "x" } },
    },
    { ...ENDS, event_type: "fileinfo", http: { http_port: 53 }, fileinfo: { filename: "/", size: 1 } },
    { ...ENDS, event_type: "ssh", ssh: { client: { proto_version: "2.0", software_version: "x" } } },
    { ...ENDS, event_type: "alert", alert: { signature: "x", severity: 1 } },
  )),
  argus: bytesOf(
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts\n2024/05/06 12:00:00.5,1,tcp,10.0.0.5,0x01,<-,10.0.0.6,2,S_A,3\n",
  ),
  "nfdump 1": layout1(SCAN.slice(0, 3)),
  "nfdump 2": layout2([...SCAN.slice(0, 3), {
    at: 1,
    src: "2001:db8::1",
    dst: "2001:db8::2",
    flags: SYN,
    out: [1, 2],
    mac: "00:00:00:00:00:01",
  }]),
  lzo: layout2(SCAN, { packing: 1, packed: LZO }),
  bzip2: layout2(SCAN, { packing: 2, packed: BZIP2 }),
  lz4: layout2(SCAN, { packing: 3, packed: LZ4 }),
};

/** Bytes, numbers and words that parsers may stumble over. */
const AWKWARD = fc.oneof(
  fc.constantFrom(0, 1, 9, 10, 13, 34, 35, 44, 45, 58, 92, 123, 127, 128, 194, 239, 255).map((byte) =>
    Uint8Array.of(byte)
  ),
  fc.constantFrom(
    "1e999",
    "-0",
    "null",
    "[]",
    "{}",
    "[[[[",
    "\\u0000",
    "\\x",
    "__proto__",
    "constructor",
    "(empty)",
    "0x",
  ).map(bytesOf),
  fc.uint8Array({ maxLength: 6 }),
);

for (const [name, file] of Object.entries(INPUTS)) {
  Deno.test(`damage anywhere in ${name} never throws, and pieces of any size tell the same`, async () => {
    assert.ok((await readFile(file)).records.length > 0);
    const damage = fc.array(fc.tuple(fc.nat(file.length), AWKWARD, fc.nat(4)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 1, max: 300 }), async (places, pieceBytes) => {
        let bytes = file;
        for (const [at, put, lose] of places) {
          bytes = Uint8Array.from([
            ...bytes.subarray(0, at),
            ...put,
            ...bytes.subarray(Math.min(bytes.length, at + lose)),
          ]);
        }
        const whole = await readFile(bytes);
        const pieces = await readFile(bytes, { pieceBytes });
        assert.deepEqual(pieces.records, whole.records);
        assert.deepEqual(pieces.end.counters, whole.end.counters);
        for (const { ts } of whole.records) assert.ok(ts >= 0 && ts < 2 ** 32);
        planFolder([{ name, first: bytes }]);
      }),
      // The example put a time into the year 2106 and later, which once went unnoticed.
      { numRuns: 60, examples: [[[[743, Uint8Array.from([128]), 4]], 1]] },
    );
  });
}

Deno.test("any bytes at all are something or nothing, and never throw", async () => {
  const said = fc.constantFrom(undefined, "zeek", "suricata", "argus", "nfdump", "capture") as fc.Arbitrary<
    "zeek" | undefined
  >;
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), said, async (bytes, word) => {
      const { end, records, packets } = await readFile(bytes, word === undefined ? {} : { said: word });
      assert.ok(end.unreadable.length > 0 || end.capture !== undefined || end.formats.length > 0);
      assert.ok(records.length + packets <= bytes.length);
    }),
    { numRuns: 300 },
  );
});
