// The whole program, run as a user would run it from the sources.

import { join } from "node:path";

/** The project's folder. */
export const ROOT = new URL("..", import.meta.url).pathname;

/** As the tasks of deno.json have them. */
export const V8_FLAGS = "--v8-flags=--no-maglev-optimistic-peeled-loops";

/** What Deno needs to run it; the program's own arguments follow. */
export const PROGRAM: readonly string[] = [
  ...["run", "--quiet", "--no-check", "--no-prompt", V8_FLAGS],
  ...["--permission-set=smartshield", join(ROOT, "main.ts")],
];

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** No run of a test takes as long; one that hangs must not hold up the others for ever. */
const PATIENCE_MILLISECONDS = 300_000;

/** Runs it with these arguments and waits for its end. */
export function smartshield(...args: string[]): Promise<Outcome> {
  return deno([...PROGRAM, ...args]);
}

/** Runs Deno with these arguments in the project's folder and waits for its end. */
export async function deno(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const program = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const hung = setTimeout(() => program.kill("SIGKILL"), PATIENCE_MILLISECONDS);
  const { code, stdout, stderr } = await program.output();
  clearTimeout(hung);
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}
