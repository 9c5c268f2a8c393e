// Measures the executable on a live wire: a cable between two network namespaces of its own. Needs root, iproute2 and
// tcpreplay; `same` also needs tcpdump. Removes its namespaces at the end.
//
//   deno run --allow-all scripts/live.ts silent                          processor time while nobody speaks
//   deno run --allow-all scripts/live.ts load [CAPTURE] [--rate 300000] [--seconds 60]   again and again; mixed sizes without one
//   deno run --allow-all scripts/live.ts flood [--rate 20000] [--seconds 60]   so many new connections a second
//   deno run --allow-all scripts/live.ts same CAPTURE [--rate 2000]      the findings live, and from a file of the same packets
//
// `--executable PATH` measures another one than dist/smartshield.

import { parseArgs } from "node:util";
import { layCable, run } from "./live/cable.ts";
import { differences } from "./live/findings.ts";
import { writeFlood } from "./live/flood.ts";
import { writeMix } from "./live/mix.ts";
import { type Result, watching } from "./live/program.ts";

const { values, positionals: [scenario, capture] } = parseArgs({
  allowPositionals: true,
  options: {
    executable: { type: "string", default: new URL("../dist/smartshield", import.meta.url).pathname },
    rate: { type: "string" },
    seconds: { type: "string", default: "60" },
  },
});
const seconds = Number(values.seconds);
const { executable } = values;

const cable = await layCable();
const temporary = await Deno.makeTempDir({ prefix: "smartshield-live-" });

/** Sends a capture; what tcpreplay says of it. */
async function send(file: string, ...options: readonly string[]): Promise<{ packets: number; rate: string }> {
  const said = await cable.atSender("tcpreplay", "--quiet", "--intf1=va", ...options, file);
  return {
    packets: Number(/Successful packets:\s+(\d+)/.exec(said)?.[1] ?? NaN),
    rate: /Rated: .*?([\d.]+) pps/.exec(said)?.[1] ?? "?",
  };
}

function tell({ summary, samples, peak, stopping }: Result): void {
  const lost = Object.entries(summary.drops.by_cause).filter(([, count]) => count > 0);
  console.log(`analysed: ${summary.traffic.packets} packets, ${summary.records.total} records`);
  console.log(`dropped: ${lost.map(([cause, count]) => `${cause} ${count}`).join(", ") || "nothing"}`);
  console.log(`found: ${JSON.stringify(summary.evidence.by_type)}, ${summary.alerts} alerts`);
  console.log(`memory, MB, peak ${peak}: ${thinned(samples.map(({ memory }) => memory)).join(" ")}`);
  console.log(`ended ${stopping.toFixed(1)} s after Ctrl+C`);
}

/** At most 60 of them, evenly. */
function thinned(values: readonly number[]): number[] {
  const step = Math.ceil(values.length / 60);
  return values.filter((_, i) => i % step === 0);
}

const scenarios: Record<string, () => Promise<void>> = {
  async silent() {
    const { samples } = await watching(
      cable,
      executable,
      () => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    );
    // The first seconds are the start's.
    const [from, to] = [samples[5]!, samples.at(-1)!];
    const share = 100 * (to.processor - from.processor) / (samples.length - 6);
    console.log(`silent wire: ${share.toFixed(2)} % of one core, ${to.memory} MB`);
  },
  async load() {
    const rate = values.rate ?? "300000";
    const file = capture ?? `${temporary}/mix.pcap`;
    if (capture === undefined) writeMix(file);
    let sent = { packets: 0, rate: "" };
    const result = await watching(cable, executable, async () => {
      sent = await send(file, "--preload-pcap", "--loop=1000000", `--pps=${rate}`, `--duration=${seconds}`);
    });
    console.log(`sent: ${sent.packets} packets, ${sent.rate} a second`);
    console.log(`processor: ${(result.samples.at(-1)!.processor / sent.packets * 1e9).toFixed(0)} ns a packet`);
    tell(result);
  },
  async flood() {
    const rate = Number(values.rate ?? 20_000);
    const file = `${temporary}/flood.pcap`;
    writeFlood(file, rate, seconds);
    let sent = { packets: 0, rate: "" };
    const result = await watching(cable, executable, async () => {
      sent = await send(file, "--preload-pcap", `--pps=${rate}`);
    });
    console.log(`sent: ${sent.packets} packets, ${sent.rate} a second`);
    tell(result);
  },
  async same() {
    const seen = `${temporary}/seen.pcap`;
    const recorder = new Deno.Command("ip", {
      args: cable.receiving("tcpdump", "-i", "vb", "-w", seen, "-s", "0", "-B", "65536", "-Q", "in", "-Z", "root"),
      stderr: "null",
    }).spawn();
    let sent = { packets: 0, rate: "" };
    const live = await watching(cable, executable, async () => {
      sent = await send(capture!, `--pps=${values.rate ?? 2000}`);
    });
    recorder.kill("SIGINT");
    await recorder.status;
    const output = `${temporary}/file`;
    await run(executable, "--pcap", seen, "--out", output, "--quiet");
    const file = (await Deno.readTextFile(`${output}/alerts/alerts.json`)).trimEnd().split("\n");
    console.log(`sent: ${sent.packets} packets, ${sent.rate} a second`);
    tell(live);
    console.log(`findings: ${live.evidence.length} live, ${file.length} from the file of the same packets`);
    for (const line of differences(live.evidence, file)) console.log(line);
  },
};

try {
  const work = scenarios[scenario ?? ""];
  if (work === undefined || (scenario === "same" && capture === undefined)) {
    console.error(
      "Usage: live.ts silent | load [CAPTURE] | flood | same CAPTURE  [--rate N] [--seconds N] [--executable PATH]",
    );
    Deno.exitCode = 2;
  } else await work();
} finally {
  await cable.remove();
  await Deno.remove(temporary, { recursive: true });
}
