import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { gzip, network } from "../../craft/craft.ts";
import { createInput } from "../../../agent/source/input.ts";
import { HEADROOM_BYTES } from "../../../agent/source/unpack.ts";
import { describeWarning } from "../../../agent/source/warnings.ts";
import { layout2 } from "./nfdump/files.ts";
import { SCAN } from "./nfdump/packed.ts";
import { bytesOf, complaints, jsonLines, readFile, readStreams, type RecordReading } from "./records.ts";

const CONNECTION = { "id.orig_h": "10.0.0.5", "id.orig_p": 40042, "id.resp_h": "198.51.100.7", "id.resp_p": 443 };
const conn = (ts: number, duration: number) => ({
  ts,
  uid: `C${ts}`,
  ...CONNECTION,
  proto: "tcp",
  conn_state: "SF",
  duration,
});
const dns = (ts: number) => ({
  ts,
  uid: `D${ts}`,
  ...CONNECTION,
  proto: "udp",
  trans_id: 1,
  query: "a.example",
  rejected: false,
});

/** A day of connections and questions, in the order of writing. */
const CONN_LOG = jsonLines(...Array.from({ length: 500 }, (_, i) => conn(1000 + i * 10 - i % 7, i % 7)));
const DNS_LOG = jsonLines(...Array.from({ length: 400 }, (_, i) => dns(1003 + i * 11)));

function order({ records }: RecordReading): string[] {
  return records.map((record) => (record as { uid: string }).uid);
}

Deno.test("the logs of a folder are merged by time, the same way for pieces of any size", async () => {
  const whole = await readStreams([[["conn.log", CONN_LOG]], [["dns.log", DNS_LOG]]]);
  assert.equal(whole.records.length, 900);
  assert.deepEqual(whole.clocks, whole.clocks.toSorted((a, b) => a - b));
  for (const pieceBytes of [97, 4096, 70_000]) {
    const pieces = await readStreams([[["conn.log", CONN_LOG]], [["dns.log", DNS_LOG]]], { pieceBytes });
    assert.deepEqual(order(pieces), order(whole), `${pieceBytes}`);
  }
});

Deno.test("a rotated log is read as one, each part packed in its own way", async () => {
  const lines = CONN_LOG.split("\n");
  const part = (from: number, to: number) => lines.slice(from, to).join("\n") + "\n";
  const rotated = await readStreams([
    [
      ["conn.1.log.gz", gzip(bytesOf(part(0, 200)))],
      ["conn.2.log.zst", zstdCompressSync(part(200, 400))],
      ["conn.3.log", ""],
      ["conn.log", part(400, 500)],
    ],
    [["dns.log", DNS_LOG]],
  ], { pieceBytes: 1000 });
  assert.deepEqual(order(rotated), order(await readStreams([[["conn.log", CONN_LOG]], [["dns.log", DNS_LOG]]])));
  assert.deepEqual(rotated.end.unreadable, [{ file: "conn.3.log", reason: "it is empty" }]);
});

Deno.test("a capture goes through the same door, packed or not", async () => {
  const net = network();
  const pc = net.host("office-pc", "192.168.1.23");
  net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
  const file = net.pcap();
  const plain = await readFile(file, { pieceBytes: 100 });
  assert.ok(plain.packets > 0);
  for (const packed of [gzip(file), zstdCompressSync(file)]) {
    assert.equal((await readFile(packed)).packets, plain.packets);
  }
  assert.equal(plain.end.capture?.kind, "complete");
  const cut = await readFile(file.subarray(0, file.length - 3));
  assert.deepEqual([cut.end.capture?.kind, cut.packets], ["truncated", plain.packets - 1]);
});

Deno.test("a packed log that is cut off is read as far as it goes", async () => {
  const packed = gzip(bytesOf(CONN_LOG));
  const reading = await readFile(packed.subarray(0, packed.length - 200));
  assert.ok(reading.records.length > 300);
  assert.ok(complaints(reading).some((complaint) => complaint.includes("the packed data end too early")));
});

Deno.test("what the user says is believed where the input does not say otherwise", async () => {
  const odd = jsonLines({ ts: 1, a: 1 });
  assert.deepEqual({ ...(await readFile(odd, { said: "zeek" })).end.counters.ignored }, { log: 1 });
  const refused = await readFile(layout2(SCAN), { said: "suricata" });
  assert.deepEqual(refused.end.unreadable, [
    { file: "log", reason: "it is flows of nfdump, version 2, not what it was said to be" },
  ]);
  const nothing = await readFile("some words\n");
  assert.deepEqual(nothing.end.unreadable, [{
    file: "log",
    reason: "it is text, but no log of Zeek, Suricata, Argus or nfdump",
  }]);
});

Deno.test("where the lines do not tell the log, the name of the file may", async () => {
  const bare = jsonLines({ ts: 1, uid: "C1", ...CONNECTION, version: "TLSv12" });
  assert.equal((await readFile(bare)).records.length, 0);
  assert.equal((await readFile(bare, { name: "logs/ssl.2024-05-06.log.gz" })).records[0]!.kind, "ssl");
});

Deno.test("a capture among logs is said, not read", async () => {
  const reading = await readStreams([[["conn.log", CONN_LOG]], [[
    "x",
    Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0),
  ]]]);
  assert.deepEqual(reading.end.unreadable, [{ file: "x", reason: "a capture has to be read by itself" }]);
  assert.equal(reading.records.length, 500);
});

Deno.test("warnings are one sentence for each kind of damage", async () => {
  const reading = await readFile(`${CONN_LOG}no\nno\nno\n`);
  assert.deepEqual(reading.end.warnings.map(describeWarning), ["log, line 501: is no JSON (and 2 more like it)"]);
});

Deno.test("a slow input is read line by line, not only once there is enough of it to be sure", async () => {
  const records: number[] = [];
  const input = createInput({
    streams: [{ files: ["standard input"] }],
    said: "zeek",
    onPacket: () => {},
    onRecord: ({ ts }) => records.push(ts),
  });
  for (const [line, ts] of [[conn(5, 1), 5], [conn(7, 1), 7]] as const) {
    const text = bytesOf(jsonLines(line));
    const buffer = new Uint8Array(HEADROOM_BYTES + text.length);
    buffer.set(text, HEADROOM_BYTES);
    await input.push(0, buffer, HEADROOM_BYTES, buffer.length);
    assert.equal(records.at(-1), ts);
  }
});
