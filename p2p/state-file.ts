// Small files of state as JSON: written beside the old one and put in its place, so that a crash leaves the one or the other.

import { systemReason } from "../agent/errors.ts";

/** Own choice: trust and findings of thousands of peers and hosts fit ten times. */
const LONGEST_FILE = 64 * 1024 * 1024;
const FILE_MODE = 0o600;

/** What the file holds; undefined when there is none, or nothing that could be read. */
export function readState(path: string, warn: (sentence: string) => void): unknown {
  try {
    if (Deno.statSync(path).size > LONGEST_FILE) throw new SyntaxError("too long");
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const reason = error instanceof SyntaxError ? "it is damaged" : systemReason(error);
    warn(`${path} cannot be used (${reason}); starting without it.`);
    return undefined;
  }
}

/** Writes the file. Throws what the system says when it cannot. */
export function writeState(path: string, value: unknown): void {
  const beside = `${path}.new`;
  try {
    Deno.removeSync(beside);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  {
    using file = Deno.openSync(beside, { write: true, createNew: true, mode: FILE_MODE });
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  }
  Deno.renameSync(beside, path);
}
