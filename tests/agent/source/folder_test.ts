import assert from "node:assert/strict";
import { gzip, network } from "../../craft/craft.ts";
import { type FolderEntry, planFolder } from "../../../agent/source/folder.ts";
import { bytesOf, jsonLines } from "./records.ts";

function entry(name: string, content: string | Uint8Array): FolderEntry {
  return { name, first: bytesOf(content) };
}

const conn = (ts: number, more: object = {}) => jsonLines({ ts, uid: "C1", proto: "tcp", conn_state: "SF", ...more });
const dns = (ts: number) => jsonLines({ ts, uid: "C1", proto: "udp", trans_id: 1, query: "a.example" });
const event = jsonLines({ timestamp: "2024-05-06T12:00:00.000000+0000", event_type: "flow" });

Deno.test("rotated logs of one kind are one stream in the order of their times, packed or not, whatever their names", () => {
  const { streams } = planFolder([
    entry("conn.log", conn(400)),
    entry("conn.10:00:00-11:00:00.log.gz", gzip(bytesOf(conn(200)))),
    entry("a-copy", conn(300)),
    entry("conn.2024-05-06.log", conn(100)),
    entry("dns.log", dns(150)),
  ]);
  assert.deepEqual(streams, [
    {
      format: "zeek",
      log: "conn",
      files: ["conn.2024-05-06.log", "conn.10:00:00-11:00:00.log.gz", "a-copy", "conn.log"],
    },
    { format: "zeek", log: "dns", files: ["dns.log"] },
  ]);
});

Deno.test("what is no log is left out and said why", () => {
  const { streams, ignored } = planFolder([
    entry("conn.log", conn(1)),
    entry("README.md", "# Words\n"),
    entry("loaded_scripts.log", jsonLines({ name: "base/init-bare.zeek" })),
    entry("sip.log", "#path\tsip\n#fields\tts\tuid\n"),
    entry("eve.json", event),
    entry("trace.pcap", Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0)),
  ]);
  assert.deepEqual(streams.map(({ log }) => log), ["conn"]);
  assert.deepEqual(Object.fromEntries(ignored.map(({ name, reason }) => [name, reason])), {
    "README.md": "it is text, but no log of Zeek, Suricata, Argus or nfdump",
    "loaded_scripts.log": "no records are made of this log",
    "sip.log": "no records are made of sip log",
    "eve.json": "the folder is read as logs of zeek; name it by itself, or with --suricata, to read it instead",
    "trace.pcap": "the folder is read as logs of zeek; name the capture by itself, or with --pcap, to read it instead",
  });
});

/** A capture whose first packet is at `ts`. */
function capture(ts: number): Uint8Array {
  const net = network({ start: ts });
  net.arp(net.host("pc", "192.168.1.23"), net.gateway);
  return net.pcap();
}

Deno.test("a folder of captures is read by the times of their packets, whatever their names; logs among them go first", () => {
  const entries = [
    entry("a.pcap", capture(1_700_000_200)),
    entry("b.pcap", gzip(capture(1_700_000_100))),
    entry("c", capture(1_700_000_300)),
    entry("empty.pcap", capture(0).subarray(0, 24)),
  ];
  const { streams, ignored } = planFolder(entries);
  assert.deepEqual(streams.map(({ files: [file], from }) => [file, Math.floor(from!)]), [
    ["b.pcap", 1_700_000_100],
    ["a.pcap", 1_700_000_200],
    ["c", 1_700_000_300],
    ["empty.pcap", -Infinity],
  ]);
  assert.deepEqual(ignored, []);
  const mixed = [...entries, entry("eve.json", event)];
  assert.deepEqual(planFolder(mixed).streams.map(({ log }) => log), ["suricata"]);
  assert.equal(planFolder(mixed).ignored.length, 4);
  assert.equal(planFolder(mixed, "capture").streams.length, 4);
});

Deno.test("events of Suricata in files by type, or of several sensors, are logs side by side; numbers are rotation", () => {
  const { streams } = planFolder([
    entry("eve.json.1.gz", gzip(bytesOf(event))),
    entry("eve.json", event),
    entry("eve-dns.json", event),
    entry("eve-flow-2024-05-06.json", event),
    entry("eve-flow-2024-05-07-10.json.gz", gzip(bytesOf(event))),
    entry("eve-2024-05-06-10:00.json", event),
  ]);
  assert.deepEqual(streams.map(({ log, files }) => [log, ...files]), [
    ["suricata", "eve-2024-05-06-10:00.json", "eve.json", "eve.json.1.gz"],
    ["suricata eve-dns", "eve-dns.json"],
    ["suricata eve-flow", "eve-flow-2024-05-06.json", "eve-flow-2024-05-07-10.json.gz"],
  ]);
});

Deno.test("of a log and its labelled copy, the labelled one is read", () => {
  const { streams, ignored } = planFolder([
    entry("conn.log", conn(5)),
    entry("labeled-conn.log", conn(5, { label: "Benign" })),
    entry("conn.later.log", conn(6)),
  ]);
  assert.deepEqual(streams[0]!.files, ["labeled-conn.log", "conn.later.log"]);
  assert.deepEqual(ignored, [{ name: "conn.log", reason: "labeled-conn.log is the same with labels", isUsual: true }]);
});

Deno.test("a folder of nfcapd files or of rotated events is one stream; the order of the entries does not matter", () => {
  const nfcapd = (name: string) => entry(name, Uint8Array.of(0x0c, 0xa5, 2, 0, 0, 0));
  const entries = [nfcapd("nfcapd.202405061205"), nfcapd("nfcapd.202405061200"), entry("notes.txt", "words\n")];
  const plan = planFolder(entries);
  assert.deepEqual(plan.streams, [{
    format: "nfdump",
    log: "nfdump",
    files: ["nfcapd.202405061200", "nfcapd.202405061205"],
  }]);
  assert.deepEqual(planFolder(entries.toReversed()), plan);
  assert.deepEqual(planFolder([entry("eve.json", event)]).streams, [{
    format: "suricata",
    log: "suricata",
    files: ["eve.json"],
  }]);
  assert.deepEqual(planFolder([]), { streams: [], ignored: [] });
});
