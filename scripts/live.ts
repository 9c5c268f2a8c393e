// Measures live capture on a cable between two network namespaces of its own: tcpreplay sends on one end, the capture
// thread and a real dissector receive on the other. Needs root, iproute2 and tcpreplay. Removes its namespaces at the end.
//
//   deno run --allow-all scripts/live.ts CAPTURE [--rate 300000] [--seconds 60] [--records CAPTURE ...]
//
// First the wire is silent for a while; then CAPTURE is sent again and again at so many packets a second; then each of
// --records is sent once, and its records are compared with those from the file.

import { parseArgs } from "node:util";
import type { CaptureCounts } from "../agent/source/interface/messages.ts";
import type { Dissected } from "./live/dissector.ts";
import { recordsOf } from "./live/from-file.ts";

/** As the executable has them (scripts/build.ts). */
const V8_FLAGS = "--v8-flags=--min-semi-space-size=16,--no-maglev-optimistic-peeled-loops";
const SILENT_SECONDS = 10;
/** Clock ticks a second in /proc (sysconf(_SC_CLK_TCK) is 100 on every Linux of today). */
const TICKS = 100;

const { values, positionals: [capture] } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: "string", default: "300000" },
    seconds: { type: "string", default: "60" },
    records: { type: "string", multiple: true, default: [] },
  },
});
if (capture === undefined) {
  console.error("Usage: live.ts CAPTURE [--rate PACKETS] [--seconds SECONDS] [--records CAPTURE ...]");
  Deno.exit(2);
}

const SENDER = `smartshield-send-${Deno.pid}`;
const RECEIVER = `smartshield-receive-${Deno.pid}`;

async function run(...command: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command[0]!, { args: command.slice(1) }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${command.join(" ")}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout) + text.decode(stderr);
}

const inside = (namespace: string, ...command: readonly string[]): Promise<string> =>
  run("ip", "netns", "exec", namespace, ...command);

interface Result extends CaptureCounts {
  dissected: Dissected;
  /** Memory of the receiver each second, megabytes. */
  memory: number[];
  /** Processor time while the wire was silent and while packets came, seconds. */
  processor: number;
}

/** Receives for as long as `work` takes. */
async function receiving(work: () => Promise<void>, keep: boolean): Promise<Result> {
  const receive = new URL("./live/receive.ts", import.meta.url).pathname;
  const process = new Deno.Command("ip", {
    // deno-fmt-ignore
    args: ["netns", "exec", RECEIVER, Deno.execPath(), "run", "--quiet", "--no-prompt", V8_FLAGS, "--allow-read", "--allow-ffi", receive, "vb", ...(keep ? ["keep"] : [])],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const line = async (): Promise<Record<string, unknown>> => {
    while (!rest.includes("\n")) {
      const { value, done } = await lines.read();
      if (done) throw new Error("the receiver ended early");
      rest += value;
    }
    const [first, ...others] = rest.split("\n");
    rest = others.join("\n");
    return JSON.parse(first!);
  };
  const memory: number[] = [];
  while ((await line())["ready"] !== true);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = await processorSeconds(process.pid);
  await work();
  const processor = await processorSeconds(process.pid) - before;
  await process.stdin.close();
  for (;;) {
    const told = await line();
    if (typeof told["rss"] === "number") memory.push(told["rss"]);
    if (told["dissected"] !== undefined) return { ...told as unknown as Result, memory, processor };
  }
}

/** User and system time of a process, seconds (proc(5), fields 14 and 15 of stat). */
async function processorSeconds(pid: number): Promise<number> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function send(file: string, ...options: readonly string[]): Promise<string> {
  return await inside(SENDER, "tcpreplay", "--quiet", "--intf1=va", ...options, file);
}

try {
  for (const namespace of [SENDER, RECEIVER]) await run("ip", "netns", "add", namespace);
  await inside(SENDER, "ip", "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", RECEIVER);
  for (const [namespace, end] of [[SENDER, "va"], [RECEIVER, "vb"]] as const) {
    // Longer packets than Ethernet's are in captures of hosts whose card cuts them; and nobody speaks but us.
    await inside(namespace, "ip", "link", "set", end, "mtu", "65535", "addrgenmode", "none", "up");
  }

  const silent = await receiving(() => new Promise((resolve) => setTimeout(resolve, SILENT_SECONDS * 1000)), false);
  console.log(`silent wire: ${(100 * silent.processor / SILENT_SECONDS).toFixed(2)} % of one core`);

  const seconds = Number(values.seconds);
  let said = "";
  const loaded = await receiving(async () => {
    said = await send(capture, "--preload-pcap", "--loop=1000000", `--pps=${values.rate}`, `--duration=${seconds}`);
  }, false);
  const sent = Number(/Successful packets:\s+(\d+)/.exec(said)?.[1] ?? NaN);
  const rated = /Rated: .*?([\d.]+) pps/.exec(said)?.[1];
  console.log(
    `sent ${sent} packets at ${rated}/s: seen ${loaded.packets}, dropped ${loaded.drops}, dissected ${loaded.dissected.packets}, ` +
      `${loaded.dissected.records} records, ${(loaded.processor / sent * 1e9).toFixed(0)} ns of processor a packet`,
  );
  console.log(`memory by the second, MB: ${loaded.memory.join(" ")}`);

  for (const file of values.records) {
    const { dissected, drops } = await receiving(async () => void await send(file, "--topspeed"), true);
    const expected = recordsOf(file);
    const different = dissected.kept.filter((record, i) => record !== expected[i]).length;
    console.log(
      `${file}: ${dissected.packets} packets, ${drops} dropped, ${dissected.kept.length} records live, ` +
        `${expected.length} from the file, ${different} different`,
    );
  }
} finally {
  for (const namespace of [SENDER, RECEIVER]) await run("ip", "netns", "delete", namespace).catch(() => {});
}
