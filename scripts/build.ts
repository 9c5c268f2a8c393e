// Builds the executable: bundles each thread into one file, then compiles them with the permission set `smartshield` of
// deno.json. The same sources give the same bytes.
//
//   deno task build [--target x86_64-unknown-linux-gnu | aarch64-unknown-linux-gnu] [--output dist/smartshield]
//
// `deno compile` downloads its base executable for the target; DENORT_BIN names one that is already there.

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ENGINE_FILE, readEngine } from "../agent/dissect/leaks/engine.ts";
import { V8_FLAGS } from "./v8-flags.ts";

/** Entry module of each thread and the file it becomes; agent/thread-urls.ts knows these names. */
const THREADS = [
  { entry: "main.ts", bundle: "main.js" },
  { entry: "agent/dissect/worker.ts", bundle: "dissector.js" },
  { entry: "detectors/worker.ts", bundle: "detector.js" },
  { entry: "agent/source/interface/worker.ts", bundle: "capture.js" },
  { entry: "agent/intel/enrich/worker.ts", bundle: "lookup.js" },
  { entry: "agent/intel/update/worker.ts", bundle: "feeds.js" },
  { entry: "p2p/worker.ts", bundle: "peer.js" },
  { entry: "agent/dissect/leaks/worker.ts", bundle: "leaks.js" },
  { entry: "agent/store/worker.ts", bundle: "store.js" },
  { entry: "agent/resume/worker.ts", bundle: "tape.js" },
  { entry: "agent/fleet/sensor/worker.ts", bundle: "fleet-sensor.js" },
  { entry: "agent/fleet/detect/worker.ts", bundle: "fleet-detect.js" },
  { entry: "agent/sharing/worker.ts", bundle: "sharing.js" },
] as const;

/** Modification time given to all that is embedded, as it is embedded too: 1980-01-01, the earliest time of common archives. */
const EMBEDDED_TIME = new Date(1000 * Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? 315_532_800));

/** Where this machine keeps packages, which bundles tell of each of their modules: the bytes must not depend on it. */
const WHERE_LIBRARIES_LIE = /(?:\.\.\/)+[^"\s]*?\/npm\/[^/"\s]+\//g;

const ROOT = new URL("..", import.meta.url).pathname;

async function deno(...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  })
    .output();
  if (success) return;
  const text = new TextDecoder();
  console.error(text.decode(stdout) + text.decode(stderr));
  console.error(`deno ${args[0]} failed; the executable was not built.`);
  Deno.exit(1);
}

const { values } = parseArgs({
  options: { target: { type: "string" }, output: { type: "string", default: "dist/smartshield" } },
});

const bundles = `${ROOT}dist/bundle`;
await Deno.remove(bundles, { recursive: true }).catch(() => {});
await Deno.mkdir(bundles, { recursive: true });
for (const { entry, bundle } of THREADS) {
  const file = `${bundles}/${bundle}`;
  await deno("bundle", "--quiet", "--platform", "deno", "--output", file, entry);
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replaceAll(WHERE_LIBRARIES_LIE, "npm/"));
  await Deno.utime(file, EMBEDDED_TIME, EMBEDDED_TIME);
}
await Deno.writeFile(`${bundles}/${ENGINE_FILE}`, await readEngine());
await Deno.utime(`${bundles}/${ENGINE_FILE}`, EMBEDDED_TIME, EMBEDDED_TIME);
await Deno.utime(bundles, EMBEDDED_TIME, EMBEDDED_TIME);
await deno(
  "compile",
  "--quiet",
  "--no-prompt",
  // The sources are checked; of the bundles only examples in comments of libraries would be looked at.
  "--no-check",
  "--permission-set=smartshield",
  `--v8-flags=${V8_FLAGS}`,
  ...(values.target === undefined ? [] : ["--target", values.target]),
  ...[...THREADS.slice(1).map(({ bundle }) => bundle), ENGINE_FILE].flatMap((
    file,
  ) => ["--include", `${bundles}/${file}`]),
  "--output",
  values.output,
  `${bundles}/${THREADS[0].bundle}`,
);
const { size } = await Deno.stat(resolve(ROOT, values.output));
console.log(`${values.output}: ${(size / 1e6).toFixed(1)} MB`);
