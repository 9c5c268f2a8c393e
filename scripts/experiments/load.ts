// Measures what a peer costs: many peers in one hub, questions a second, the time of an answer, and hostile peers.
//
//   deno run --allow-all scripts/experiments/load.ts [--peers 100] [--seconds 10] [--json]

import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "100" },
    seconds: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
  },
});
const directory = await Deno.makeTempDir();
const results: Record<string, unknown> = {};
function note(name: string, value: unknown, sentence: string): void {
  results[name] = value;
  if (!values.json) console.log(sentence);
}

/** As in the executable: each part is one bundled file. */
async function bundled(name: string): Promise<string> {
  const to = `${directory}/${name}.js`;
  const entry = new URL(`./load/${name}.ts`, import.meta.url).pathname;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "--output", to, entry],
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return to;
}
const [hubFile, crowdFile, hostileFile] = [await bundled("hub"), await bundled("crowd"), await bundled("hostile")];
const V8_FLAGS = "--v8-flags=--min-semi-space-size=16,--max-semi-space-size=16,--heap-growing-percent=50";

interface Use {
  rss: number;
  heap: number;
  cpu: number;
  answers: number;
  unanswered: number;
  median: number;
  p99: number;
  peers: number;
  waiting: number;
  shed: number;
}

async function withHub(port: number, mode: string, story: (hub: Hub) => Promise<void>): Promise<void> {
  const own = `${directory}/hub-${port}`;
  await Deno.mkdir(own);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", V8_FLAGS, "--allow-all", hubFile!, own, String(port), mode],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  async function line(): Promise<string> {
    while (!rest.includes("\n")) rest += (await lines.read()).value ?? "\n";
    const [first, ...others] = rest.split("\n");
    rest = others.join("\n");
    return first!;
  }
  const writer = process.stdin.getWriter();
  const { id } = JSON.parse(await line()) as { id: string };
  try {
    await story({
      id,
      port,
      async tell(say, count = 0) {
        await writer.write(new TextEncoder().encode(`${JSON.stringify({ say, count })}\n`));
        return JSON.parse(await line()) as Use;
      },
    });
  } finally {
    process.kill("SIGKILL");
    await process.status;
    await lines.cancel().catch(() => {});
    await writer.close().catch(() => {});
  }
}

interface Hub {
  id: string;
  port: number;
  tell(say: string, count?: number): Promise<Use>;
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const seconds = Number(values.seconds);

// Many peers.
await withHub(22_001, "crowd", async (hub) => {
  const alone = await hub.tell("use");
  const crowd = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-all",
      crowdFile!,
      `${directory}/crowd`,
      values.peers,
      hub.id,
      String(hub.port),
    ],
    stdout: "piped",
  }).spawn();
  try {
    let use = await hub.tell("use");
    for (let waited = 0; use.peers < Number(values.peers) && waited < 60; waited++) {
      await pause(1);
      use = await hub.tell("use");
    }
    note("hub_alone_megabytes", alone.rss, `A peer alone in its process: ${alone.rss.toFixed(0)} MB.`);
    note("hub_peers", use.peers, `Connected: ${use.peers} peers.`);
    // Ten addresses each twentieth of a second.
    const before = await hub.tell("forget");
    for (let tick = 0; tick < 20 * seconds; tick++) {
      await Promise.all([hub.tell("seen", 10), pause(0.05)]);
    }
    await pause(3.5);
    const after = await hub.tell("use");
    const median = 1000 * after.median;
    note(
      "questions",
      after.answers,
      `Asked about ${after.answers} addresses at 200 a second, ${after.shed} left out, ${after.unanswered} answers missing.`,
    );
    note(
      "median_milliseconds",
      median,
      `All asked had answered after ${median.toFixed(1)} ms at the median, ${
        (1000 * after.p99).toFixed(1)
      } ms at the 99th percentile.`,
    );
    note(
      "hub_megabytes",
      after.rss,
      `Memory of the hub: ${after.rss.toFixed(0)} MB, of it ${after.heap.toFixed(0)} MB heap.`,
    );
    const share = 100 * (after.cpu - before.cpu) / (seconds + 3.5);
    note("hub_percent", share, `Processor of the hub meanwhile: ${share.toFixed(0)} % of a core.`);
  } finally {
    crowd.kill("SIGKILL");
    await crowd.stdout.cancel();
    await crowd.status;
  }
});

// Hostile ones.
for (const [at, kind] of ["malformed", "oversized", "replayed", "early", "flood"].entries()) {
  await withHub(22_100 + at, "strict", async (hub) => {
    await pause(1.5);
    const before = await hub.tell("use");
    const began = performance.now();
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-all",
        hostileFile!,
        kind,
        "100000",
        hub.id,
        String(hub.port),
        String(seconds),
      ],
    }).output();
    const { sent, connections, refused } = JSON.parse(new TextDecoder().decode(stdout)) as Record<string, number>;
    const wall = (performance.now() - began) / 1000;
    const after = await hub.tell("use");
    const cpu = after.cpu - before.cpu;
    const percent = 100 * cpu / wall;
    note(
      `hostile_${kind}`,
      { sent, connections, refused, cpu, percent, peers: after.peers, growth: after.rss - before.rss },
      `${kind}: ${sent} messages in ${connections} connections, ${refused} refused, in ${wall.toFixed(0)} s: ${
        cpu.toFixed(2)
      } s of processor, ${percent.toFixed(1)} %; still connected: ${after.peers}; memory ${
        (after.rss - before.rss).toFixed(0)
      } MB more.`,
    );
  });
}
await Deno.remove(directory, { recursive: true });
if (values.json) console.log(JSON.stringify(results));
