// The whole program, run as a user would run it from the sources.

import { join } from "node:path";

/** The project's folder. */
export const ROOT = new URL("..", import.meta.url).pathname;

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** No run of a test takes as long; one that hangs must not hold up the others for ever. */
const PATIENCE_MILLISECONDS = 300_000;

/** Runs it with these arguments and waits for its end. */
export async function smartshield(...args: string[]): Promise<Outcome> {
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--permission-set=smartshield", join(ROOT, "main.ts"), ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const hung = setTimeout(() => program.kill("SIGKILL"), PATIENCE_MILLISECONDS);
  const { code, stdout, stderr } = await program.output();
  clearTimeout(hung);
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}
