// Two agents on two networks with the same addresses, and one Redis: what one fetches both use, also the one that may
// contact nobody, and what they find can be told apart.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { StoredEvidence, StoredHost, StoredRecord } from "../agent/store/store.ts";
import { startRedis } from "./agent/store/redis-server.ts";
import { PROGRAM, ROOT, smartshield } from "./program.ts";
import { until } from "./until.ts";

const T = 1_700_000_000;
/** Seconds within which anything happens on a busy machine. */
const PATIENCE = 60;
const HOST = "192.168.1.20", LISTED = "45.155.204.87";

/** A connection to an address that is listed. */
function connection(at: number): string {
  const ends = { "id.orig_h": HOST, "id.resp_h": LISTED, "id.orig_p": 40_000 + at, "id.resp_p": 443 };
  const rest = { proto: "tcp", conn_state: "SF", duration: 0.1, orig_bytes: 500, resp_bytes: 500, history: "ShADadFf" };
  return `${
    JSON.stringify({ ts: T + at, uid: `C${at}xxxxxxxxxxxxxx`, ...ends, ...rest, orig_pkts: 8, resp_pkts: 8 })
  }\n`;
}

Deno.test("two sensors of one Redis: one fetches the lists for both, and each alert is told with who saw it", async () => {
  const folder = await Deno.makeTempDir();
  const redis = await startRedis();
  const place = `redis://127.0.0.1:${redis.port}`;
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    requests++;
    return new Response(`${LISTED} # Emotet\n`);
  });
  const agents: Deno.ChildProcess[] = [];

  async function sensor(name: string, ...more: string[]): Promise<Deno.ChildProcess> {
    const [logs, config] = [join(folder, name), join(folder, `${name}.yaml`)];
    await Deno.mkdir(logs);
    await Deno.writeTextFile(join(logs, "conn.log"), "");
    await Deno.writeTextFile(
      config,
      `follow: { wait_for_others: 0.2, look_every: 0.1 }\nstore: { sensor: ${name}, place: "${place}" }\n` +
        `intel: { feeds: "${join(folder, "feeds.yaml")}" }\nstate: { directory: "${join(folder, `${name}-state`)}" }\n`,
    );
    const out = ["--out", join(folder, `${name}-out`), "--config", config];
    const agent = new Deno.Command(Deno.execPath(), {
      args: [...PROGRAM, "--read", logs, "--follow", "--quiet", ...out, ...more],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "null",
    }).spawn();
    agents.push(agent);
    return agent;
  }
  const show = async (...words: string[]): Promise<string> =>
    (await smartshield("show", ...words, "--store", place)).out;
  const objects = async <Row>(...words: string[]): Promise<Row[]> =>
    (await show(...words, "--json")).trimEnd().split("\n").filter((text) => text !== "")
      .map((text) => JSON.parse(text) as Row);
  const log = (name: string): Promise<string> => Deno.readTextFile(join(folder, `${name}-out/run.log`)).catch(() => "");

  try {
    await Deno.writeTextFile(
      join(folder, "feeds.yaml"),
      `feeds:\n  - { name: one, url: "http://127.0.0.1:${server.addr.port}/one", format: list, level: high, ` +
        "licence: x, tags: [c2] }\n",
    );
    const office = await sensor("office");
    await until(async () => await redis.command("HEXISTS", "{smartshield}:intel:feeds", "one") === "1", PATIENCE);
    const branch = await sensor("branch", "--offline");
    for (const name of ["office", "branch"]) {
      await until(async () => /Threat intelligence has changed: 3 indicators/.test(await log(name)), PATIENCE);
      await Deno.writeTextFile(join(folder, name, "conn.log"), connection(1) + connection(2), { append: true });
    }
    assert.equal(requests, 1);
    assert.match(await log("branch"), /The sensor office fetches threat intelligence; this one takes it from redis:/);

    const kind = "threat_intelligence_to_blacklisted_ip";
    for (const name of ["office", "branch"]) {
      const found = () => objects<StoredEvidence>("evidence", "--kind", kind, "--host", HOST, "--sensor", name);
      await until(async () => (await found()).length === 1, PATIENCE);
      const [one] = await found();
      // Down to the records of this sensor, which come a moment later.
      const below = () => objects<StoredRecord>("evidence", one!.evidence.id, "--sensor", name);
      await until(async () => (await below()).length > 1, PATIENCE);
      assert.deepEqual([...new Set((await below()).map(({ run }) => run))], [one!.run]);
    }
    const hosts = await objects<StoredHost>("host", HOST);
    assert.deepEqual(hosts.flatMap(({ sensor }) => sensor ?? []).sort(), ["branch", "office"]);
    assert.match(await show("evidence", "--kind", kind), /^evidence +time \(UTC\) +sensor +host/);

    // One is killed, the other ended: a minute later the first would be missed.
    office.kill("SIGKILL");
    branch.kill("SIGINT");
    assert.equal((await branch.status).code, 0);
    const [first, second] = (await show("sensors")).trimEnd().split("\n").slice(1);
    assert.match(first!, /^branch +ended /);
    assert.match(second!, /^office +watching .* \/.*\/office$/);
  } finally {
    for (const agent of agents) {
      try {
        agent.kill("SIGKILL");
      } catch { /* it has ended */ }
      await agent.status;
    }
    await server.shutdown();
    await redis.remove();
    await Deno.remove(folder, { recursive: true });
  }
});
