// Runs a program and says what it cost: wall time, processor time, and the most memory it held.

/** What one run cost. */
export interface Cost {
  /** Seconds from start to end. */
  readonly wall: number;
  /** Seconds of processor time, user and system, over all threads. */
  readonly processor: number;
  /** Most resident memory at any time, bytes. */
  readonly peak: number;
}

/** Milliseconds between two looks at the memory. The kernel keeps the peak, so only growth in the last few of them is missed. */
const LOOK_INTERVAL = 10;

/** Runs a command; throws with what it wrote to stderr when it fails. Linux with bash only. */
export async function measure(command: readonly string[], cwd: string): Promise<Cost> {
  // bash's own `time` asks the kernel for the child's times; what it prints is put behind everything else on stderr.
  const child = new Deno.Command("bash", {
    args: ["-c", 'TIMEFORMAT="%3R %3U %3S"; time "$@"', "bash", ...command],
    cwd,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let peak = 0;
  const watch = setInterval(() => peak = Math.max(peak, peakOfChild(child.pid)), LOOK_INTERVAL);
  const { code, stderr } = await child.output();
  clearInterval(watch);
  const lines = new TextDecoder().decode(stderr).trimEnd().split("\n");
  const [wall = NaN, user = NaN, system = NaN] = (lines.pop() ?? "").split(" ").map(Number);
  if (code !== 0) throw new Error(`${command[0]} ended with exit code ${code}: ${lines.slice(-3).join(" ")}`);
  return { wall, processor: user + system, peak };
}

/** Peak resident memory of bash's child by now, bytes; 0 before it runs and after it ended. */
function peakOfChild(bash: number): number {
  try {
    const child = Deno.readTextFileSync(`/proc/${bash}/task/${bash}/children`).trim().split(" ")[0];
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${child}/status`));
    return 1024 * Number(line?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The costs of several runs, one after the other: median times and the highest peak. */
export async function repeatedly(times: number, command: readonly string[], cwd: string): Promise<Cost> {
  const costs: Cost[] = [];
  for (let i = 0; i < times; i++) costs.push(await measure(command, cwd));
  return {
    wall: median(costs.map(({ wall }) => wall)),
    processor: median(costs.map(({ processor }) => processor)),
    peak: Math.max(...costs.map(({ peak }) => peak)),
  };
}

/** The middle one, or the mean of both middle ones. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
