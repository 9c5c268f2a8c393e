// The executable at work on the receiving end of a cable, watched from outside.

import type { Summary } from "../../agent/export/summary.ts";
import type { Cable } from "./cable.ts";

/** What a second of the run looked like. */
export interface Sample {
  /** Resident memory, megabytes. */
  readonly memory: number;
  /** Processor time so far, all threads, seconds. */
  readonly processor: number;
}

export interface Result {
  readonly samples: readonly Sample[];
  readonly summary: Summary;
  /** Lines of alerts.json. */
  readonly evidence: readonly string[];
  /** Seconds from the first Ctrl+C to the end. */
  readonly stopping: number;
  /** Most resident memory at any time, megabytes. */
  readonly peak: number;
}

/** Clock ticks a second in /proc (sysconf(_SC_CLK_TCK) is 100 on every Linux of today). */
const TICKS = 100;
/** Milliseconds that the program gets to open its ring before the first packet is sent, and after the last one. */
const SETTLE = 2000;

/** User and system time of a process, seconds, and its memory in megabytes (proc(5)). */
function look(pid: number): Sample & { peak: number } {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const megabytes = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1000);
  return {
    processor: (Number(fields[11]) + Number(fields[12])) / TICKS,
    memory: megabytes("VmRSS"),
    peak: megabytes("VmHWM"),
  };
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Lets the executable watch the cable for as long as `work` takes, then ends it with Ctrl+C. */
export async function watching(
  cable: Cable,
  executable: string,
  work: () => Promise<unknown>,
  options: readonly string[] = [],
): Promise<Result> {
  const output = await Deno.makeTempDir({ prefix: "smartshield-live-" });
  // `ip netns exec` replaces itself by the program: one process, one number.
  const program = new Deno.Command("ip", {
    args: cable.receiving(executable, "--interface", "vb", "--out", output, "--force", "--quiet", ...options),
    stdin: "null",
    env: { XDG_STATE_HOME: `${output}/state` },
  }).spawn();
  const samples: Sample[] = [];
  let peak = 0;
  let over = false;
  const ended = program.status.then((status) => {
    over = true;
    return status;
  });
  const watch = setInterval(() => {
    if (over) return;
    const now = look(program.pid);
    peak = Math.max(peak, now.peak);
    samples.push(now);
  }, 1000);
  try {
    await wait(SETTLE);
    await work();
    await wait(SETTLE);
    if (over) throw new Error(`the program ended early, with exit code ${(await ended).code}`);
    const asked = performance.now();
    program.kill("SIGINT");
    const { code } = await ended;
    const stopping = (performance.now() - asked) / 1000;
    if (code !== 0) throw new Error(`the program ended with exit code ${code}`);
    return {
      samples,
      peak,
      stopping,
      summary: JSON.parse(await Deno.readTextFile(`${output}/summary.json`)),
      evidence: (await Deno.readTextFile(`${output}/alerts/alerts.json`)).trimEnd().split("\n"),
    };
  } finally {
    clearInterval(watch);
    if (!over) program.kill("SIGKILL");
    await Deno.remove(output, { recursive: true });
  }
}
