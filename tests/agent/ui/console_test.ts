// What a person, a pipe and a program are shown.

import assert from "node:assert/strict";
import type { ProfileAccount, TypeAccount } from "../../../agent/evidence/account.ts";
import type { Alert } from "../../../agent/evidence/evidence.ts";
import { type Summary, summaryOf } from "../../../agent/export/summary.ts";
import { type Console, type ConsoleMode, createConsole } from "../../../agent/ui/console.ts";
import { progressLine } from "../../../agent/ui/progress.ts";
import { plainText } from "../../../agent/export/text.ts";
import { byteSize, timeSpan } from "../../../agent/ui/style.ts";

const T = 1_700_000_000;

function screen(mode: ConsoleMode, colour = false): { console: Console; out: () => string; err: () => string } {
  let out = "";
  let err = "";
  const console = createConsole(mode, {
    out: (text) => (out += text) !== "",
    err: (text) => (err += text) !== "",
    columns: () => 100,
    colour,
  });
  return { console, out: () => out, err: () => err };
}

const SCAN: TypeAccount = {
  type: "vertical_port_scan",
  stage: "reconnaissance",
  technique: "T1046",
  count: 2,
  first: T + 10,
  last: T + 60,
  total: 1.6,
  highest: 0.8,
  example: "scanned 100 ports",
};

const ALERT: Alert = {
  id: "x",
  updates: undefined,
  new_stages: ["reconnaissance"],
  stages: [{ stage: "reconnaissance", first: T + 10, last: T + 60, findings: [SCAN], more: 0 }],
  profile: "192.168.1.23",
  hostname: "office-pc\x1b[2J\x9b2J",
  window: 1,
  window_start: T,
  window_end: T + 3600,
  timestamp: T + 60,
  score: 15.2,
  threshold: 15,
  confidence: 0.49,
  evidence: ["a", "b"],
  evidence_omitted: 0,
  ordinal: 1,
};

const ACCOUNT: ProfileAccount = {
  profile: "192.168.1.23",
  hostname: "office-pc\x1b[2J\x9b2J",
  alerts: 1,
  evidence: 42,
  windows: [{
    window: 1,
    start: T,
    end: T + 3600,
    alerts: 1,
    confidence: 0.49,
    evidence: [
      {
        ...SCAN,
        type: "http_traffic",
        stage: "command_and_control",
        count: 40,
        first: T,
        last: T + 50,
        total: 0,
        highest: 0,
        example: "plain HTTP",
      },
      SCAN,
    ],
  }],
};

const SUMMARY: Summary = summaryOf({
  version: "1",
  input: { path: "office.pcap", kind: "capture", size: 100, damage: undefined },
  first: T,
  last: T + 7200,
  runSeconds: 0.5,
  packets: 1234567,
  bytes: 1e9,
  records: { conn: 10 },
  drops: { holes: 3 },
  profiles: 5,
  evidence: { by_type: { http_traffic: 40 }, by_level: { info: 40 } },
  lookups: { asked: {}, failed: {}, skipped: 0, remembered: 0 },
  whitelist: { entries: 0, mistakes: 0, evidence: 0, records: 0 },
  alerts: 1,
  profiles_with_alerts: 1,
  detectors: [],
  files: [],
});

function tell(console: Console): void {
  console.started("office.pcap", 100, "out");
  console.progress({ done: 50, size: 100, packets: 1000, records: 10, elapsed: 1, alerts: 0 });
  console.alert(ALERT);
  console.warning("logs/\x1b]0;odd\x07.log is odd.");
  console.note("It is \x9b2J a note.");
  console.finished({ summary: SUMMARY, accounts: [ACCOUNT], alerts: [ALERT], output: "out" });
}

Deno.test("a pipe gets plain lines: no colour, no bar, no control characters from the wire", () => {
  const { console, out, err } = screen("plain");
  tell(console);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(out() + err(), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  assert.match(
    out(),
    /ALERT office-pc\\x1b\[2J\\x9b2J \(192\.168\.1\.23\), confidence 0\.49 \(low\)\n {4}since 22:13 reconnaissance: scanned 100 ports \(2 times\) \[T1046\]\n {4}First: ask who runs this host/,
  );
  assert.match(
    out(),
    /22:13:30 vertical port scan ×2 until 22:14:20, reconnaissance, weight 1\.6\n {4}scanned 100 ports\n/,
  );
  assert.match(out(), /also: http traffic ×40/);
  assert.match(
    out(),
    /1,234,567 packets \(1\.0 GB, 2 h 00 min of traffic\), 10 records, 5 hosts, analysed in 0\.5 s\.\nNot seen or not kept: holes 3\.\n/,
  );
  assert.equal(err(), "logs/\\x1b]0;odd\\x07.log is odd.\n");
});

Deno.test("an update of an alert tells on the terminal only what is new", () => {
  const { console, out } = screen("plain");
  console.alert({ ...ALERT, updates: "x", new_stages: [] });
  assert.match(out(), /ALERT goes on: office-pc/);
  assert.doesNotMatch(out(), /scanned 100 ports/);
});

Deno.test("a terminal gets a bar that alerts do not tear apart", () => {
  const { console, out } = screen("terminal", true);
  tell(console);
  assert.match(out(), /████████████░░░░░░░░░░░░ {2}50 %/);
  assert(out().includes("\r\x1b[K2023-11-14 22:14:20 \x1b[31m\x1b[1mALERT"));
});

Deno.test("a program gets one JSON object and nothing else on standard output", () => {
  const { console, out, err } = screen("json");
  tell(console);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(out(), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  const told = JSON.parse(out());
  assert.equal(told.hosts[0].profile, "192.168.1.23");
  assert.equal(told.summary.alerts, 1);
  assert.equal(err(), "logs/\\x1b]0;odd\\x07.log is odd.\n");
});

Deno.test("quiet says only what is wrong", () => {
  const { console, out, err } = screen("quiet");
  tell(console);
  assert.equal(out(), "");
  assert.equal(err(), "logs/\\x1b]0;odd\\x07.log is odd.\n");
});

Deno.test("the progress line never exceeds the terminal and tells the time left", () => {
  const state = { done: 30e6, size: 120e6, packets: 1e6, records: 10, elapsed: 2, alerts: 1 };
  assert.match(
    progressLine(state, 120),
    / 25 % {2}30\.0 MB of 120\.0 MB {2}1,000,000 packets {2}500,000\/s {2}6\.0 s left {2}1 alert$/,
  );
  for (const width of [0, 10, 40, 80]) assert(progressLine(state, width).length <= width);
});

Deno.test("sizes, spans and hostile text", () => {
  assert.equal(byteSize(999), "999 B");
  assert.equal(byteSize(1_500_000), "1.5 MB");
  assert.equal(timeSpan(5), "5.0 s");
  assert.equal(timeSpan(185), "3 min 05 s");
  assert.equal(timeSpan(7260), "2 h 01 min");
  assert.equal(plainText("a\x07\x9bb"), "a\\x07\\x9bb");
});
