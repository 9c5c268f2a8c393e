// Much data that leaves: at once, in pieces, and to whom it may.

import assert from "node:assert/strict";
import { CONNECTIONS_NOTED, dataUpload, UIDS_KEPT } from "../../detectors/data-upload.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const START = 1_700_000_000;
const HOST = "10.0.0.5";
const CLOUD = "198.51.100.7";
const MB = 1_000_000;

function upload(orig_bytes: number | undefined, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return conn({ ts: START, orig_h: HOST, resp_h: CLOUD, orig_bytes, ...fields });
}

function found(records: readonly AnyRecord[], options = {}) {
  return watch([dataUpload], records, options);
}

/** The sentences on the source's side. */
const sentences = (records: readonly AnyRecord[], options = {}) =>
  found(records, options).filter(({ attacker }) => attacker.direction === "src").map(({ description }) => description);

proof("data_upload", "one connection that sends 100 MB is told on both ends", () => {
  const backup = upload(100 * MB);
  const common = {
    type: "data_upload",
    confidence: 0.6,
    window: 1,
    timestamp: START,
    uids: [backup.uid],
    related: 1,
    description: "Large data upload. 10.0.0.5 sent 100 MB to 198.51.100.7 in one connection",
  };
  assert.deepEqual(found([backup]).map(told), [
    { ...common, threat: "info", attacker: "src ip 10.0.0.5", profile: HOST },
    { ...common, threat: "high", attacker: "dst ip 198.51.100.7", profile: CLOUD },
  ]);
});

Deno.test("D17: the destination's side is told though nothing else is known of it, and each side names the other", () => {
  const [source, destination] = found([upload(100 * MB)]);
  assert.equal(destination!.profile, CLOUD);
  assert.equal(destination!.window, source!.window);
  assert.deepEqual(source!.related, [destination!.id]);
  assert.deepEqual(destination!.related, [source!.id]);
});

twin("data_upload", "a byte less than 100 MB, or 100 MB received, is no upload", () => {
  assert.deepEqual(found([upload(100 * MB - 1)]), []);
  assert.deepEqual(found([upload(0, { resp_bytes: 800 * MB }), upload(undefined)]), []);
});

Deno.test("500 MB in pieces are told as soon as they are complete, with all the pieces", () => {
  const pieces = Array.from({ length: 6 }, (_, n) => upload(90 * MB, { ts: START + n * 60 }));
  const evidence = found(pieces);
  assert.equal(evidence.length, 2);
  const [source, destination] = evidence;
  assert.equal(source!.description, "Large data upload. 10.0.0.5 sent 540 MB to 198.51.100.7 in this time window");
  assert.equal(source!.timestamp, START + 5 * 60);
  assert.deepEqual(source!.uids, pieces.map(({ uid }) => uid));
  assert.deepEqual([source!.threat, destination!.threat], ["info", "high"]);
  assert.deepEqual([source!.attacker.direction, destination!.attacker.direction], ["src", "dst"]);
  assert.deepEqual(found(pieces.slice(1)), [], "450 MB are not enough");
});

Deno.test("exactly 500 MB are enough", () => {
  const pieces = (last: number) => [...Array.from({ length: 10 }, () => upload(49 * MB)), upload(last)];
  assert.deepEqual(found(pieces(10 * MB - 1)), []);
  assert.equal(sentences(pieces(10 * MB)).length, 1);
});

Deno.test("a sum is told once for a destination and window, and again in the next", () => {
  const many = Array.from({ length: 30 }, (_, n) => upload(50 * MB, { ts: START + n }));
  assert.equal(sentences(many).length, 1);
  const next = many.map((piece) => ({ ...piece, ts: piece.ts + 3600 }));
  assert.equal(sentences([...many, ...next]).length, 2);
});

Deno.test("what was sent in another window or to another host does not count", () => {
  const hosts = Array.from({ length: 30 }, (_, n) => upload(90 * MB, { resp_h: `198.51.100.${n % 6}` }));
  assert.equal(sentences(hosts.slice(0, 29)).length, 0);
  const windows = Array.from({ length: 10 }, (_, n) => upload(90 * MB, { ts: START + Math.floor(n / 5) * 3600 }));
  assert.deepEqual(found(windows), []);
});

Deno.test("one huge connection is told as such and as the sum of its window", () => {
  assert.deepEqual(sentences([upload(600 * MB)]), [
    "Large data upload. 10.0.0.5 sent 600 MB to 198.51.100.7 in one connection",
    "Large data upload. 10.0.0.5 sent 600 MB to 198.51.100.7 in this time window",
  ]);
});

Deno.test("private hosts count; the gateway, multicast groups and link-local addresses do not", () => {
  assert.equal(sentences([upload(200 * MB, { resp_h: "10.0.0.9" })]).length, 1);
  const gateway = record("notice", { ts: START, note: "Gateway_addr_identified", src: "10.0.0.1" });
  for (const resp_h of ["10.0.0.1", "239.1.2.3", "ff05::7", "169.254.3.4", "fe80::1", "240.0.0.1"]) {
    assert.deepEqual(found([gateway, ...Array.from({ length: 6 }, () => upload(200 * MB, { resp_h }))]), [], resp_h);
  }
});

Deno.test("of very many pieces the first are shown, and the one that completed the sum", () => {
  const pieces = Array.from({ length: 500 }, () => upload(MB));
  const uids = pieces.map(({ uid }) => uid);
  assert.deepEqual(found(pieces)[0]!.uids, [...uids.slice(0, UIDS_KEPT), uids[499]]);
});

Deno.test("a busy host's connections are summed up long before they are much, and none is lost by that", () => {
  const busy = Array.from({ length: 2 * CONNECTIONS_NOTED }, (_, n) => upload(1000, { resp_h: `198.51.100.${n % 4}` }));
  const small = busy.filter(({ resp_h }) => resp_h === "198.51.100.2");
  const left = 500 * MB - small.length * 1000;
  const large = Array.from({ length: 10 }, () => upload(left / 10, { resp_h: "198.51.100.2" }));
  assert.deepEqual(found([...busy, ...large.slice(1), upload(left / 10 - 1, { resp_h: "198.51.100.2" })]), []);
  const [source] = found([...busy, ...large]);
  assert.deepEqual(source!.uids, [...small.slice(0, UIDS_KEPT), large.at(-1)!].map(({ uid }) => uid));
});

Deno.test("D25: with both directions watched it is told once", () => {
  assert.equal(found([upload(100 * MB)], { direction: "all" }).length, 2, "one finding, on both ends");
});

Deno.test("what is much can be set", () => {
  const settings = { "data-upload": { connection_megabytes: 1, window_megabytes: 3 } };
  assert.equal(sentences([upload(MB), upload(MB), upload(MB)], { settings }).length, 4);
});
