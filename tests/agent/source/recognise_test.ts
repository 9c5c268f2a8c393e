import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { gzip, network } from "../../craft/craft.ts";
import { unpackedBeginning } from "../../../agent/source/beginning.ts";
import { describeFormat, recognise, RECOGNITION_BYTES } from "../../../agent/source/recognise.ts";
import { layout1, layout2 } from "./nfdump/files.ts";
import { SCAN } from "./nfdump/packed.ts";
import { bytesOf, jsonLines } from "./records.ts";

const CONN = { ts: 5.5, uid: "C1", "id.orig_h": "10.0.0.5", proto: "tcp", conn_state: "SF" };
const TSV = "#separator \\x09\n#path\tdns\n#fields\tts\tuid\tquery\tlabel\n7.25\tC1\ta.example\tBenign\n";

Deno.test("every kind of input is told by what is in it", () => {
  const net = network();
  net.arp(net.host("pc", "192.168.1.23"), net.gateway);
  const stories: [content: string | Uint8Array, what: string][] = [
    [net.pcap(), "a packet capture"],
    [net.pcapng(), "a packet capture"],
    [TSV, "a Zeek dns log (tab-separated)"],
    [`\t${TSV}`, "a Zeek dns log (tab-separated)"],
    [`\ufeff${TSV}`, "a Zeek dns log (tab-separated)"],
    ["#separator \\x09\n#fields\tts\tuid\tconn_state\n", "a Zeek conn log (tab-separated)"],
    ["#separator \\x2c\n#set_separator,;\n#path,dns\n#fields,ts,uid,query\n", "a Zeek dns log (tab-separated)"],
    [jsonLines(CONN), "a Zeek conn log (JSON)"],
    [jsonLines({ _path: "dns", ts: 1 }), "a Zeek dns log (JSON)"],
    [`broken\n{"ts":\n${jsonLines(CONN)}`, "a Zeek conn log (JSON)"],
    [jsonLines({ ts: 1, node: "zeek", filter: "ip or not ip" }), "a Zeek log (JSON)"],
    [jsonLines({ timestamp: "2024-05-06T12:00:00.000000+0000", event_type: "stats" }), "events of Suricata (eve.json)"],
    ["StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State\n", "flows of Argus, as text"],
    ["StartTime\tProto\tSrcAddr\tDstAddr\tTotPkts\n", "flows of Argus, as text"],
    [" StartTime  Flgs  Proto  SrcAddr  Sport  Dir  DstAddr  Dport  TotPkts\n", "flows of Argus, as text"],
    ["firstSeen,duration,proto,srcAddr,dstAddr\n", "flows of nfdump, as comma-separated text"],
    ['[\n{\n\t"type" : "FLOW",\n', "flows of nfdump, as JSON"],
    ["Date first seen Duration Proto Src IP Addr:Port Dst IP Addr:Port Packets\n", "flows of nfdump, as a table"],
    [layout1(SCAN), "flows of nfdump, version 1"],
    [layout2(SCAN, { little: false }), "flows of nfdump, version 2"],
    [gzip(bytesOf(TSV)), "packed with gzip"],
    [zstdCompressSync(TSV), "packed with zstd"],
  ];
  for (const [content, what] of stories) assert.equal(describeFormat(recognise(bytesOf(content))), what);
});

Deno.test("the kind, the time of the first line and the labels are known from the beginning", () => {
  const { kind, first, labelled } = recognise(bytesOf(TSV)) as Extract<ReturnType<typeof recognise>, { is: "zeek" }>;
  assert.deepEqual([kind, first, labelled], ["dns", 7.25, true]);
  assert.equal((recognise(bytesOf(jsonLines(CONN))) as { first: number }).first, 5.5);
});

Deno.test("what is nothing of all that is named, with what to do", () => {
  const stories: [content: string | Uint8Array, reason: RegExp][] = [
    ["", /^it is empty$/],
    ["# A heading\n\nSome words, with commas.\n", /^it is text, but no log/],
    ['{"a": 1}\n', /^it is text, but no log/],
    [Uint8Array.of(0xff, 0xfe, 0x7b, 0), /iconv/],
    [bytesOf("SQLite format 3\0"), /SQLite/],
    [Uint8Array.of(0x83, 0x10, 0x00, 0x20, 0, 0), /ra -r FILE/],
    ["<?xml version ?><ArgusDataStream>", /XML/],
    [Uint8Array.of(0x42, 0x5a, 0x68, 0x39), /bzip2 -d/],
  ];
  for (const [content, reason] of stories) {
    const format = recognise(bytesOf(content));
    assert.equal(format.is, "unknown");
    assert.match((format as { reason: string }).reason, reason);
  }
});

Deno.test("the beginning of a packed file is unpacked from its first bytes alone", () => {
  const text = TSV +
    Array.from({ length: 50_000 }, (_, i) => `${i}.5\tC${i * 7919}\thost-${i}.example\tBenign\n`).join("");
  for (const packed of [gzip(bytesOf(text)), zstdCompressSync(text)]) {
    const beginning = unpackedBeginning(packed.subarray(0, RECOGNITION_BYTES))!;
    assert.ok(beginning.length > TSV.length && beginning.length < text.length);
    assert.equal(describeFormat(recognise(beginning)), "a Zeek dns log (tab-separated)");
  }
  assert.equal(unpackedBeginning(Uint8Array.of(0x1f, 0x8b, 1, 2, 3)), undefined);
});
