// The examples of docs/extending.md are code that works: taken out of the page and run as they stand.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Protocol } from "../agent/dissect/analyzer.ts";
import type { Detector } from "../detectors/contract.ts";
import { listen } from "./agent/dissect/protocol/listen.ts";
import { conn, watch } from "./detectors/harness.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const PAGE = await Deno.readTextFile(join(ROOT, "docs/extending.md"));

/** The example that is to be the file at `path`. */
function exampleOf(path: string): string {
  const found = PAGE.split(`\`${path}\`:\n\n\`\`\`ts\n`)[1]?.split("```\n")[0];
  assert.ok(found !== undefined, `the page has no ${path}`);
  return found;
}

/** What a module exports that has this text and stands at `path`. */
async function load<Exports>(path: string, text: string): Promise<Exports> {
  const at = (name: string): string => `"${new URL(name, `file://${ROOT}${path}`)}"`;
  const absolute = text.replaceAll(/(?<= from )"(\.[^"]*)"/g, (_, name: string) => at(name));
  const directory = await Deno.makeTempDir();
  try {
    const file = join(directory, "example.ts");
    await Deno.writeTextFile(file, absolute);
    return await import(`file://${file}`) as Exports;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("the detector of the page raises what it says, and its test is there", async () => {
  const path = "detectors/tftp-transfer.ts";
  // Under a name that is known already: the page says where to add another.
  const text = exampleOf(path).replaceAll("tftp_transfer", "ids_alert");
  const { tftpTransfer } = await load<{ tftpTransfer: Detector }>(path, text);
  const told = (service?: string) =>
    watch([tftpTransfer], [conn({ orig_h: "192.168.1.10", resp_h: "192.0.2.9", proto: "udp", service })]);
  assert.deepEqual(told("tftp").map(({ type, threat, victims }) => ({ type, threat, victims })), [
    { type: "ids_alert", threat: "medium", victims: 1 },
  ]);
  assert.deepEqual(told(), []);
  assert.match(exampleOf("tests/detectors/tftp-transfer_test.ts"), /^proof\("tftp_transfer".*\n\ntwin\(/ms);
});

Deno.test("the protocol of the page names its flows, and its test is there", async () => {
  const path = "agent/dissect/protocol/tftp.ts";
  const { TFTP } = await load<{ TFTP: Protocol }>(path, exampleOf(path));
  const request = new TextEncoder().encode("\0\x01boot.img\0octet\0");
  assert.deepEqual(listen(TFTP).client(request).services, ["tftp"]);
  assert.deepEqual(listen(TFTP).client(request.subarray(0, 5)).services, []);
  assert.match(exampleOf("tests/agent/dissect/protocol/tftp_test.ts"), /listen\(TFTP\)/);
});

Deno.test("every file and folder that the page names is there, but for those it tells to make", async () => {
  for (const [, path] of PAGE.matchAll(/`((?:agent|detectors|scripts|config|tests)\/[\w./-]+)`/g)) {
    if (path!.includes("tftp")) continue;
    await Deno.stat(join(ROOT, path!));
  }
});
