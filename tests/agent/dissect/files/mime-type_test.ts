// What files are, by their first bytes.

import assert from "node:assert/strict";
import { mimeType } from "../../../../agent/dissect/files/mime-type.ts";
import { random } from "../../../craft/random.ts";

function typeOf(start: string): string | undefined {
  const bytes = Uint8Array.from(start, (character) => character.charCodeAt(0));
  return mimeType(bytes, bytes.length);
}

/** The local header of a member of a zip file, its name and contents. */
function zipMember(name: string, contents = ""): string {
  return "PK\x03\x04\x14\x00" + "\0".repeat(20) + String.fromCharCode(name.length) + "\0\0\0" + name + contents;
}

const KNOWN: readonly (readonly [string, string | undefined])[] = [
  ["MZ\x90\x00\x03", "application/x-dosexec"],
  ["\x7fELF\x02\x01\x01" + "\0".repeat(9) + "\x02\x00", "application/x-executable"],
  ["\x7fELF\x01\x02\x01" + "\0".repeat(9) + "\x00\x03", "application/x-sharedlib"],
  ["\xca\xfe\xba\xbe\x00\x00\x00\x34", "application/x-java-applet"],
  ["\xca\xfe\xba\xbe\x00\x00\x00\x02", "application/x-mach-o-executable"],
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["GIF89a", "image/gif"],
  ["\xff\xd8\xff\xe0", "image/jpeg"],
  ["RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"],
  ["BM" + "\0".repeat(12) + "\x28\0\0\0", "image/x-ms-bmp"],
  ["%PDF-1.4\n%", "application/pdf"],
  ["\x1f\x8b\x08", "application/x-gzip"],
  ["PK\x03\x04\x0a\x00\x00", "application/zip"],
  [zipMember("META-INF/MANIFEST.MF"), "application/java-archive"],
  [
    zipMember("[Content_Types].xml", "...") + zipMember("word/document.xml"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  ],
  [zipMember("mimetype", "application/epub+zip"), "application/epub+zip"],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"],
  ["MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"],
  [
    "\x30\x82\x01\x00\x0a\x01\x00\xa0\x82\x01\x00\x30\x0f\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01",
    "application/ocsp-response",
  ],
  ["CWS\x09", "application/x-shockwave-flash"],
  ["<html><head>", "text/html"],
  ["\xef\xbb\xbf \r\n<!-- a page --><!DOCTYPE   HTML>", "text/html"],
  ["<?xml version='1.0'?>\n<html xmlns='x'>", "text/html"],
  ["<?xml version='1.0'?>\n<note/>", "application/xml"],
  ['<?xml version="1.0"?><svg width="1">', "image/svg+xml"],
  ["<rss version='2.0'>", "text/rss"],
  ['{"key": [1, 2]}', "text/json"],
  ["[1.5, 2]", "text/json"],
  ["[ {", "text/json"],
  ["{}", "text/json"],
  ["{ color: red }", "text/plain"],
  ["(function() {\n", "application/javascript"],
  ["#!/bin/bash\necho", "text/x-shellscript"],
  ["#!/usr/bin/env python3\n", "text/x-python"],
  ["From: a@b.c\r\n", "message/rfc822"],
  ["just some text", "text/plain"],
  ["too short", undefined],
  ["\x00\x01\x02\x03 nothing", undefined],
];

Deno.test("common formats have the names that Zeek gives them", () => {
  for (const [start, type] of KNOWN) assert.equal(typeOf(start), type, JSON.stringify(start.slice(0, 40)));
});

Deno.test("an unfinished file of any format, and noise, have a type or none, but no exception", () => {
  for (const [start] of KNOWN) for (let length = 0; length < start.length; length++) typeOf(start.slice(0, length));
  const { bytes, below } = random(21);
  for (let i = 0; i < 20_000; i++) {
    const noise = bytes(1 + below(64));
    mimeType(noise, noise.length);
  }
});

Deno.test("a page of four kilobytes of openings is typed in no time", () => {
  const begun = performance.now();
  for (const text of ["<!--", "<?xml ", "[", '{"a":', "PK\x03\x04", " "]) typeOf(text.repeat(4096).slice(0, 4096));
  assert.ok(performance.now() - begun < 500);
});
