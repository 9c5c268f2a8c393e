// Text from paste sites, over HTTP and over TLS.

import assert from "node:assert/strict";
import { pastebinDownload } from "../../detectors/pastebin-download.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const ends = { ts: T, orig_h: "192.168.1.10", orig_p: 40_000, resp_h: "104.20.29.150", resp_p: 80 };

function get(fields: Partial<RecordOf<"http">> = {}): RecordOf<"http"> {
  const usual = { method: "GET", host: "pastebin.com", uri: "/raw/Xy12", response_body_len: 1800 };
  return record("http", { ...ends, trans_depth: 1, ...usual, ...fields });
}

/** A TLS session with the name and the connection that it is in. */
function session(server_name: string | undefined, resp_bytes: number | undefined): AnyRecord[] {
  const ssl = record("ssl", { ...ends, resp_p: 443, server_name });
  return [ssl, conn({ ...ends, resp_p: 443, uid: ssl.uid, resp_bytes })];
}

function count(records: AnyRecord[], options = {}): number {
  return watch([pastebinDownload], records, options).length;
}

proof("pastebin_download", "a text of 1,800 bytes fetched by HTTP is told", () => {
  const request = get();
  assert.deepEqual(watch([pastebinDownload], [request]).map(told), [{
    type: "pastebin_download",
    threat: "info",
    confidence: 1,
    attacker: "src ip 192.168.1.10",
    victim: "dst domain pastebin.com",
    profile: "192.168.1.10",
    window: 1,
    timestamp: T,
    uids: [request.uid],
    src_port: 40_000,
    dst_port: 80,
    description: "Pastebin download: 192.168.1.10 fetched 0.0018 MB from pastebin.com (104.20.29.150), where malware " +
      "keeps orders and further parts",
  }]);
});

twin(
  "pastebin_download",
  "an empty page, a text that is sent there, and the same text from elsewhere are no download",
  () => {
    assert.equal(count([get({ response_body_len: 700 }), get({ response_body_len: undefined })]), 0);
    assert.equal(count([get({ method: "POST" }), get({ host: "bin.example.com" })]), 0);
    assert.equal(count(session("www.example.com", 90_000)), 0);
  },
);

Deno.test("700 bytes are none, one more is", () => {
  assert.equal(count([get({ response_body_len: 701 })]), 1);
});

Deno.test("a server is a paste site by the name that led to it as well", () => {
  const answer = record("dns", {
    ...ends,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query: "Pastebin.com",
    qtype_name: "A",
    rcode_name: "NOERROR",
    answers: ["104.20.29.150"],
  });
  assert.equal(count([get({ host: "104.20.29.150" })]), 0);
  assert.equal(count([answer, get({ host: "104.20.29.150" })]), 1);
});

Deno.test("D7: over TLS the name and the size of the connection tell it, once it has ended", () => {
  const [ssl, ended] = session("pastebin.com", 21_000);
  const [evidence] = watch([pastebinDownload], [ssl!, ended!]);
  assert.deepEqual([evidence!.uids, evidence!.dst_port], [[(ssl as RecordOf<"ssl">).uid], 443]);
  assert.match(evidence!.description, /fetched 0\.021 MB from pastebin\.com/);
  assert.equal(count([ssl!]), 0, "the size is not known yet");
  assert.equal(count(session("pastebin.com", 5000)), 0, "certificates alone");
  assert.equal(count(session("pastebin.com", 5001)), 1);
  assert.equal(count(session("pastebin.com", undefined)), 0);
  assert.equal(count(session(undefined, 90_000)), 0);
});

Deno.test("over QUIC as over TLS", () => {
  const quic = record("quic", { ...ends, resp_p: 443, server_name: "pastebin.com" });
  assert.equal(count([quic, conn({ ...ends, resp_p: 443, proto: "udp", uid: quic.uid, resp_bytes: 21_000 })]), 1);
});

Deno.test("what counts as a paste site can be set", () => {
  const settings = { "pastebin-download": { names: ["paste.example"] } };
  assert.equal(count([get()], { settings }), 0);
  assert.equal(count([get({ host: "www.Paste.example" })], { settings }), 1);
});
