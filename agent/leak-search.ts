// What the search for leaks needs from the disk: the user's rules, and later the engine, if there is anything to look at.
// Only for the thread that may read files.

import { join } from "node:path";
import type { Configuration } from "../config/schema.ts";
import { readEngine } from "./dissect/leaks/engine.ts";
import type { RuleFile } from "./dissect/leaks/messages.ts";
import { InputError } from "./errors.ts";
import type { ThreadOptions } from "./threads/types.ts";

/** Names of files with rules. */
const RULE_FILE = /\.yara?$/i;
/** Most bytes of rules that are read in all. Own choice: ten thousand rules are about five megabytes. */
const RULE_BYTES = 64 * 1024 * 1024;

/**
 * What the threads need to know of the search for leaks, with the user's rules in the order of their files' names; undefined
 * when nobody wants it.
 * @throws {InputError} when the folder of rules cannot be read.
 */
export async function readLeakSearch(
  { enabled, rules_folder: folder, hang_seconds: hangSeconds }: Configuration["leaks"],
): Promise<ThreadOptions["leaks"]> {
  if (!enabled) return undefined;
  const rules: RuleFile[] = [];
  if (folder !== "") {
    let bytes = 0;
    try {
      const names: string[] = [];
      for await (const { name } of Deno.readDir(folder)) if (RULE_FILE.test(name)) names.push(name);
      for (const name of names.sort()) {
        const source = await Deno.readTextFile(join(folder, name));
        bytes += source.length;
        rules.push({ name, source });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new InputError(`The YARA rules in ${folder} cannot be read (leaks.rules_folder): ${why}.`);
    }
    if (bytes > RULE_BYTES) throw new InputError(`The YARA rules in ${folder} have more than ${RULE_BYTES} bytes.`);
  }
  return { engine: readEngine, rules, hangSeconds };
}
