// The whole program from the command line, on the demo's two hours in an office.

import assert from "node:assert/strict";
import { join } from "node:path";
import { story } from "../scripts/demo/story.ts";
import { gzip } from "./craft/craft.ts";
import { PROGRAM, ROOT, smartshield } from "./program.ts";

/** A folder with the demo's capture, gone when the test is over. */
async function withOffice(test: (folder: string, capture: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const capture = join(folder, "office.pcap");
    story().writePcap(capture);
    await test(folder, capture);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const read = (...path: string[]): Promise<string> => Deno.readTextFile(join(...path));

Deno.test("the infected machine is alerted on for what it did, and nobody else", async () => {
  await withOffice(async (folder, capture) => {
    const { code, out, err } = await smartshield("--pcap", capture, "--out", join(folder, "office"));
    assert.equal(err, "");
    assert.equal(code, 0);
    assert.match(out, /ALERT office-pc \(192\.168\.1\.23\)/);
    assert.doesNotMatch(out, /ALERT(?: goes on:)? (?!office-pc|goes on:)/);
    // Its two hours, one alert each; the second knows of the first, and goes on to the end of the story.
    const last = out.slice(out.lastIndexOf("ALERT goes on:"), out.indexOf("office-pc (192.168.1.23): 2 alerts"));
    assert.match(last, /since 09:30 exfiltration: Large data upload/);

    const log = await read(folder, "office/alerts/alerts.log");
    for (
      const found of [
        "possible DGA: 192.168.1.23",
        "vertical port scan to IP 192.168.1.10 from 192.168.1.23.",
        "Horizontal port scan to port microsoft-ds 445/tcp. From 192.168.1.23",
        "performing an arp scan",
        "Connection to unknown destination port 4449/TCP",
      ]
    ) assert(log.includes(found), found);
    assert.match(log, /Src IP 192\.168\.1\.23 \(office-pc\) +\. Generated an alert/);

    const summary = JSON.parse(await read(folder, "office/summary.json"));
    assert.equal(summary.profiles.with_alerts, 1);
    assert.equal(summary.traffic.packets, 16_072);
    assert.deepEqual(summary.unhealthy_detectors, []);
    for (const line of (await read(folder, "office/alerts/alerts.json")).trimEnd().split("\n")) {
      assert.equal(JSON.parse(line).Version, "2.0.3");
    }
  });
});

Deno.test("one, two or four workers write the same bytes", async () => {
  await withOffice(async (folder, capture) => {
    const written: string[] = [];
    for (const workers of ["1", "2", "4"]) {
      const out = join(folder, workers);
      const { code } = await smartshield(
        "--read",
        capture,
        "--out",
        out,
        "--workers",
        workers,
        "--zeek-logs",
        "--quiet",
      );
      assert.equal(code, 0);
      const names = ["alerts/alerts.log", "alerts/alerts.json"];
      for await (const { name } of Deno.readDir(join(out, "zeek"))) names.push(`zeek/${name}`);
      const texts = await Promise.all(names.sort().map(async (name) => `${name}\n${await read(out, name)}`));
      written.push(texts.join("\n"));
    }
    assert(written[0]!.includes("#path\tconn"));
    assert(written[0] === written[1] && written[0] === written[2]);
  });
});

Deno.test("the same traffic as a capture, as Zeek logs of either form, and packed gives the same findings", async () => {
  await withOffice(async (folder, capture) => {
    const findings = async (...args: string[]): Promise<string[]> => {
      const out = await Deno.makeTempDir({ dir: folder });
      const { code, err } = await smartshield(...args, "--out", out, "--quiet", "--force");
      assert.deepEqual([code, err], [0, ""]);
      // Logs tell when a record was written, packets when it became known: the order within seconds may differ.
      return (await read(out, "alerts/alerts.log")).split("\n").sort();
    };
    const tsv = join(folder, "tsv"), json = join(folder, "json"), packed = join(folder, "packed.bin");
    const fromCapture = await findings("--read", capture);
    assert(fromCapture.length > 50);
    await smartshield("--read", capture, "--out", tsv, "--zeek-logs", "--quiet");
    await smartshield("--read", capture, "--out", json, "--zeek-logs", "--zeek-format", "json", "--quiet");
    await Deno.writeFile(packed, gzip(await Deno.readFile(capture)));
    assert.deepEqual(await findings("--zeek", join(tsv, "zeek")), fromCapture);
    assert.deepEqual(await findings("--read", join(json, "zeek")), fromCapture);
    assert.deepEqual(await findings("--read", packed), fromCapture);
  });
});

Deno.test("an input is refused when it is not what it was said to be, and two inputs are one too many", async () => {
  await withOffice(async (folder, capture) => {
    const out = join(folder, "out");
    const wrong = await smartshield("--zeek", capture, "--out", out);
    assert.equal(wrong.code, 2);
    assert.match(
      wrong.err,
      /^\S+office\.pcap cannot be analysed: it is a packet capture, not what it was said to be\.\n$/,
    );
    const two = await smartshield("--pcap", capture, "--zeek", capture);
    assert.deepEqual([two.code, two.err], [2, "Only one input at a time: --pcap and --zeek name several.\n"]);
  });
});

Deno.test("--json prints one object and nothing else; --quiet prints nothing", async () => {
  await withOffice(async (folder, capture) => {
    const json = await smartshield("--pcap", capture, "--out", join(folder, "a"), "--json");
    const told = JSON.parse(json.out);
    assert.equal(told.hosts[0].profile, "192.168.1.23");
    assert.equal(told.hosts[0].hostname, "office-pc");
    const alerts = told.alerts.filter(({ updates }: { updates?: string }) => updates === undefined);
    assert.equal(alerts.length, told.summary.alerts);
    assert.equal(told.alerts[0].stages[0].stage, "command_and_control");
    const quiet = await smartshield("--pcap", capture, "--out", join(folder, "b"), "--quiet");
    assert.deepEqual(quiet, { code: 0, out: "", err: "" });
  });
});

Deno.test("evidence that the configuration switches off is neither written nor counted", async () => {
  await withOffice(async (folder, capture) => {
    const config = join(folder, "my.yaml");
    await Deno.writeTextFile(
      config,
      "detection:\n  disabled_evidence: [unknown_port]\n  disabled_detectors: [port-scan]\n",
    );
    const { code } = await smartshield("--pcap", capture, "--out", join(folder, "o"), "--config", config, "--quiet");
    assert.equal(code, 0);
    const summary = JSON.parse(await read(folder, "o/summary.json"));
    assert.equal(summary.evidence.by_type.unknown_port, undefined);
    assert.equal(summary.evidence.by_type.vertical_port_scan, undefined);
    assert(summary.drops.by_cause.evidence_disabled > 50);
  });
});

Deno.test("dissect prints records as JSON lines, of the kinds and with the fields asked for", async () => {
  await withOffice(async (_, capture) => {
    const { code, out } = await smartshield(
      "dissect",
      capture,
      "--kind",
      "dns",
      "--fields",
      "query,rcode_name,id.orig_h",
    );
    assert.equal(code, 0);
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert(lines.every(({ kind }) => kind === "dns"));
    const generated = lines.filter((line) => line.rcode_name === "NXDOMAIN");
    assert.equal(generated.length, 40);
    assert.deepEqual(Object.keys(generated[0]), ["kind", "query", "rcode_name", "id.orig_h"]);
  });
});

Deno.test("config prints what is in force, and it reads back", async () => {
  const { code, out } = await smartshield("config");
  assert.equal(code, 0);
  const folder = await Deno.makeTempDir();
  const file = join(folder, "again.yaml");
  await Deno.writeTextFile(file, out);
  assert.equal((await smartshield("config", "--config", file)).out, out);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Ctrl+C while standard input is silent: what came so far is analysed and kept", async () => {
  await withOffice(async (folder, capture) => {
    const out = join(folder, "out");
    const program = new Deno.Command(Deno.execPath(), {
      args: [...PROGRAM, "--stdin", "capture", "--out", out],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const input = program.stdin.getWriter();
    // More than one piece, so that some was handed over; then nothing more comes, and no end either.
    await input.write((await Deno.readFile(capture)).subarray(0, 3_000_000));
    const began = program.stdout.getReader();
    await began.read();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    program.kill("SIGINT");
    assert.equal((await program.status).code, 2);
    const told = await new Response(program.stderr).text();
    assert.match(told, /^standard input was read up to byte [\d,]+, then interrupted\.\n$/);
    assert(JSON.parse(await read(out, "summary.json")).traffic.packets > 1000);
    began.releaseLock();
    await program.stdout.cancel();
    await input.abort().catch(() => {});
  });
});
