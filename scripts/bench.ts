// `deno task bench`: builds the executable, makes a capture of 1.5 million packets once, and measures what its analysis
// costs, beside other programs on the same capture. Linux only: it reads /proc.
//
//   deno task bench [logs] [--repetitions 3] [--write [--date "5 March 2025"]]
//
// `logs` measures the reading of logs of a million lines instead. `--write` puts the tables into docs/performance.md.

import { parseArgs } from "node:util";
import { LOG_HEAD, logRows } from "./bench/log-report.ts";
import { type Captures, captures, REPEATS } from "./bench/capture.ts";
import { type Cost, median, repeatedly } from "./bench/measure.ts";
import { isInstalled, OTHERS } from "./bench/others.ts";
import { V8_FLAGS } from "./v8-flags.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const EXECUTABLE = `${ROOT}dist/smartshield`;
const PAGE = `${ROOT}docs/performance.md`;
const MEGABYTE = 1e6;

/** Configurations that are measured beside the default. */
const ALONE = "store: { place: none }\nleaks: { enabled: false }";
const NO_RECORDS = "store: { records: false }";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repetitions: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
    date: { type: "string" },
  },
});
const repetitions = Math.max(1, Number(values.repetitions) || 1);
const say = (sentence: string): void => console.error(sentence);

const isOfLogs = positionals[0] === "logs";
await build();
// Whoever else works on the machine makes everything slower: the reader of the tables should know.
const [load] = Deno.loadavg();
if (load! > 1) say(`The machine is busy (load ${load!.toFixed(1)}): times will be too long.`);
const where = `Machine: ${machine()}${values.date === undefined ? "" : `; ${values.date}`}.`;
const how = `Median of ${repetitions} ${repetitions === 1 ? "run" : "runs"}; memory is the highest of all.`;
const report = isOfLogs ? await logReport() : await captureReport();
console.log(report);
if (values.write) await write(report, isOfLogs ? "bench logs" : "bench");

async function captureReport(): Promise<string> {
  const made = captures(say);
  const rows = [
    ...await smartshield(made),
    ...await others(made),
  ];
  return [
    `${where} Capture: ${made.packets.toLocaleString("en-GB")} packets, ${
      (made.bytes / MEGABYTE).toFixed(0)
    } MB. ${how}`,
    table(["program", "wall", "processor", "peak memory", "packets a second"], rows),
    table(["one stage alone, in one thread", "time", "packets a second"], await stages(made)),
  ].join("\n\n");
}

async function logReport(): Promise<string> {
  const run = (log: string, times: number): Promise<Cost> =>
    inEmptyFolder((folder) => {
      const file = `${folder}/configuration.yaml`;
      Deno.writeTextFileSync(file, ALONE);
      const command = [EXECUTABLE, "--quiet", "--read", log, "--out", "result", "--force", "--config", file];
      return repeatedly(times, command, folder);
    });
  return [`${where} ${how}`, table(LOG_HEAD, await logRows(run, repetitions, say))].join("\n\n");
}

async function build(): Promise<void> {
  say("Building the executable.");
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "build"],
    cwd: ROOT,
    stdout: "null",
  }).output();
  if (!success) {
    console.error("The executable could not be built.");
    Deno.exit(1);
  }
}

/** Ours: the capture, the long one, and one packet, which shows how long it takes to get to the first. */
async function smartshield({ once, long, single, packets }: Captures): Promise<string[][]> {
  const run = (capture: string, times: number, configuration = ""): Promise<Cost> => {
    say(
      `smartshield: ${capture.split("/").pop()}${
        configuration === "" ? "" : `, ${configuration.split("\n").join(" ")}`
      }`,
    );
    return inEmptyFolder((folder) => {
      const file = `${folder}/configuration.yaml`;
      Deno.writeTextFileSync(file, configuration === "" ? "{}" : configuration);
      return repeatedly(times, [
        EXECUTABLE,
        "--quiet",
        "--pcap",
        capture,
        "--out",
        "result",
        "--force",
        "--config",
        file,
      ], folder);
    });
  };
  return [
    row(
      "**smartshield**, packets to alerts, without store and search for leaks",
      await run(once, repetitions, ALONE),
      packets,
    ),
    row("**smartshield**, as it comes", await run(once, repetitions), packets),
    row("**smartshield**, without records", await run(once, repetitions, NO_RECORDS), packets),
    row(`**smartshield**, packets to alerts, ${REPEATS} times as long`, await run(long, 1, ALONE), REPEATS * packets),
    row("**smartshield**, first packet only", await run(single, repetitions), undefined),
  ];
}

async function others({ once, packets }: Captures): Promise<string[][]> {
  const rows: string[][] = [];
  for (const other of OTHERS) {
    const name = `${other.name} (${other.does})`;
    if (!isInstalled(other)) {
      rows.push([`${name}: not installed, package ${other.package}`, "", "", "", ""]);
      continue;
    }
    say(other.name);
    const cost = await inEmptyFolder((folder) => repeatedly(other.slow ? 1 : repetitions, other.command(once), folder));
    rows.push(row(name, cost, packets));
  }
  return rows;
}

async function stages({ once }: Captures): Promise<string[][]> {
  const rows: string[][] = [];
  for (
    const [stage, name] of [
      ["reader", "finding the packets in the file"],
      ["flows", "and decoding, flows, reassembly"],
      ["dissector", "and all protocols, to records"],
    ] as const
  ) {
    const seconds: number[] = [];
    const rates: number[] = [];
    for (let i = 0; i < repetitions; i++) {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--allow-read",
          `--v8-flags=${V8_FLAGS}`,
          `${ROOT}scripts/bench/micro.ts`,
          stage,
          once,
        ],
      }).output();
      const result = JSON.parse(new TextDecoder().decode(stdout));
      seconds.push(result.seconds);
      rates.push(result.packetsPerSecond);
    }
    rows.push([name, `${median(seconds).toFixed(2)} s`, million(median(rates))]);
  }
  return rows;
}

function row(name: string, { wall, processor, peak }: Cost, packets: number | undefined): string[] {
  return [
    name,
    `${wall.toFixed(2)} s`,
    `${processor.toFixed(2)} s`,
    `${(peak / MEGABYTE).toFixed(0)} MB`,
    packets === undefined ? "" : million(packets / wall),
  ];
}

function million(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} million`;
}

/** A Markdown table; the first column is text, the others are numbers. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => i === 0 ? "---" : "---:")), ...rows.map(line)].join("\n");
}

async function inEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ dir: `${ROOT}dist/bench`, prefix: "run-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function machine(): string {
  const model = /^model name\s*:\s*(.+)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  return `${navigator.hardwareConcurrency} cores of ${model}, ${
    (Deno.systemMemoryInfo().total / 1e9).toFixed(0)
  } GB, Linux ${Deno.osRelease()}, Deno ${Deno.version.deno}`;
}

/** Replaces what stands between the marks in the page. */
async function write(report: string, mark: string): Promise<void> {
  const [begin, end] = [`<!-- ${mark}: written by deno task ${mark} --write -->`, `<!-- ${mark}: end -->`];
  const page = await Deno.readTextFile(PAGE);
  const from = page.indexOf(begin), to = page.indexOf(end);
  if (from < 0 || to < from) {
    console.error(`${PAGE} has no place for the tables: it lacks the marks.`);
    Deno.exit(1);
  }
  await Deno.writeTextFile(PAGE, `${page.slice(0, from + begin.length)}\n\n${report}\n\n${page.slice(to)}`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] }).output();
}
