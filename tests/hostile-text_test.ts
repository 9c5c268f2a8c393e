// A network in which everything that has a name is named to take over a terminal, end a line of a log, or read backwards:
// nothing of it comes out of the program as anything but text, in no file and on no screen.

import assert from "node:assert/strict";
import { join } from "node:path";
import { network } from "./craft/craft.ts";
import { smartshield } from "./program.ts";

/** Clears the screen in two ways (ESC as one byte, and as the C1 of its UTF-8), rings, sets a title, ends lines, turns round. */
const EVIL = "a\x1b[2J\x9b2J\u009b2J\x07\x1b]0;t\x07\r\nALERT\t\u2028x\u202egpj\x00";

/** What a terminal or a reader of lines obeys, but for the line ends and tabs that separate. */
const OBEYED = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Two hours of somebody who gives all things such names, and does enough to be alerted on. */
function story(): ReturnType<typeof network> {
  const net = network();
  const bad = net.host("bad", "192.168.1.66");
  const [server, web] = [net.host("server", "192.168.1.10"), net.host("web", "203.0.113.80")];
  net.dhcp(bad, { hostName: EVIL, vendorClass: EVIL, domain: EVIL });
  for (let n = 0; n < 30; n++) net.dns(bad, `${EVIL}${n}.example`, { rcode: "NXDOMAIN" });
  net.dns(bad, `${EVIL}.example.com`, { answers: ["203.0.113.80"] });
  net.dns(bad, `${EVIL}.example.net`, { type: "TXT", answers: [EVIL.repeat(8)] });
  const exchange = { method: EVIL.slice(0, 3), uri: `/${EVIL.slice(1, 9)}`, headers: {} };
  net.http(bad, web, { host: EVIL.replace(/[\r\n]/g, ""), userAgent: `${EVIL.replace(/[\r\n]/g, "")} Windows NT` });
  net.http(bad, web, { exchanges: [exchange], userAgent: "\x1b[31mpython-requests\x9b/2" });
  net.tls(bad, web, { serverName: EVIL, version: "1.2", alpn: [EVIL] });
  net.ssh(bad, server, { clientBanner: `SSH-2.0-${EVIL.replace(/[\r\n]/g, "")}`, failures: 30 });
  net.ftp(bad, server, { user: EVIL.replace(/[\r\n]/g, ""), password: EVIL.replace(/[\r\n]/g, "") });
  net.smtp(bad, server, {
    helo: "\x1b[2J",
    from: "\x9b2J@x",
    subject: EVIL.replace(/[\r\n]/g, ""),
    userAgent: "\x1b[2J",
  });
  for (let port = 1; port <= 120; port++) net.tcp(bad, server, 1000 + port, { outcome: "REJ" });
  for (let n = 0; n < 60; n++) net.tcp(bad, web, 4449, { at: 60 * n + 100 });
  return net;
}

/** All files below a folder. */
async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(join(folder, name));
    else yield join(folder, name);
  }
}

function assertPlain(text: string, where: string): void {
  const at = text.search(OBEYED);
  assert.ok(at < 0, `${where} holds ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 20))}`);
}

Deno.test("names that would command a terminal are only text, in all files and on all screens", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [capture, out] = [join(folder, "evil.pcap"), join(folder, "out")];
    story().writePcap(capture);
    for (const [format, way] of [["tsv", []], ["json", ["--json"]]] as const) {
      const told = await smartshield("--pcap", capture, "--out", out, "--zeek-logs", "--zeek-format", format, ...way);
      assert.equal(told.code, 0);
      assertPlain(told.out + told.err, `what is told with ${way}`);
      assert.match(told.out, /\\u001b|\\x1b/, "the names are told, written out");
      let files = 0;
      for await (const file of filesIn(out)) {
        if (file.includes("store.sqlite")) continue;
        files++;
        const text = await Deno.readTextFile(file);
        assertPlain(text, file);
        const columns = /^#fields\t(.*)$/m.exec(text)?.[1]?.split("\t").length;
        if (columns === undefined) continue;
        for (const line of text.trimEnd().split("\n")) {
          if (!line.startsWith("#")) assert.equal(line.split("\t").length, columns, `${file}: ${line}`);
        }
      }
      assert.ok(files > 10, String(files));
    }
    const shown = [["show"], ["show", "hosts"], ["show", "host", "192.168.1.66"], ["show", "evidence"], [
      "show",
      "flows",
    ]];
    for (const words of shown) {
      for (const way of [[], ["--json"]]) {
        const told = await smartshield(...words, ...way, "--store", out);
        assert.deepEqual([told.code, told.err], [0, ""], words.join(" "));
        assertPlain(told.out, words.join(" "));
      }
    }
    for (const way of [[], ["--fields", "ts,query,host,user_agent,server_name,host_name"]]) {
      const dissected = await smartshield("dissect", capture, ...way);
      assertPlain(dissected.out, "dissect");
      assert.match(dissected.out, /\\u009b|\\x9b|\\\\x9b/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
