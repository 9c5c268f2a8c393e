// As scripts/mutate.ts, for the numbers that are no settings: named constants and confidences in the code of the detectors.
// Each is changed by a fifth up and down in a copy of the project, and the tests of that detector are run there.
//
//   deno run -A scripts/mutate-constants.ts [DETECTOR …]
//
// Left out are bounds on memory and on what is shown, which may be any number. Exit code 1 when a change survived.

import { basename, join } from "node:path";
import { DETECTORS } from "../detectors/index.ts";

const PROJECT = new URL("../", import.meta.url).pathname;
/** Numbers are changed by this part of themselves. */
const PART = 1 / 5;
/** Bounds, by their names. */
const BOUND =
  /KEPT|WAITING|LENGTH|TOLD|SHOWN|COUNTED|REMEMBERED|NAMED|LOOKED_UP|SECONDS_TO_WAIT|TIME_TO_END|_OF_A_NAME|^PORTS$/;

interface Change {
  /** "port-scan.ts: PACKETS_FOR_CERTAINTY = 12". */
  name: string;
  text: string;
}

/** The changed texts of a file. */
function changesTo(file: string, text: string): Change[] {
  const changes: Change[] = [];
  for (
    const match of text.matchAll(/^(?:export )?const ([A-Z0-9_]+) = ([0-9][0-9_.]*);|\b(confidence): ([0-9][0-9.]*)/gm)
  ) {
    const name = match[1] ?? match[3]!;
    const digits = match[2] ?? match[4]!;
    if (BOUND.test(name)) continue;
    const value = Number(digits.replaceAll("_", ""));
    const at = match.index + match[0].lastIndexOf(digits);
    for (const factor of [1 - PART, 1 + PART]) {
      const other = Number.isInteger(value) && value > 1
        ? Math.round(value * factor)
        : Number((value * factor).toPrecision(4));
      // Confidence is at most 1.
      if (other === value || name === "confidence" && other > 1) continue;
      changes.push({
        name: `${basename(file)}: ${name} = ${other}`,
        text: text.slice(0, at) + other + text.slice(at + digits.length),
      });
    }
  }
  return changes;
}

/** Whether the tests of the detector pass in the copy. */
async function pass(copy: string, detector: string): Promise<boolean> {
  const test = join(copy, "tests/detectors", `${detector}_test.ts`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--no-check",
      "--no-lock",
      "--fail-fast",
      "--allow-all",
      "--config",
      join(copy, "deno.json"),
      test,
    ],
    cwd: copy,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function copyProject(): Promise<string> {
  const copy = await Deno.makeTempDir();
  await Deno.mkdir(join(copy, "tests"));
  for (const folder of ["detectors", "tests/detectors"]) {
    await Deno.mkdir(join(copy, folder));
    for await (const { name, isFile } of Deno.readDir(join(PROJECT, folder))) {
      if (isFile) await Deno.copyFile(join(PROJECT, folder, name), join(copy, folder, name));
    }
  }
  await Deno.copyFile(join(PROJECT, "deno.json"), join(copy, "deno.json"));
  for (const folder of ["agent", "config", "p2p", "tests/agent", "tests/craft"]) {
    await Deno.symlink(join(PROJECT, folder), join(copy, folder));
  }
  return copy;
}

if (import.meta.main) {
  const copy = await copyProject();
  const survivors: string[] = [];
  let tried = 0;
  try {
    for (const { name } of DETECTORS) {
      if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
      const file = join(copy, "detectors", `${name}.ts`);
      const text = await Deno.readTextFile(file);
      const changes = changesTo(file, text);
      if (changes.length === 0) continue;
      if (!await pass(copy, name)) {
        survivors.push(`${name}: its tests fail without any change`);
        continue;
      }
      for (const change of changes) {
        await Deno.writeTextFile(file, change.text);
        tried++;
        if (await pass(copy, name)) survivors.push(change.name);
      }
      await Deno.writeTextFile(file, text);
    }
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  console.log(`${tried} changed constants, ${tried - survivors.length} noticed by a test, ${survivors.length} not`);
  for (const survivor of survivors) console.log(`  ${survivor}`);
  if (survivors.length > 0) Deno.exit(1);
}
