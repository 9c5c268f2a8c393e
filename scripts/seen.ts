// Which types of findings were seen in real traffic: analyses every capture and log in a folder of data sets and writes,
// for docs/detections.md, in which of them each type was raised.
//
//   deno run -A scripts/seen.ts [FOLDER]        (default: ../shared/datasets; without such a folder nothing happens)

import { join } from "node:path";

/** Data sets that stand one folder deeper, and what of them is analysed. */
const DEEPER: Readonly<Record<string, string>> = {
  "labelled/001-zeek-scenario-malicious": "conn.log",
  "labelled/002-zeek-scenario-port-scanning": "",
  "labelled/008-zeek-mixed": "data",
  "labelled/010-zeek-mixed": "data",
};

const PROJECT = new URL("../", import.meta.url).pathname;
const TABLE = new URL("../docs/detections-seen.tsv", import.meta.url);

/** The data sets of a folder: their name and what is read. */
async function dataSets(folder: string): Promise<[name: string, path: string][]> {
  const found: [string, string][] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name !== "README.md" && name !== "labelled") found.push([name, join(folder, name)]);
  }
  for (const [name, part] of Object.entries(DEEPER)) {
    found.push([name.slice("labelled/".length), join(folder, name, part)]);
  }
  return found.sort(([a], [b]) => a < b ? -1 : 1);
}

/** Types of evidence that the program raises on an input. */
async function typesIn(path: string): Promise<string[]> {
  const output = await Deno.makeTempDir();
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--v8-flags=--no-maglev-optimistic-peeled-loops",
        "--permission-set=smartshield",
        "main.ts",
        "--read",
        path,
        "--out",
        output,
        "--force",
        "--quiet",
      ],
      cwd: PROJECT,
    }).output();
    if (!success) throw new Error(`${path}: ${new TextDecoder().decode(stderr)}`);
    const events = (await Deno.readTextFile(join(output, "summary.json"))).toString();
    return Object.keys(JSON.parse(events).evidence.by_type);
  } finally {
    await Deno.remove(output, { recursive: true });
  }
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? join(PROJECT, "../shared/datasets");
  if (await Deno.stat(folder).then(() => true, () => false)) {
    const seen = new Map<string, string[]>();
    for (const [name, path] of await dataSets(folder)) {
      for (const type of await typesIn(path)) seen.set(type, [...seen.get(type) ?? [], name]);
    }
    const lines = [...seen].sort(([a], [b]) => a < b ? -1 : 1).map(([type, names]) => `${type}\t${names.join(" ")}\n`);
    await Deno.writeTextFile(
      TABLE,
      `# type\tdata sets in which it was seen (written by scripts/seen.ts)\n${lines.join("")}`,
    );
  }
}
