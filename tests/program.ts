// The whole program, run as a user would run it from the sources.

import { join } from "node:path";

/** The project's folder. */
export const ROOT = new URL("..", import.meta.url).pathname;

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs it with these arguments and waits for its end. */
export async function smartshield(...args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--permission-set=smartshield", join(ROOT, "main.ts"), ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}
