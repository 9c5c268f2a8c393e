// The whole program and its store when something ends in the middle: the agent, or the server that it writes to.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { StoredEvidence, StoredRecord } from "../agent/store/store.ts";
import { startRedis } from "./agent/store/redis-server.ts";
import { PROGRAM, ROOT } from "./program.ts";

const LONGEST_WAIT = 60_000;
const T = 1_700_000_000;

/** Connections to ports where no usual service listens: each one is evidence. */
function lines(from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) {
    const ends = { "id.orig_h": `192.168.1.${20 + at % 5}`, "id.resp_h": "45.155.204.87" };
    const ports = { "id.orig_p": 40_000 + at, "id.resp_p": 4449 + at };
    const rest = { proto: "tcp", conn_state: "SF", duration: 0.1, orig_bytes: 500, resp_bytes: 500 };
    const packets = { orig_pkts: 8, orig_ip_bytes: 900, resp_pkts: 8, resp_ip_bytes: 900, history: "ShADadFf" };
    text += `${JSON.stringify({ ts: T + at, uid: `C${at}xxxxxxxxxxxxxx`, ...ends, ...ports, ...rest, ...packets })}\n`;
  }
  return text;
}

interface Scene {
  /** Begins to follow the log. */
  follow(out: string, ...more: string[]): Deno.ChildProcess;
  append(from: number, to: number): Promise<void>;
  show<T>(...words: string[]): Promise<T[]>;
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  folder: string;
}

