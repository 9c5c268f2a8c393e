// Names and versions in banners, and what is reported of them.

import assert from "node:assert/strict";
import type { AnyRecord, Output } from "../../../agent/dissect/analyzer.ts";
import { newSoftwareRegister, SOFTWARE_EXPIRY, SOFTWARE_LIMIT } from "../../../agent/dissect/software.ts";
import { parseSoftware } from "../../../agent/dissect/software-version.ts";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71 Safari/537.36";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1";
const KNOWN: readonly (readonly [string, readonly (string | number | undefined)[]])[] = [
  ["OpenSSH_8.1", ["OpenSSH", 8, 1]],
  ["OpenSSH_8.9p1 Ubuntu-3", ["OpenSSH", 8, 9, undefined, undefined, "p1"]],
  ["Apache/2.4.41 (Ubuntu)", ["Apache", 2, 4, 41, undefined, "Ubuntu"]],
  ["Linux/2.6.36, UPnP/1.0, Portable SDK for UPnP devices/1.6.19", ["Linux", 2, 6, 36, undefined, "UPnP/1"]],
  ["git-send-email 2.30.1.721.g45526154a5", ["git-send-email", 2, 30, 1, 721, "g45526154a5"]],
  ["Apple Mail (2.2102)", ["Apple Mail", 2, 2102]],
  ["Microsoft NCSI", ["Microsoft NCSI"]],
  ["nginx", ["nginx"]],
  ["curl/7.50.1", ["curl", 7, 50, 1]],
  ["Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", ["MSIE", 8, 0]],
  ["Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", ["MSIE", 6, 0]],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", ["Firefox", 115, 0]],
  [CHROME, ["Chrome", 120, 0, 6099, 71]],
  [SAFARI, ["Safari", 16, 5, undefined, undefined, "Mobile"]],
  ["Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16", ["Opera", 12, 16]],
  ["Mozilla/5.0 something nobody knows", ["<unknown browser>"]],
];

Deno.test("banners and user agents tell name and version", () => {
  for (const [text, expected] of KNOWN) {
    const { name, major, minor, minor2, minor3, addl } = parseSoftware(text);
    const wanted = Array.from({ length: 6 }, (_, i) => expected[i]);
    assert.deepEqual([name, major, minor, minor2, minor3, addl], wanted, text);
  }
});

Deno.test("a kilobyte made to be slow is not", () => {
  const begun = performance.now();
  for (const part of ["Version/", " Mobile/", "1.", "Mozilla/4.0 Trident/", "((((", "- - "]) {
    parseSoftware("Mozilla/5." + part.repeat(200));
  }
  assert.ok(performance.now() - begun < 200);
});

Deno.test("the same software of a host is reported once a day, a new version at once, in bounded memory", () => {
  const records: AnyRecord[] = [];
  const output = { now: 0, emit: (record: AnyRecord) => void records.push(record) } as Output;
  const register = newSoftwareRegister();
  const say = (text: string, host = "10.0.0.1") =>
    register.found(output, { host, type: "HTTP::SERVER", port: 80, text });
  say("nginx/1.18.0");
  say("nginx/1.18.0");
  say("nginx/1.18.0 ");
  assert.equal(records.length, 1);
  say("nginx/1.20.0");
  say("nginx/1.18.0", "10.0.0.2");
  assert.equal(records.length, 3);
  output.now = SOFTWARE_EXPIRY;
  say("nginx/1.18.0");
  assert.equal(records.length, 4);
  for (let i = 0; i < SOFTWARE_LIMIT; i++) say(`x/${i}.0`);
  const before = records.length;
  say("nginx/1.18.0");
  assert.equal(records.length, before + 1, "the oldest was forgotten");
});
