// The whole program on input that is still being written, and the signals that it obeys meanwhile.

import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PROGRAM, ROOT, smartshield } from "./program.ts";

const LONGEST_WAIT = 30_000;

interface Run {
  folder: string;
  logs: string;
  out: string;
  signal(name: Deno.Signal): void;
  /** Waits until the condition holds; fails after some time. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** What was written to the log of the run. */
  log(): string;
  // deno-lint-ignore no-explicit-any
  summary(): any;
  /** Ends it with Ctrl+C and tells how long that took, seconds. */
  end(): Promise<{ code: number; err: string; seconds: number }>;
}

/** What the run has said so far. */
function logOf(out: string): string {
  try {
    return Deno.readTextFileSync(join(out, "run.log"));
  } catch {
    return "";
  }
}

async function following(test: (run: Run) => Promise<void>, config = ""): Promise<void> {
  const folder = await Deno.makeTempDir();
  const [logs, out, file] = [join(folder, "logs"), join(folder, "out"), join(folder, "my.yaml")];
  await Deno.mkdir(logs);
  await Deno.writeTextFile(file, `follow: { wait_for_others: 0.2, look_every: 0.1 }\n${config}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, "--read", logs, "--follow", "--quiet", "--out", out, "--config", file],
    cwd: ROOT,
    env: { NO_COLOR: "1", XDG_STATE_HOME: join(folder, "state") },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const told = new Response(child.stderr).text();
  let ended = false;
  const run: Run = {
    folder,
    logs,
    out,
    signal: (name) => child.kill(name),
    async until(what, holds) {
      for (const began = performance.now();;) {
        if (await holds()) return;
        if (performance.now() - began > LONGEST_WAIT) throw new Error(`${what} did not happen; ${run.log()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    log: () => logOf(out),
    summary: () => JSON.parse(Deno.readTextFileSync(join(out, "summary.json"))),
    async end() {
      ended = true;
      const began = performance.now();
      child.kill("SIGINT");
      const { code } = await child.status;
      return { code, err: await told, seconds: (performance.now() - began) / 1000 };
    },
  };
  try {
    await run.until("the beginning", () => run.log().includes("analyses"));
    // Signals are heard a moment later than that is said.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await test(run);
  } finally {
    if (!ended) await run.end();
    await Deno.remove(folder, { recursive: true });
  }
}

const NOW = 1_700_000_000;
let uids = 0;

/** A connection that nobody answers, as Zeek writes it. */
function knock(seconds: number, port: number, from = "192.168.1.66"): string {
  return JSON.stringify({
    ts: NOW + seconds,
    uid: `C${++uids}`,
    "id.orig_h": from,
    "id.orig_p": 40_000,
    "id.resp_h": "192.168.1.10",
    "id.resp_p": port,
    proto: "tcp",
    conn_state: "REJ",
    history: "Sr",
    orig_pkts: 1,
    resp_pkts: 1,
  }) + "\n";
}

const knocks = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => knock(from + i / 10, 1000 + from * 10 + i)).join("");
const append = (run: Run, name: string, text: string) =>
  Deno.writeTextFile(join(run.logs, name), text, { append: true });
const alertsLog = (run: Run) => Deno.readTextFileSync(join(run.out, "alerts/alerts.log"));

Deno.test("a scan that is written line by line is told while it goes on; Ctrl+C ends the run in order", async () => {
  await following(async (run) => {
    await append(run, "conn.log", knocks(0, 60));
    await run.until("the first finding", () => alertsLog(run).includes("vertical port scan"));
    await Deno.rename(join(run.logs, "conn.log"), join(run.logs, "conn.10:00:00-11:00:00.log"));
    await append(run, "conn.log", knocks(100, 60) + '{"ts":');
    run.signal("SIGUSR1");
    await run.until("the summary", () => run.log().includes("So far:"));
    await run.until("the rotated log", () => {
      run.signal("SIGUSR1");
      return run.summary().records.total === 120;
    });
    assert.equal(run.summary().input.damage, null);
    const { code, err, seconds } = await run.end();
    assert.deepEqual([code, err], [0, ""]);
    assert.ok(seconds < 5, `${seconds} s`);
    assert.equal(run.summary().records.total, 120);
    assert.match(run.log(), /conn\.log was rotated/);
    assert.match(run.log(), /Done: /);
  });
});

Deno.test("SIGHUP: what can change at run time does, a broken file changes nothing, and what needs a restart is said", async () => {
  await following(async (run) => {
    const config = join(run.folder, "my.yaml");
    await append(run, "conn.log", knocks(0, 20));
    await run.until("the first finding", () => alertsLog(run).includes("vertical port scan"));

    await Deno.writeTextFile(config, "detection: { sensitivity: much }\n");
    run.signal("SIGHUP");
    await run.until("the complaint", () => run.log().includes("The configuration stays as it was."));
    assert.match(run.log(), /my\.yaml:1: detection\.sensitivity is "much" but must be low or normal or high/);

    await Deno.writeTextFile(
      config,
      "detection: { disabled_detectors: [port-scan] }\nlimits: { profiles: 2000 }\n",
    );
    run.signal("SIGHUP");
    await run.until("the change", () => run.log().includes("The configuration was read again."));
    assert.match(run.log(), /In force now: detection\.disabled_detectors\./);
    assert.match(run.log(), /Only after a restart: follow\.wait_for_others, follow\.look_every, limits\.profiles\./);
    const before = alertsLog(run);
    await append(run, "conn.log", Array.from({ length: 60 }, (_, i) => knock(30, 5000 + i, "192.168.1.99")).join(""));
    await run.until("the next records", () => {
      run.signal("SIGUSR1");
      return run.log().includes("So far") && run.summary().records.total === 80;
    });
    assert.doesNotMatch(alertsLog(run).slice(before.length), /port scan/);
  });
});

Deno.test("a folder of captures is analysed in the order of time; a damaged one among them is said", async () => {
  const { story } = await import("../scripts/demo/story.ts");
  const folder = await Deno.makeTempDir();
  try {
    const whole = join(folder, "whole.pcap");
    story().writePcap(whole);
    const bytes = await Deno.readFile(whole);
    const parts = join(folder, "parts");
    await Deno.mkdir(parts);
    // Cut between packets into three, named against their order; each gets the header of the file.
    const view = new DataView(bytes.buffer);
    const ends: number[] = [];
    for (let at = 24; at < bytes.length;) ends.push(at += 16 + view.getUint32(at + 8, true));
    const cuts = [24, ends[5000]!, ends[10_000]!, bytes.length];
    for (const [i, name] of ["c.pcap", "b.bin", "a.gz"].entries()) {
      const part = new Uint8Array([...bytes.subarray(0, 24), ...bytes.subarray(cuts[i]!, cuts[i + 1]!)]);
      await Deno.writeFile(join(parts, name), name.endsWith("gz") ? gzipSync(part) : part);
    }
    const analysed = async (path: string) => {
      const out = await Deno.makeTempDir({ dir: folder });
      const { code, err } = await smartshield("--read", path, "--quiet", "--out", out);
      return {
        code,
        err,
        log: await Deno.readTextFile(join(out, "alerts/alerts.log")),
      };
    };
    const one = await analysed(whole);
    assert.deepEqual(await analysed(parts), one);
    assert.equal(one.code, 0);
    await Deno.truncate(join(parts, "b.bin"), cuts[2]! - cuts[1]! - 10);
    const damaged = await analysed(parts);
    assert.equal(damaged.code, 2);
    assert.match(
      damaged.err,
      /^b\.bin is cut off inside packet [\d,]+ at byte [\d,]+: the packets before it were analysed\.\n$/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
