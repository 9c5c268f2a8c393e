// A network of its own to try things in: a switch (a bridge) and hosts (network namespaces) on it, IPv4 and IPv6, with real
// multicast. Nothing of it leaves this machine. Needs root and the command ip of iproute2.

export interface Lab {
  /** Host `number` (from 1 on) runs a command; its address is `address(number)`. */
  start(number: number, command: readonly string[], options?: StartOptions): Running;
  /** Runs a command to its end; throws when it fails. */
  run(number: number, ...command: readonly string[]): string;
  address(number: number, family?: 4 | 6): string;
  /** Pulls the cable of a host, or plugs it in again. */
  cable(number: number, plugged: boolean): void;
  /** Stops everything that still runs, and takes the network away. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of standard output. */
  readonly line?: (line: string) => void;
}

export interface Running {
  readonly pid: number;
  /** Standard error so far. */
  complaints(): string;
  /** Asks it to end (SIGINT) and waits for that; its exit code. */
  stop(): Promise<number>;
  kill(): Promise<void>;
}

/** Runs a command; throws what it had to say when it fails. */
export function execute(...command: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command[0]!, { args: command.slice(1) }).outputSync();
  const text = new TextDecoder();
  if (!success) throw new Error(`${command.join(" ")}: ${text.decode(stderr).trim() || text.decode(stdout).trim()}`);
  return text.decode(stdout);
}

/** Seconds that a command may take, and a program to end when it is asked to. */
const COMMAND_SECONDS = 120;
const ENDING_SECONDS = 30;

/** Builds the network with so many hosts. */
export function createLab(hosts: number, name = `ssn${Deno.pid}`): Lab {
  const hub = `${name}-hub`;
  const namespace = (number: number): string => `${name}-${number}`;
  const running = new Set<Running>();
  const numbers = Array.from({ length: hosts }, (_, at) => at + 1);

  execute("ip", "netns", "add", hub);
  execute("ip", "-n", hub, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
  execute("ip", "-n", hub, "link", "set", "br0", "up");
  for (const number of numbers) {
    const own = namespace(number);
    execute("ip", "netns", "add", own);
    execute("ip", "link", "add", "eth0", "netns", own, "type", "veth", "peer", "name", `p${number}`, "netns", hub);
    execute("ip", "-n", hub, "link", "set", `p${number}`, "master", "br0", "up");
    execute("ip", "-n", own, "link", "set", "lo", "up");
    execute("ip", "-n", own, "addr", "add", `10.77.0.${number}/24`, "dev", "eth0");
    execute("ip", "-n", own, "addr", "add", `fd77::${number}/64`, "dev", "eth0", "nodad");
    execute("ip", "-n", own, "link", "set", "eth0", "up");
  }

  return {
    start(number, command, { cwd, env, line } = {}) {
      const process = new Deno.Command("ip", {
        args: ["netns", "exec", namespace(number), ...command],
        ...cwd === undefined ? {} : { cwd },
        ...env === undefined ? {} : { env },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      let complaints = "";
      const told = [
        lines(process.stdout, (one) => line?.(one)),
        lines(process.stderr, (one) => complaints = `${complaints}${one}\n`.slice(-10_000)),
      ];
      const over = process.status.finally(() => running.delete(one));
      const one: Running = {
        pid: process.pid,
        complaints: () => complaints,
        async stop() {
          process.kill("SIGINT");
          const hung = setTimeout(() => process.kill("SIGKILL"), 1000 * ENDING_SECONDS);
          await Promise.all(told);
          const { code } = await over;
          clearTimeout(hung);
          return code;
        },
        async kill() {
          process.kill("SIGKILL");
          await Promise.all(told);
          await over;
        },
      };
      running.add(one);
      return one;
    },
    run: (number, ...command) =>
      execute("timeout", `${COMMAND_SECONDS}`, "ip", "netns", "exec", namespace(number), ...command),
    address: (number, family = 4) => family === 4 ? `10.77.0.${number}` : `fd77::${number}`,
    cable: (number, plugged) => void execute("ip", "-n", hub, "link", "set", `p${number}`, plugged ? "up" : "down"),
    async close() {
      await Promise.all([...running].map((one) => one.kill().catch(() => {})));
      for (const one of [...numbers.map(namespace), hub]) execute("ip", "netns", "delete", one);
    },
  };
}

async function lines(stream: ReadableStream<Uint8Array>, line: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    for (const part of parts) line(part);
  }
  if (rest !== "") line(rest);
}

/** Waits until something holds; throws with `what` when it does not within so many seconds. */
export async function until(
  what: string,
  seconds: number,
  holds: () => boolean | Promise<boolean>,
  interval = 0.02,
): Promise<number> {
  const began = performance.now();
  for (;;) {
    if (await holds()) return (performance.now() - began) / 1000;
    if (performance.now() - began > 1000 * seconds) throw new Error(`Not within ${seconds} s: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 1000 * interval));
  }
}
