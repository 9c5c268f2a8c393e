// The whole program and rules of the user's: good ones find what they look for, bad ones cost no run.

import assert from "node:assert/strict";
import { join } from "node:path";
import { fromClient, network } from "./craft/craft.ts";
import { type Outcome, smartshield } from "./program.ts";

const TEAPOT = 'rule teapot { meta: description = "a secret" strings: $a = "Operation Teapot" condition: $a }';
const HOSTLESS = 'rule no_host { strings: $a = "GET " $b = "Host:" condition: $a and not $b }';
/** Hours for what the office sends: it backtracks over every run of the same letter. */
const NESTED = "rule nested { strings: $a = /(a+)+b/ condition: $a }";

/** An office in which somebody sends a password, somebody a secret, and somebody very long words to servers outside. */
function office(): Uint8Array {
  const net = network();
  const [outside, web] = [net.host("ftp.example.com", "93.184.216.34"), net.host("www.example.com", "93.184.216.35")];
  const say = (last: number, text: string): void => {
    net.tcp(net.host(`pc-${last}`, `192.168.1.${last}`), outside, 2121, { steps: [fromClient(text)] });
  };
  say(20, "USER bob\r\nPASS hunter2\r\n");
  for (let i = 0; i < 40; i++) {
    const body = "a".repeat(60_000);
    net.http(net.host("writer", "192.168.1.21"), web, { exchanges: [{ method: "POST", uri: `/${i}`, body }] });
  }
  say(22, "GET / HTTP/1.0\r\nX-Title: Operation Teapot\r\n\r\n");
  say(23, "USER eve\r\nPASS hunter3\r\n");
  return net.pcap();
}

interface Run extends Outcome {
  /** Who sent what, by alerts.log. */
  leaks: string[];
  log: string;
  notScanned: number;
}

async function withRules(
  rules: Readonly<Record<string, string>>,
  test: (run: () => Promise<Run>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const [capture, mine, config] = [join(folder, "office.pcap"), join(folder, "rules"), join(folder, "my.yaml")];
    await Deno.writeFile(capture, office());
    await Deno.mkdir(mine);
    for (const [name, source] of Object.entries(rules)) await Deno.writeTextFile(join(mine, name), source);
    await Deno.writeTextFile(
      config,
      `leaks: { rules_folder: ${mine}, hang_seconds: 3 }\nstate: { directory: ${join(folder, "state")} }\n`,
    );
    let runs = 0;
    await test(async () => {
      const out = join(folder, `out-${++runs}`);
      const outcome = await smartshield("--pcap", capture, "--out", out, "--config", config, "--quiet");
      const log = await Deno.readTextFile(join(out, "alerts/alerts.log"));
      const { drops } = JSON.parse(await Deno.readTextFile(join(out, "summary.json")));
      const leaks = log.matchAll(/Detected (\S+ sent .*) in the clear/g).map(([, leak]) => leak!);
      return { ...outcome, leaks: [...new Set(leaks)], log, notScanned: drops.by_cause.leak_pieces_not_scanned ?? 0 };
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PASSWORDS = [20, 23].map((last) => `192.168.1.${last} sent a user name and password (FTP, POP3 or IMAP)`);
const SECRET = "192.168.1.22 sent a secret";

Deno.test("rules of the user's find what they look for, the same in every run", async () => {
  await withRules({ "teapot.yar": TEAPOT, "hostless.yar": HOSTLESS }, async (run) => {
    const first = await run();
    assert.deepEqual([first.code, first.err, first.notScanned], [0, "", 0]);
    assert.deepEqual(first.leaks, [PASSWORDS[0], "192.168.1.22 sent no host", SECRET, PASSWORDS[1]]);
    assert.equal((await run()).log, first.log);
  });
});

Deno.test("a rule that would take hours is named and left out; the run ends, and the other rules go on", async () => {
  await withRules({ "nested.yar": NESTED, "teapot.yar": TEAPOT }, async (run) => {
    const began = performance.now();
    const { code, err, leaks, notScanned } = await run();
    assert.equal(code, 0);
    assert.deepEqual(err.trimEnd().split("\n"), [
      "Looking for leaks with your YARA rules took more than 3 s; they are tried one by one from now on.",
      "Looking for leaks with your YARA rules nested.yar took more than 3 s; they are not used any more in this run. Make " +
      "them cheaper (docs/leaks.md), or allow them more time (leaks.hang_seconds).",
    ]);
    assert.deepEqual(leaks, [PASSWORDS[0], SECRET, PASSWORDS[1]]);
    assert.equal(notScanned, 0);
    assert.ok(performance.now() - began < 60_000);
  });
});
