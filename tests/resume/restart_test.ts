// The whole program, ended in order and started again: what goes on, what begins anew, and what is said about it.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { StoredRecord, StoredRun } from "../../agent/store/store.ts";
import { openSqlite } from "../../agent/store/sqlite/home.ts";
import { PROGRAM, ROOT } from "../program.ts";
import { until } from "../until.ts";

const T = 1_700_000_000;
const PATIENCE_SECONDS = 60;

/** Connections to ports where no usual service listens: each one is evidence. */
function lines(from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) {
    const ends = { "id.orig_h": "192.168.1.23", "id.resp_h": "45.155.204.87", "id.resp_p": 4449 + at };
    const rest = {
      proto: "tcp",
      conn_state: "SF",
      duration: 0.1,
      orig_bytes: 500,
      resp_bytes: 500,
      history: "ShADadFf",
    };
    const packets = { orig_pkts: 8, orig_ip_bytes: 900, resp_pkts: 8, resp_ip_bytes: 900, "id.orig_p": 40_000 + at };
    text += `${JSON.stringify({ ts: T + at, uid: `C${at}xxxxxxxxxxxxxx`, ...ends, ...rest, ...packets })}\n`;
  }
  return text;
}

interface Scene {
  readonly out: string;
  /** The folder of what a run leaves for the next. */
  left(): Promise<string>;
  append(from: number, to: number): void;
  /** Runs until so many records are in the store, then ends it in order; what it said. */
  run(records: number, ...more: string[]): Promise<string>;
  start(...more: string[]): { status: Promise<Deno.CommandStatus>; said: Promise<string>; end(): void };
  records(): Promise<StoredRecord[]>;
  runs(): Promise<StoredRun[]>;
  /** Lines of alerts.log. */
  alerts(): string[];
  log(): string;
}

