// What it costs to let others judge: a capture analysed by one process, without a store and with it, and by a sensor with
// one, two and four that judge, all on this machine, over a Redis of its own. Says whether the alerts are the same, and how
// long it takes to take over.
//
//   deno task build && deno run --allow-all scripts/bench/fleet.ts [CAPTURE] [--judges 1,2,4] [--kill]
//
// CAPTURE is that of `deno task bench` unless said. `--kill` also kills one of several in the middle.

import { parseArgs } from "node:util";
import { startRedis } from "../../tests/agent/store/redis-server.ts";
import { captures } from "./capture.ts";
import { measure } from "./measure.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    judges: { type: "string", default: "1,2,4" },
    kill: { type: "boolean", default: false },
    executable: { type: "string", default: `${ROOT}dist/smartshield` },
  },
});
const capture = positionals[0] ?? captures((sentence) => console.error(sentence)).once;
const MEGABYTE = 1e6;
/** Clock ticks a second in /proc (sysconf(_SC_CLK_TCK) is 100 on Linux). */
const TICKS = 100;

const folder = await Deno.makeTempDir({ prefix: "smartshield-fleet-" });
const redis = await startRedis("--maxmemory", "0");
const store = `redis://127.0.0.1:${redis.port}`;
const configuration = `${folder}/fleet.yaml`;
await Deno.writeTextFile(configuration, "store: { records: false }\nleaks: { enabled: false }\nfleet: { lease: 2 }\n");

/** Seconds of processor time of a process by now. */
function processorOf(pid: number): number {
  const words = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(words[11]) + Number(words[12])) / TICKS;
}

async function analyse(out: string, ...words: string[]) {
  const command = [values.executable, ...words, "--quiet", "--pcap", capture, "--out", out, "--force"];
  return await measure([...command, "--config", configuration], folder);
}

async function withJudges(count: number, kills: boolean): Promise<void> {
  const judges = Array.from({ length: count }, (_, at) =>
    new Deno.Command(values.executable, {
      args: ["detect", "--quiet", "--workers", "1", "--name", `judge-${at + 1}`, "--store", store],
      stdout: "null",
    }).spawn());
  // They are there before the run begins, as in a fleet that goes on.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = judges.map(({ pid }) => processorOf(pid));
  if (kills) setTimeout(() => judges[0]!.kill("SIGKILL"), 1000 * alone.wall / 2);
  let memory = 0;
  const watch = setInterval(async () => {
    const text = await redis.command("INFO", "memory");
    memory = Math.max(memory, Number(/^used_memory:(\d+)/m.exec(text)?.[1] ?? 0));
  }, 200);
  const cost = await analyse("fleet", "sensor", "--store", store);
  clearInterval(watch);
  const left = judges.slice(kills ? 1 : 0);
  const judged = left.reduce((sum, { pid }, at) => sum + processorOf(pid) - before[at + (kills ? 1 : 0)]!, 0);
  for (const judge of left) judge.kill("SIGTERM");
  await Promise.all(judges.map(({ status }) => status));
  const same = await Deno.readTextFile(`${folder}/alone/alerts/alerts.json`) ===
    await Deno.readTextFile(`${folder}/fleet/alerts/alerts.json`);
  say(`sensor, ${count} that judge${kills ? ", one killed" : ""}`, [
    `${cost.wall.toFixed(2)} s`,
    `${cost.processor.toFixed(2)} s`,
    `${judged.toFixed(2)} s`,
    `${(memory / MEGABYTE).toFixed(0)} MB`,
    same ? "the same" : "DIFFERENT",
  ]);
}

function say(what: string, cells: readonly string[]): void {
  console.log(`| ${[what, ...cells].join(" | ")} |`);
}

say("what", ["wall", "processor, sensor", "processor, judging", "Redis, most", "alerts"]);
console.log("| --- | ---: | ---: | ---: | ---: | --- |");
const sayAlone = (what: string, { wall, processor }: typeof alone): void =>
  say(what, [`${wall.toFixed(2)} s`, `${processor.toFixed(2)} s`, "", "", ""]);
const alone = await analyse("alone", "--store", "none");
sayAlone("one process", alone);
try {
  // What a sensor finds is in the store as well.
  sayAlone("one process, with the same store", await analyse("kept", "--store", store));
  for (const count of values.judges.split(",").map(Number)) await withJudges(count, false);
  if (values.kill) await withJudges(2, true);
} finally {
  await redis.remove();
  await Deno.remove(folder, { recursive: true });
}
