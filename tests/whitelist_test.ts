// Whitelists in the whole program, on the demo's two hours in an office.

import assert from "node:assert/strict";
import { join } from "node:path";
import { openWhitelists } from "../agent/evidence/whitelist/whitelist.ts";
import { story } from "../scripts/demo/story.ts";
import { smartshield } from "./program.ts";

async function withFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what the infected machine does is told, marked, and not scored; the same with any number of workers", async () => {
  await withFolder(async (folder) => {
    const capture = join(folder, "office.pcap");
    story().writePcap(capture);
    await Deno.writeTextFile(join(folder, "w.conf"), "ip,192.168.1.23,src,alerts\nip,nonsense,src,alerts\n");
    await Deno.writeTextFile(
      join(folder, "c.yaml"),
      `whitelist:\n  files: [${JSON.stringify(join(folder, "w.conf"))}]\n`,
    );
    const written: string[] = [];
    for (const workers of ["1", "3"]) {
      const out = join(folder, workers);
      const run = await smartshield(
        "--pcap",
        capture,
        "--config",
        join(folder, "c.yaml"),
        "--out",
        out,
        "--workers",
        workers,
      );
      assert.equal(run.code, 0, run.err);
      assert.match(run.err + run.out, /w\.conf:2: "nonsense" is no address/);
      assert.match(run.err + run.out, /1 place that cannot be used; 1 entry is in force/);
      assert.doesNotMatch(run.out, /ALERT/);
      const log = await Deno.readTextFile(join(out, "alerts/alerts.log"));
      const marked = log.split("\n").filter((line) => line.includes(" whitelisted: ip 192.168.1.23 (source, alerts; "));
      assert(marked.some((line) => line.includes("vertical port scan to IP 192.168.1.10")), log);
      const json = (await Deno.readTextFile(join(out, "alerts/alerts.json"))).trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      const notes = json.map(({ Note }) => JSON.parse(Note)).filter(({ whitelisted }) => whitelisted !== undefined);
      assert.equal(notes.length, marked.length);
      assert.equal(notes[0].accumulated_threat_level, undefined);
      const { whitelist, alerts } = JSON.parse(await Deno.readTextFile(join(out, "summary.json")));
      assert.equal(alerts, 0);
      assert.deepEqual([whitelist.entries, whitelist.mistakes, whitelist.records], [1, 1, 0]);
      assert(whitelist.evidence >= marked.length);
      written.push(log, JSON.stringify(json), String(whitelist.evidence));
    }
    assert.deepEqual(written.slice(3), written.slice(0, 3));
  });
});

Deno.test("flows that are ignored are logged and not judged", async () => {
  await withFolder(async (folder) => {
    const capture = join(folder, "office.pcap");
    story().writePcap(capture);
    await Deno.writeTextFile(join(folder, "w.yaml"), "whitelist:\n  - ip: 192.168.1.23\n    ignore: flows\n");
    await Deno.writeTextFile(
      join(folder, "c.yaml"),
      `whitelist:\n  files: [${JSON.stringify(join(folder, "w.yaml"))}]\n`,
    );
    const out = join(folder, "out");
    const run = await smartshield("--pcap", capture, "--config", join(folder, "c.yaml"), "--out", out, "--zeek-logs");
    assert.equal(run.code, 0, run.err);
    const log = await Deno.readTextFile(join(out, "alerts/alerts.log"));
    assert.doesNotMatch(log, /vertical port scan to IP 192\.168\.1\.10 from 192\.168\.1\.23/);
    assert.match(await Deno.readTextFile(join(out, "zeek/conn.log")), /192\.168\.1\.23\t\d+\t192\.168\.1\.10/);
    const { whitelist } = JSON.parse(await Deno.readTextFile(join(out, "summary.json")));
    assert(whitelist.records > 1000, `${whitelist.records}`);
  });
});

Deno.test("a whitelist that does not exist ends the run before it begins", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "c.yaml"), "whitelist:\n  files: [no-such-file.conf]\n");
    story().writePcap(join(folder, "in.pcap"));
    const { code, err } = await smartshield(
      "--pcap",
      join(folder, "in.pcap"),
      "--config",
      join(folder, "c.yaml"),
      "--out",
      join(folder, "o"),
    );
    assert.equal(code, 2);
    assert.equal(err, "The whitelist no-such-file.conf cannot be read: it does not exist.\n");
  });
});

Deno.test("`whitelist check` ends with 2 when something cannot be used, with 0 when all is well", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "w.conf");
    await Deno.writeTextFile(file, "ip,1.1.1.1,both,alerts\nip,1.1.1,both,alerts\n");
    const bad = await smartshield("whitelist", "check", file);
    assert.deepEqual([bad.code, bad.out.split("\n").length], [2, 3]);
    assert.match(bad.out, /w\.conf:2: "1\.1\.1" is no address; .*\n.*w\.conf: 1 entry; 1 place cannot be used\.\n$/);
    const good = await smartshield("whitelist", "check", "config/whitelist.yaml");
    assert.deepEqual([good.code, good.out], [0, "config/whitelist.yaml: 0 entries.\n"]);
    const test = await smartshield("whitelist", "test", "--file", file, "--ip", "1.1.1.1");
    assert.match(
      test.out,
      /^Evidence with 1\.1\.1\.1 as its source is whitelisted by ip 1\.1\.1\.1 \(either end, alerts;/,
    );
    assert.equal(test.code, 0);
  });
});

Deno.test("whitelists are read anew; a file that cannot be read leaves them as they were", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "w.conf");
    await Deno.writeTextFile(file, "ip,1.1.1.1,both,alerts\n");
    assert.deepEqual(openWhitelists({ files: [], lists: [], list_length: 1 }).reload(), []);
    const whitelists = openWhitelists({ files: [file], lists: [], list_length: 1 });
    assert.equal(whitelists.current().flows, undefined);
    await Deno.writeTextFile(file, "ip,1.1.1.1,both,alerts\nip,1.1.1.2,both,flows\nip,x,both,flows\n");
    assert.deepEqual(whitelists.reload().map((sentence) => sentence.replace(folder, "")), [
      '/w.conf:3: "x" is no address; right would be one such as 192.0.2.7, 2001:db8::7 or 192.0.2.0/24.',
      "The whitelists have 1 place that cannot be used; 2 entries are in force.",
      "The whitelists were read anew: 2 entries are in force.",
    ]);
    assert(whitelists.current().flows !== undefined);
    await Deno.remove(file);
    assert.match(whitelists.reload()[0]!, /it does not exist\. The whitelists stay as they were\.$/);
    assert.equal(whitelists.current().size, 2);

    // A change of the file is noticed by itself.
    await Deno.writeTextFile(file, "domain,example.com,both,alerts\n");
    let stop!: () => void;
    const sentences = await new Promise<string[]>((resolve) => stop = whitelists.watch(resolve));
    stop();
    assert.deepEqual(sentences, ["The whitelists were read anew: 1 entry is in force."]);
  });
});