async function inScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const [logs, config] = [join(folder, "logs"), join(folder, "my.yaml")];
  const env = { NO_COLOR: "1", XDG_STATE_HOME: join(folder, "state") };
  await Deno.mkdir(logs);
  await Deno.writeTextFile(config, "follow: { wait_for_others: 0.2, look_every: 0.1 }\n");
  await Deno.writeTextFile(join(logs, "conn.log"), "");
  try {
    await test({
      folder,
      follow: (out, ...more) =>
        new Deno.Command(Deno.execPath(), {
          args: [...PROGRAM, "--read", logs, "--follow", "--quiet", "--out", join(folder, out), ...more]
            .concat("--config", config),
          cwd: ROOT,
          env,
          stdout: "null",
          stderr: "null",
        }).spawn(),
      append: (from, to) => Deno.writeTextFile(join(logs, "conn.log"), lines(from, to), { append: true }),
      async show<T>(...words: string[]) {
        const args = [...PROGRAM, "show", ...words, "--json", "--limit", "100000"];
        const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, stderr: "null" }).output();
        const text = new TextDecoder().decode(stdout).trimEnd();
        return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line) as T);
      },
      async until(what, holds) {
        for (const began = performance.now(); !await holds();) {
          if (performance.now() - began > LONGEST_WAIT) throw new Error(`${what} did not happen`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Each once. */
function assertOnce(keys: readonly string[]): void {
  assert.deepEqual(keys.filter((key, at) => keys.indexOf(key) !== at), []);
}

Deno.test("an agent that is killed goes on as the same run: nothing is lost, and nothing is there twice", async () => {
  await inScene(async ({ follow, append, show, until }) => {
    await append(0, 100);
    const first = follow("out");
    await until("the first hundred", async () => (await show("flows")).length === 100);
    // In the middle of the next ones.
    await append(100, 5000);
    await until("some more", async () => (await show("flows")).length > 100);
    first.kill("SIGKILL");
    await first.status;
    const kept = await show<StoredRecord>("flows");
    assert.deepEqual(kept.map(({ ordinal }) => ordinal), kept.map((_, at) => at + 1));
    await append(5000, 6000);
    const second = follow("out");
    await until("the rest", async () => (await show("flows")).length >= 6000);
    second.kill("SIGINT");
    assert.equal((await second.status).code, 0);
    const records = await show<StoredRecord>("flows");
    assert.deepEqual(records.map(({ ordinal }) => ordinal), records.map((_, at) => at + 1));
    assert.deepEqual(records.slice(0, kept.length), kept);
    assert.equal(records.length, 6000);
    assertOnce((await show<StoredEvidence>("evidence")).map(({ evidence }) => evidence.id));
  });
});

Deno.test("a Redis that goes away and comes back empty: the run goes on, what is found meanwhile arrives once, in order", async () => {
  const redis = await startRedis();
  try {
    await inScene(async ({ folder, follow, append, show, until }) => {
      const place = ["--store", `redis://127.0.0.1:${redis.port}`];
      const log = (): Promise<string> => Deno.readTextFile(join(folder, "out/alerts/alerts.log")).catch(() => "");
      const evidenceOf = (port: number) => async () => (await log()).includes(`${port}/TCP`);
      await append(0, 20);
      const agent = follow("out", ...place);
      await until("the beginning", async () => (await show("flows", ...place)).length === 20);
      // Findings come after their records; what was not written yet would wait in the journal.
      await until("its evidence", async () => {
        const ports = (await show<StoredEvidence>("evidence", ...place)).map(({ evidence }) => evidence.dst_port);
        return ports.includes(4449 + 19);
      });
      await redis.kill();
      await append(20, 40);
      await until("evidence while the server is away", evidenceOf(4449 + 39));
      // It was tried in vain at least once.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await redis.start();
      await append(40, 60);
      await until("the last", async () => (await show("flows", ...place)).length === 20);
      agent.kill("SIGINT");
      assert.equal((await agent.status).code, 0);

      const found = await show<StoredEvidence>("evidence", ...place);
      assertOnce(found.map(({ evidence }) => evidence.id));
      const ports = new Set(found.map(({ evidence }) => evidence.dst_port));
      for (let port = 4449 + 20; port < 4449 + 60; port++) assert(ports.has(port), String(port));
      assert(!ports.has(4449));
      const inOrder = found.toSorted((a, b) => a.ordinal - b.ordinal);
      // No gap: nothing was lost on the way.
      const first = inOrder[0]!.ordinal;
      assert.deepEqual(inOrder.map(({ ordinal }) => ordinal), inOrder.map((_, at) => first + at));
      const entries = (await redis.command("XRANGE", "{smartshield}:stream:evidence", "-", "+")).split("\n");
      const told = entries.filter((_, at) => entries[at - 1] === "id");
      assert.deepEqual([...new Set(told)], inOrder.map(({ evidence }) => evidence.id));
      const summary = JSON.parse(await Deno.readTextFile(join(folder, "out/summary.json")));
      assert.equal(summary.drops.by_cause.records_not_stored, 20);
      assert.equal(summary.drops.by_cause.findings_not_stored, undefined);
      assert.equal(summary.drops.by_cause.findings_in_journal, undefined);
      assert.match(
        await Deno.readTextFile(join(folder, "out/run.log")),
        /can be written again; \d+ findings had waited/,
      );
    });
  } finally {
    await redis.remove();
  }
});

Deno.test("a Redis that is stopped and goes on: the run does not wait, nothing is lost but what is counted, nothing is there twice", async () => {
  const redis = await startRedis();
  try {
    await inScene(async ({ folder, follow, append, show, until }) => {
      const place = ["--store", `redis://127.0.0.1:${redis.port}`];
      const text = (name: string): Promise<string> => Deno.readTextFile(join(folder, "out", name)).catch(() => "");
      await append(0, 20);
      const agent = follow("out", ...place);
      await until("the beginning", async () => (await show("flows", ...place)).length === 20);
      redis.signal("SIGSTOP");
      await append(20, 40);
      await until("evidence meanwhile", async () => (await text("alerts/alerts.log")).includes(`${4449 + 39}/TCP`));
      await until("the sentence", async () => /cannot be used: it does not answer/.test(await text("run.log")));
      await append(40, 60);
      await until("more evidence", async () => (await text("alerts/alerts.log")).includes(`${4449 + 59}/TCP`));
      redis.signal("SIGCONT");
      await until("its return", async () => /The store can be written again/.test(await text("run.log")));
      await append(60, 80);
      await until("the last", async () => (await show<StoredRecord>("flows", ...place)).at(-1)?.record.ts === T + 79);
      agent.kill("SIGINT");
      assert.equal((await agent.status).code, 0);

      const found = await show<StoredEvidence>("evidence", ...place);
      assertOnce(found.map(({ evidence }) => evidence.id));
      const ports = new Set(found.map(({ evidence }) => evidence.dst_port));
      const wanted = [...(await text("alerts/alerts.log")).matchAll(/destination port (\d+)\/TCP/g)].map(([, port]) =>
        Number(port)
      );
      assert(wanted.length >= 60);
      for (const port of wanted) assert(ports.has(port), String(port));
      const entries = (await redis.command("XRANGE", "{smartshield}:stream:evidence", "-", "+")).split("\n");
      const told = entries.filter((_, at) => entries[at - 1] === "data");
      assertOnce(told);
      const records = await show<StoredRecord>("flows", ...place);
      assertOnce(records.map(({ ordinal }) => String(ordinal)));
      const drops = JSON.parse(await text("summary.json")).drops.by_cause;
      assert.equal(records.length + (drops.records_not_stored ?? 0), 80);
      assert.equal(drops.findings_not_stored, undefined);
      assert.equal(drops.findings_in_journal, undefined);
      // The opened connections count as often as they were seen, also those whose records were given up.
      const hosts = await show<{ ip: string; connections: number }>("hosts", ...place);
      assert.equal(hosts.reduce((sum, { connections }) => sum + connections, 0), 80);
    });
  } finally {
    redis.signal("SIGCONT");
    await redis.remove();
  }
});
