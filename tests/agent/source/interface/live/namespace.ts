// A network of its own for one test: a network namespace with two interfaces joined by a cable, va and vb. What is sent on
// va comes in on vb, and nothing of it leaves the namespace. Needs root and the command ip of iproute2.

import { V8_FLAGS } from "../../../../program.ts";

const SCENARIOS = new URL("./scenario.ts", import.meta.url).pathname;

function run(...command: readonly string[]): string {
  const { success, code, stdout, stderr } = new Deno.Command(command[0]!, { args: command.slice(1) }).outputSync();
  const text = new TextDecoder();
  // What a signal ended has said nothing: its code is 128 and the number of that.
  if (!success) throw new Error(`${command.join(" ")}: ${text.decode(stderr).trim()} (exit code ${code})`);
  return text.decode(stdout);
}

/** Why there can be no namespace here; undefined when there can. */
function whyNot(): string | undefined {
  if (Deno.build.os !== "linux") return "this is not Linux";
  if (Deno.uid() !== 0) return "this is not root";
  const name = `sst-try-${Deno.pid}`;
  try {
    run("ip", "netns", "add", name);
    run("ip", "netns", "delete", name);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = whyNot();
if (reason !== undefined) console.warn(`Live capture is not tested: no network namespace can be made (${reason}).`);

/** Seconds that a scenario may take. */
const SCENARIO_SECONDS = 120;

/** Runs one of the scenarios in a namespace and gives its result to `judge`. */
export function liveTest<Result>(name: string, scenario: string, judge: (result: Result) => void): void {
  Deno.test({
    name,
    ignore: reason !== undefined,
    fn() {
      const namespace = `sst-${Deno.pid}-${scenario}`;
      run("ip", "netns", "add", namespace);
      try {
        const inside = (...command: string[]): string =>
          run("timeout", `${SCENARIO_SECONDS}`, "ip", "netns", "exec", namespace, ...command);
        // Without IPv6 nobody speaks on the cable but us.
        inside("ip", "link", "add", "va", "type", "veth", "peer", "name", "vb");
        for (const one of ["va", "vb"]) inside("ip", "link", "set", one, "mtu", "9000", "addrgenmode", "none", "up");
        inside("ip", "link", "set", "lo", "up");
        judge(
          JSON.parse(
            inside(Deno.execPath(), "run", "--quiet", "--no-check", V8_FLAGS, "--allow-all", SCENARIOS, scenario),
          ),
        );
      } finally {
        run("ip", "netns", "delete", namespace);
      }
    },
  });
}