async function inScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const [logs, config, out] = [join(folder, "logs"), join(folder, "my.yaml"), join(folder, "out")];
  const state = join(folder, "state", "smartshield");
  await Deno.mkdir(logs);
  await Deno.writeTextFile(config, "follow: { wait_for_others: 0.1, look_every: 0.05 }\nstore: { sensor: here }\n");
  await Deno.writeTextFile(join(logs, "conn.log"), "");
  const read = (name: string): string => {
    try {
      return Deno.readTextFileSync(join(out, name));
    } catch {
      return "";
    }
  };
  async function inStore<T>(ask: (store: ReturnType<typeof openSqlite>) => Promise<T>, otherwise: T): Promise<T> {
    try {
      const store = openSqlite(join(state, "store.sqlite"), { readOnly: true });
      try {
        return await ask(store);
      } finally {
        await store.close();
      }
    } catch {
      return otherwise;
    }
  }
  const scene: Scene = {
    out,
    async left() {
      const [{ name }] = await Array.fromAsync(Deno.readDir(join(state, "resume"))) as [Deno.DirEntry];
      return join(state, "resume", name);
    },
    append: (from, to) => Deno.writeTextFileSync(join(logs, "conn.log"), lines(from, to), { append: true }),
    start(...more) {
      const program = new Deno.Command(Deno.execPath(), {
        args: [...PROGRAM, "--read", logs, "--follow", "--out", out, "--config", config, ...more],
        cwd: ROOT,
        env: { NO_COLOR: "1", XDG_STATE_HOME: join(folder, "state") },
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const said = Promise.all([new Response(program.stdout).text(), new Response(program.stderr).text()]);
      return { status: program.status, said: said.then((texts) => texts.join("")), end: () => program.kill("SIGINT") };
    },
    async run(records, ...more) {
      const starts = (): number => scene.log().split("Threat intelligence: ").length;
      const before = starts();
      const program = scene.start(...more);
      if (!more.includes("--out")) await until(() => starts() > before || more.includes("--fresh"), PATIENCE_SECONDS);
      await until(async () => (await scene.records()).length >= records, PATIENCE_SECONDS);
      // Signals are heard a moment later than that.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      program.end();
      assert.equal((await program.status).code, 0, await program.said);
      return await program.said;
    },
    records: () => inStore((store) => store.records({ limit: 100_000 }), []),
    runs: () => inStore((store) => store.runs(), []),
    alerts: () => read("alerts/alerts.log").split("\n").filter((one) => one !== ""),
    log: () => read("run.log"),
  };
  try {
    await test(scene);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ended in order and started again, it is one run: one sentence says so, and each finding is there once", async () => {
  await inScene(async (scene) => {
    scene.append(0, 50);
    await scene.run(50);
    const told = scene.alerts();
    scene.append(50, 100);
    const said = await scene.run(100);
    assert.match(
      said,
      /^The run of .* UTC goes on, interrupted for \d+ s: 1 host, judged again by 50 records since .* in /m,
    );
    assert.equal((await scene.runs()).length, 1);
    const records = await scene.records();
    assert.deepEqual(records.map(({ ordinal }) => ordinal), records.map((_, at) => at + 1));
    assert.deepEqual(scene.alerts().slice(0, told.length), told);
    assert(scene.alerts().length > told.length);
    assert.equal(new Set(scene.alerts()).size, scene.alerts().length);
    const { records: counted, run, evidence } = JSON.parse(await Deno.readTextFile(join(scene.out, "summary.json")));
    assert.equal(counted.total, 50);
    assert.equal(run.taken_up.records, 50);
    // Evidence counts for the whole run.
    assert(evidence.by_type.unknown_port > 90);
    // Only what is new was written to run.log: once.
    assert.equal(scene.log().match(/ goes on, interrupted/g)?.length, 1);
  });
});

Deno.test("a tape that is damaged is said in one sentence, and a new run begins; what was told before stays", async () => {
  await inScene(async (scene) => {
    scene.append(0, 50);
    await scene.run(50);
    const told = scene.alerts();
    const tape = join(await scene.left(), "tape-000001");
    const bytes = await Deno.readFile(tape);
    bytes[60]! ^= 0x10;
    await Deno.writeFile(tape, bytes);
    const said = await scene.run(100);
    assert.match(said, /^The last run cannot go on: its tape is damaged \(.*segment 1\)\. A new one begins\.$/m);
    assert.equal((await scene.runs()).length, 2);
    assert.deepEqual(scene.alerts().slice(0, told.length), told);
    assert.deepEqual(scene.alerts().slice(told.length), told);
  });
});

Deno.test("--fresh begins anew in an empty directory; store.place none leaves nothing to go on with", async () => {
  await inScene(async (scene) => {
    scene.append(0, 30);
    await scene.run(30);
    const told = scene.alerts();
    const said = await scene.run(60, "--fresh");
    assert.doesNotMatch(said, /goes on/);
    assert.equal((await scene.runs()).length, 2);
    assert.deepEqual(scene.alerts(), told);
    const before = await Deno.readTextFile(join(await scene.left(), "run.json"));
    const without = scene.start("--store", "none");
    await until(() => scene.alerts().length > told.length, PATIENCE_SECONDS);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    without.end();
    assert.equal((await without.status).code, 0, await without.said);
    assert.equal(await Deno.readTextFile(join(await scene.left(), "run.json")), before);
  });
});

Deno.test("a second agent over the same input says that it cannot go on later, and leaves the first one's tape alone", async () => {
  await inScene(async (scene) => {
    scene.append(0, 30);
    const first = scene.start();
    await until(async () => (await scene.records()).length >= 30, PATIENCE_SECONDS);
    const said = await scene.run(60, "--out", `${scene.out}-2`);
    assert.match(said, /^Another agent reads .* with this state directory: this run cannot go on after a restart\.$/m);
    first.end();
    assert.equal((await first.status).code, 0, await first.said);
    assert.match(await scene.run(60), / goes on, interrupted/);
  });
});
