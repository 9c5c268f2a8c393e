// Programs fetched over plain HTTP.

import assert from "node:assert/strict";
import { executableMimeType } from "../../detectors/executable-mime-type.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;

function answer(resp_mime_types: readonly string[] | undefined, fields: Partial<RecordOf<"http">> = {}) {
  return record("http", {
    ts: T,
    orig_h: "192.168.1.10",
    orig_p: 40_000,
    resp_h: "93.184.216.34",
    resp_p: 80,
    trans_depth: 1,
    host: "files.example.com",
    uri: "/setup.jpg",
    resp_mime_types,
    ...fields,
  });
}

proof("executable_mime_type", "a program that is called a picture is told on both ends", () => {
  const download = answer(["application/x-dosexec"]);
  const both = {
    type: "executable_mime_type",
    threat: "low",
    confidence: 1,
    window: 1,
    timestamp: T,
    uids: [download.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 80,
    related: 1,
    description: "Download of an executable over plain HTTP: 192.168.1.10 fetched files.example.com/setup.jpg from " +
      "93.184.216.34, which is application/x-dosexec",
  };
  assert.deepEqual(watch([executableMimeType], [download]).map(told), [
    { ...both, attacker: "src ip 192.168.1.10", profile: "192.168.1.10" },
    { ...both, attacker: "dst ip 93.184.216.34", profile: "93.184.216.34" },
  ]);
});

twin("executable_mime_type", "pages, pictures, archives and answers of unknown kind are no programs", () => {
  const harmless = ["text/html", "image/png", "application/zip", "application/pdf", "text/x-executable"];
  const none = [answer(harmless), answer([]), answer(undefined), answer(undefined, { uri: "/setup.exe" })];
  assert.deepEqual(watch([executableMimeType], none), []);
});

Deno.test("D30: each type in the list is looked at, and one record is one finding", () => {
  assert.equal(
    watch([executableMimeType], [answer(["text/plain", "application/x-msdownload", "application/x-exe"])]).length,
    2,
  );
});

Deno.test("programs for Linux and macOS are programs", () => {
  for (const type of ["application/x-executable", "application/x-mach-o-executable"]) {
    assert.equal(watch([executableMimeType], [answer([type])]).length, 2, type);
  }
});

Deno.test("which types are programs can be set", () => {
  const settings = { "executable-mime-type": { mime_types: ["application/java-archive"] } };
  assert.equal(watch([executableMimeType], [answer(["application/java-archive"])], { settings }).length, 2);
  assert.equal(watch([executableMimeType], [answer(["application/x-dosexec"])], { settings }).length, 0);
});
